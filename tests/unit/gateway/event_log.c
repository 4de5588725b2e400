/* event_log.c - tests of gateway/event_log.c: which events become lines, and what is done when they cannot be read. */
#include "gateway/event_log.h"

#include "base/log.h"
#include "tests/unit/gateway/broken_store.h"
#include "tests/unit/gateway/storage.h"

#include <criterion/criterion.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct store_user odd = { SLICE("default"), SLICE("a b=\"c\"\n%\xc3\xa9") };
static const char odd_text[] = "user=a%20b%3D%22c%22%0A%25%C3%A9";

static char path[32];

static void start_log(enum log_level level)
{
	int fd;

	strcpy(path, "/tmp/sg-log-XXXXXX");
	cr_assert_geq(fd = mkstemp(path), 0);
	close(fd);
	cr_assert_eq(log_open(path, level, LOG_TEXT), 0);
}

/* All that was logged; to be freed. */
static char *end_log(void)
{
	char *text = calloc(1, 1 << 16);
	FILE *file;

	log_close();
	file = fopen(path, "r");
	cr_assert_not_null(file);
	cr_assert_geq(fread(text, 1, (1 << 16) - 1, file), 0);
	fclose(file);
	unlink(path);
	return text;
}

static void read_all(struct event_log *l, struct event_base *loop)
{
	event_log_read(l);
	while (l->op != NULL)
		event_base_loop(loop, EVLOOP_ONCE);
}

static void ignore(void *ctx, const struct store_result *result)
{
	(void)ctx;
	(void)result;
}

static void block(struct storage *s, int64_t until_ms)
{
	struct store_block why = { .until_ms = until_ms, .reason = SLICE("left us") };

	store_block_user(s->store, &odd, &why, ignore, NULL);
	event_base_loop(s->loop, EVLOOP_NONBLOCK);
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word)) != NULL) {
		n++;
		text++;
	}
	return n;
}

Test(event_log, writes_each_event_once)
{
	struct storage s;
	struct event_log l;
	char *text;

	storage_open(&s, 0);
	l = (struct event_log){ .store = s.store };
	start_log(LOG_INFO);
	read_all(&l, s.loop);
	block(&s, 0);
	read_all(&l, s.loop);
	read_all(&l, s.loop);
	text = end_log();
	cr_expect_eq(count(text, "\n"), 1, "%s", text);
	cr_expect_eq(count(text, "info  user.blocked user="), 1, "%s", text);
	cr_expect_eq(count(text, odd_text), 1, "%s", text);
	cr_expect_eq(count(text, " realm=default reason=left%20us\n"), 1, "%s", text);
	free(text);
	event_log_stop(&l);
	storage_close(&s);
}

Test(event_log, keeps_visitors_without_a_user_for_debug)
{
	static const char token[] = "AAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

	for (unsigned debug = 0; debug < 2; debug++) {
		struct storage s;
		struct event_log l;
		char *text;

		storage_open(&s, 0);
		l = (struct event_log){ .store = s.store };
		start_log(debug > 0 ? LOG_DEBUG : LOG_INFO);
		storage_put(&s, token, "default", "");
		storage_remove(&s, token);
		read_all(&l, s.loop);
		text = end_log();
		cr_expect_eq(
			count(text, "debug session.created session=AAAAAAAAAAAAAAAAAAAA realm="),
			debug, "%s", text);
		cr_expect_eq(
			count(text, "debug session.logged_out session=AAAAAAAAAAAAAAAAAAAA realm="),
			debug, "%s", text);
		cr_expect_eq(count(text, "\n"), 2 * debug, "%s", text);
		free(text);
		storage_close(&s);
	}
}

Test(event_log, says_when_some_are_missing)
{
	struct storage s;
	struct event_log l;
	char *text;

	storage_open(&s, 0);
	l = (struct event_log){ .store = s.store };
	start_log(LOG_WARN);
	block(&s, 0);
	read_all(&l, s.loop);
	for (unsigned i = 0; i < 20000; i++)
		block(&s, INT64_MAX - i);
	read_all(&l, s.loop);
	read_all(&l, s.loop);
	text = end_log();
	cr_expect_eq(count(text, "warn "), 1, "%s", text);
	cr_expect_eq(count(text, "some events are not"), 1, "%s", text);
	free(text);
	storage_close(&s);
}

/* Nothing is said of it here: who needs the store says so. */
Test(event_log, asks_again_of_a_store_that_failed)
{
	for (size_t i = 0; i < OUTAGES; i++) {
		struct broken_store broken;
		struct event_log l = { .store = &broken.store };
		struct event_base *loop = event_base_new();
		char *text;

		broken_store_init(&broken, loop, &outages[i]);
		start_log(LOG_DEBUG);
		for (unsigned times = 0; times < 3; times++)
			read_all(&l, loop);
		event_log_read(&l);
		event_log_stop(&l);
		cr_expect_null(l.op);
		cr_expect_eq(broken.running, 0, "%s", outages[i].name);
		text = end_log();
		cr_expect_str_eq(text, "");
		free(text);
		event_base_free(loop);
	}
}

Test(event_log, writes_the_totals)
{
	struct storage s;
	char *text;

	storage_open(&s, 0);
	storage_put(&s, "AAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", "default", "alice");
	storage_renew(&s, "AAAAAAAAAAAAAAAAAAAACCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC");
	start_log(LOG_INFO);
	event_log_totals(backend_counts(s.backend));
	text = end_log();
	cr_expect_eq(
		count(text,
		      "info  totals sessions_created=1 sessions_adopted=0 logins=1 rotations=1 ended_idle=0 "),
		1, "%s", text);
	free(text);
	storage_close(&s);
}
