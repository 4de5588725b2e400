/* log.c - tests of base/log.c. */
#include "base/log.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];

static void setup(void)
{
	strcpy(directory, "/tmp/sg-log-XXXXXX");
	cr_assert_not_null(mkdtemp(directory));
}

static char *path_of(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static void teardown(void)
{
	unlink(path_of("log"));
	unlink(path_of("log.1"));
	rmdir(directory);
}

static char *content_of(const char *name)
{
	static char content[1 << 16];
	FILE *f = fopen(path_of(name), "r");
	size_t len;

	cr_assert_not_null(f, "%s", name);
	len = fread(content, 1, sizeof(content) - 1, f);
	content[len] = '\0';
	fclose(f);
	return content;
}

TestSuite(log, .init = setup, .fini = teardown);

Test(log, writes_levels_from_its_own_up)
{
	cr_assert_eq(log_open(path_of("log"), LOG_INFO, LOG_TEXT), 0);
	log_debug("", "not this");
	log_info("r1", "this %d", 1);
	log_warn("r1", "and this");
	cr_expect(log_enabled(LOG_INFO));
	cr_expect_not(log_enabled(LOG_DEBUG));
	log_close();
	cr_expect_null(strstr(content_of("log"), "not this"));
	cr_expect_not_null(strstr(content_of("log"), " info  [r1] this 1\n"));
	cr_expect_not_null(strstr(content_of("log"), " warn  [r1] and this\n"));
}

Test(log, opened_again_changes_all_of_it_or_nothing)
{
	cr_assert_eq(log_open(path_of("log"), LOG_INFO, LOG_TEXT), 0);
	cr_expect_eq(log_open("/no/such/place/log", LOG_DEBUG, LOG_JSON), SG_ESYSTEM);
	log_debug("", "still not");
	log_info("", "as it was");
	cr_expect_eq(log_open(path_of("log.1"), LOG_DEBUG, LOG_JSON), 0);
	log_debug("", "json now");
	log_close();
	cr_expect_null(strstr(content_of("log.1"), "still not"));
	cr_expect_not_null(strstr(content_of("log.1"), "\"message\":\"json now\"}\n"));
}

static void wait_for(const char *name, const char *text)
{
	for (unsigned i = 0; i < 3000 && strstr(content_of(name), text) == NULL; i++)
		usleep(10000);
	cr_expect_not_null(strstr(content_of(name), text), "%s", text);
}

Test(log, reopens_after_a_rename)
{
	cr_assert_eq(log_open(path_of("log"), LOG_INFO, LOG_TEXT), 0);
	log_info("", "before");
	wait_for("log", "before\n");
	cr_assert_eq(rename(path_of("log"), path_of("log.1")), 0);
	cr_expect_eq(log_reopen(), 0);
	log_info("", "after");
	wait_for("log", "after\n");
	log_close();
	cr_expect_null(strstr(content_of("log.1"), "after"));
	cr_expect_null(strstr(content_of("log"), "before"));
}

Test(log, a_thread_that_flushes_gathers_until_then)
{
	cr_assert_eq(log_open(path_of("log"), LOG_INFO, LOG_TEXT), 0);
	log_flush();
	log_info("", "gathered");
	usleep(50000);
	cr_expect_str_empty(content_of("log"));
	log_flush();
	wait_for("log", "gathered\n");
	log_info("", "goes along");
	log_error("", "at once");
	wait_for("log", "goes along\n");
	wait_for("log", "at once\n");
	log_close();
}

enum { THREADS = 4, LINES = 2000 };

static void *write_lines(void *unused)
{
	for (unsigned i = 0; i < LINES; i++) {
		struct log_field field = { SLICE("n"), { NULL, 0 }, i };

		log_fields(&field, 1);
		if (i % 100 == 0)
			log_flush();
	}
	log_flush();
	return unused;
}

Test(log, threads_do_not_mix_lines)
{
	pthread_t threads[THREADS];
	unsigned lines = 0;
	char line[256];
	FILE *f;

	cr_assert_eq(log_open(path_of("log"), LOG_INFO, LOG_TEXT), 0);
	for (unsigned i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	log_close();
	f = fopen(path_of("log"), "r");
	cr_assert_not_null(f);
	for (; fgets(line, sizeof(line), f) != NULL; lines++) {
		const char *field = line + 24 + strspn(line + 24, " ");

		cr_assert_eq(strncmp(field, "n=", 2), 0, "%s", line);
		cr_assert_str_eq(field + 2 + strspn(field + 2, "0123456789"), "\n", "%s", line);
	}
	fclose(f);
	cr_expect_eq(lines, THREADS * LINES);
}

/* A pipe that nobody reads yet stands for a slow disk. */
/* The lines that were written, and what those say that tell of others. */
struct told {
	size_t lines, announcements;
	unsigned long dropped;
};

static void told_line(struct told *t, const char *line)
{
	const char *announced = strstr(line, " log lines dropped");

	t->lines++;
	if (announced == NULL)
		return;
	while (announced[-1] != ' ')
		announced--;
	t->announcements++;
	t->dropped += strtoul(announced, NULL, 10);
}

static struct told read_all(int fd)
{
	char *bytes = malloc(16 << 20), *line, *rest;
	struct told t = { 0 };
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, bytes + len, (16 << 20) - 1 - len)) > 0)
		len += (size_t)n;
	bytes[len] = '\0';
	rest = bytes;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (rest != NULL) /* it ended */
			told_line(&t, line);
	free(bytes);
	return t;
}

static void *close_log(void *unused)
{
	log_close();
	return unused;
}

Test(log, drops_are_counted_and_announced)
{
	enum { MANY = 60000 };
	pthread_t closer;
	struct told t;
	int reader;

	cr_assert_eq(mkfifo(path_of("log"), 0600), 0);
	reader = open(path_of("log"), O_RDONLY | O_NONBLOCK);
	cr_assert_geq(reader, 0);
	cr_assert_eq(log_open(path_of("log"), LOG_INFO, LOG_TEXT), 0);
	for (unsigned i = 0; i < MANY; i++)
		log_info("", "line %u of very many that nobody reads for now", i);
	fcntl(reader, F_SETFL, 0);
	cr_assert_eq(pthread_create(&closer, NULL, close_log, NULL), 0);
	t = read_all(reader);
	pthread_join(closer, NULL);
	close(reader);
	cr_expect_gt(t.dropped, 0);
	cr_expect_eq(t.lines - t.announcements + t.dropped, MANY);
}

Test(log, lines_go_to_stderr_before_it_opens_and_after_it_closes)
{
	int saved = dup(STDERR_FILENO), fd;

	fd = open(path_of("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	cr_assert_geq(fd, 0);
	dup2(fd, STDERR_FILENO);
	log_info("", "too early");
	cr_expect_eq(log_open(path_of("log.1"), LOG_INFO, LOG_TEXT), 0);
	log_close();
	log_info("", "too late");
	dup2(saved, STDERR_FILENO);
	close(fd);
	close(saved);
	cr_expect_not_null(strstr(content_of("log"), "too early\n"));
	cr_expect_not_null(strstr(content_of("log"), "too late\n"));
}
