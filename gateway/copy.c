/* copy.c - see copy.h. */
#include "gateway/copy.h"

#include "backends/sealed.h"
#include "backends/transfer.h"
#include "base/copy_command.h"
#include "base/log.h"
#include "base/url.h"
#include "gateway/config_store.h"

#include <event2/event.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum copy_exit { COPY_DONE = 0, COPY_FINDINGS = 1, COPY_MISUSED = 2, COPY_UNAVAILABLE = 6 };

enum {
	COPY_PATIENCE_MS = 10000, /* for a store to be there, and for each of its answers */
	COPY_RETRY_US = 100000,
	COPY_PROGRESS_US = 500000,
};

/* One of the two. */
struct copy_end {
	const char *word;            /* as it was said */
	const char *option;          /* by which */
	const struct config *config; /* a reference */
	bool named; /* by a file, which also says whether values are encrypted, and with what */
	struct backend *backend;
	struct store *store;
};

struct copy {
	struct copy_end from, to;
	bool json, verify;
	struct event_base *loop;
	struct event *progress; /* on a terminal; else NULL */
	int64_t began_ms;
	struct transfer_counts counts;
	bool answered; /* of a store that was asked whether it is there */
	bool well;
};

/* --- what is said ------------------------------------------------------------------------------ */

static void copy_say(const struct copy *c, const char *format, ...) SG_PRINTF(2, 3);

static void copy_wipe_progress(const struct copy *c)
{
	if (c->progress != NULL)
		fputs("\r\033[K", stderr);
}

static void copy_say(const struct copy *c, const char *format, ...)
{
	va_list arguments;

	copy_wipe_progress(c);
	fputs("sessionctl: copy: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static void copy_tell(void *ctx, struct slice id, const char *text)
{
	copy_say(ctx, "session %.*s %s", SLICE_ARGS(id), text);
}

static void copy_on_progress(evutil_socket_t fd, short what, void *ctx)
{
	const struct copy *c = ctx;
	const struct transfer_counts *n = &c->counts;

	(void)fd;
	(void)what;
	fprintf(stderr, "\r\033[K%zu sessions, %zu copied",
		n->copied + n->newer + n->unchanged + n->blocked + n->unreadable, n->copied);
}

static void copy_print_table(const struct copy *c)
{
#define COPY_ROW(name) printf("%-11s %zu\n", #name, c->counts.name);
	TRANSFER_COUNTS(COPY_ROW)
#undef COPY_ROW
}

static void copy_print_json(const struct copy *c)
{
	const char *separator = "{";

#define COPY_MEMBER(name)                                         \
	printf("%s\"" #name "\":%zu", separator, c->counts.name); \
	separator = ",";
	TRANSFER_COUNTS(COPY_MEMBER)
#undef COPY_MEMBER
	printf("%s\"verified\":%s}\n", separator, c->verify ? "true" : "false");
}

static void copy_say_rate(const struct copy *c)
{
	int64_t took_ms = clock_mono_ms() - c->began_ms;
	size_t all = c->counts.copied + c->counts.newer + c->counts.unchanged;

	copy_say(c, "%zu sessions in %.1f s, %.0f a second", all, (double)took_ms / 1000,
		 (double)all * 1000 / (double)(took_ms > 0 ? took_ms : 1));
}

/* --- where from, and where to ------------------------------------------------------------------ */

static bool end_is_url(const struct copy_end *e)
{
	return strstr(e->word, "://") != NULL || strncmp(e->word, "memory:", 7) == 0;
}

/* All but the store is there because a configuration has it. */
static int end_load(struct copy_end *e, struct buffer *report)
{
	const char *anywhere[] = { "127.0.0.1:9100" };
	struct config_arguments arguments = { 0 };

	if (!end_is_url(e)) {
		e->named = true;
		arguments.file = e->word;
		return config_load(&arguments, report, &e->config);
	}
	arguments.store = e->word;
	arguments.listen = arguments.apps = anywhere;
	arguments.listen_count = arguments.app_count = 1;
	return config_load(&arguments, report, &e->config);
}

/* Warnings are the gateway's business. */
static enum copy_exit end_read(const struct copy *c, struct copy_end *e)
{
	struct buffer report = { 0 };
	int rc = end_load(e, &report);

	if (rc != 0) {
		copy_say(c, "--%s is neither a store's URL nor a configuration that can be read:",
			 e->option);
		fwrite(buffer_content(&report).ptr, 1, buffer_len(&report), stderr);
	}
	buffer_fini(&report);
	if (rc != 0)
		return COPY_MISUSED;
	if (strcmp(e->config->store.url, "memory:") != 0)
		return COPY_DONE;
	copy_say(c,
		 "--%s: sessions of memory: are in a gateway's process, where nothing else reaches "
		 "them; name a store of its own, such as redis://…, and have the gateway use it",
		 e->option);
	return COPY_MISUSED;
}

/* Also a Sentinel's. */
static bool end_shows_password(const struct copy_end *e)
{
	struct buffer masked = { 0 };
	bool shows = !e->named && url_mask(slice_from(e->word), &masked) == 0 &&
		     !slice_equal(buffer_content(&masked), slice_from(e->word));

	buffer_fini(&masked);
	return shows;
}

static void end_warn(const struct copy *c, const struct copy_end *e)
{
	if (end_shows_password(e))
		copy_say(
			c,
			"--%s: everybody on this machine sees the password in the list of processes; "
			"name a gateway's configuration in its place",
			e->option);
}

static void copy_warn_of_values(const struct copy *c, const struct copy_end *known,
				const struct copy_end *other)
{
	if (known->named && known->config->store.encryption_key_count > 0 && !other->named)
		copy_say(
			c,
			"whether values are encrypted is not known of --%s: they are carried as they "
			"are; name its configuration",
			other->option);
}

static bool copy_same_place(const struct copy *c)
{
	const struct config_store *from = &c->from.config->store, *to = &c->to.config->store;

	return strcmp(from->url, to->url) == 0 && strcmp(from->namespace, to->namespace) == 0;
}

static bool copy_same_keys(const struct copy *c)
{
	const struct config_store *from = &c->from.config->store, *to = &c->to.config->store;

	if (from->encryption_key_count != to->encryption_key_count)
		return false;
	for (size_t i = 0; i < from->encryption_key_count; i++)
		if (!slice_equal(from->encryption_keys[i], to->encryption_keys[i]))
			return false;
	return true;
}

static enum copy_exit copy_read(struct copy *c)
{
	enum copy_exit exit = end_read(c, &c->from);

	if (exit == COPY_DONE)
		exit = end_read(c, &c->to);
	if (exit != COPY_DONE)
		return exit;
	end_warn(c, &c->from);
	end_warn(c, &c->to);
	copy_warn_of_values(c, &c->from, &c->to);
	copy_warn_of_values(c, &c->to, &c->from);
	if (!copy_same_place(c))
		return COPY_DONE;
	copy_say(c, "--from and --to are the same store");
	return COPY_MISUSED;
}

/* --- opening ----------------------------------------------------------------------------------- */

/* Values are carried as they are, unless it is known that the two sides do not have the same keys. */
static int end_open(const struct copy *c, struct copy_end *e)
{
	struct config_store patient = e->config->store, *store = &patient;
	bool recodes = c->from.named && c->to.named && !copy_same_keys(c);
	bool opens = recodes && store->encryption_key_count > 0;
	int rc;

	if (patient.timeout_ms < COPY_PATIENCE_MS) /* no visitor waits for this */
		patient.timeout_ms = COPY_PATIENCE_MS;
	rc = config_store_open(store, "sessionctl", !recodes || opens, &e->backend);
	if (rc == 0 && opens)
		rc = sealed_open(&e->backend, store->encryption_keys, store->encryption_key_count);
	if (rc == 0)
		rc = backend_connect(e->backend, c->loop, &e->store);
	if (rc != 0)
		copy_say(c, "--%s: %s", e->option, error_text(rc));
	return rc;
}

static void end_close(struct copy_end *e)
{
	store_close(&e->store);
	backend_close(&e->backend);
	config_unref(&e->config);
}

static void copy_on_health(void *ctx, const struct store_result *result)
{
	struct copy *c = ctx;

	c->answered = true;
	c->well = result->status == STORE_OK;
}

/* False also where nobody has answered, since there is no memory for it, or the loop does not go on. */
static bool copy_asks_health(struct copy *c, const struct copy_end *e)
{
	struct store_op *op = store_health(e->store, copy_on_health, c);
	bool goes_on = op != NULL;

	c->answered = c->well = false;
	while (goes_on && !c->answered)
		goes_on = event_base_loop(c->loop, EVLOOP_ONCE) == 0;
	if (!c->answered)
		store_cancel(e->store, &op);
	return c->well;
}

static bool copy_awaits(struct copy *c, const struct copy_end *e)
{
	const struct timeval pause = { .tv_usec = COPY_RETRY_US };
	int64_t until_ms = clock_mono_ms() + COPY_PATIENCE_MS;

	while (!copy_asks_health(c, e)) {
		if (!c->answered || clock_mono_ms() >= until_ms) {
			copy_say(c, "--%s: the store does not answer; nothing was copied",
				 e->option);
			return false;
		}
		event_base_loopexit(c->loop, &pause);
		event_base_dispatch(c->loop);
	}
	return true;
}

static int copy_show_progress(struct copy *c)
{
	const struct timeval often = { .tv_usec = COPY_PROGRESS_US };

	if (!isatty(STDERR_FILENO))
		return 0;
	c->progress = event_new(c->loop, -1, EV_PERSIST, copy_on_progress, c);
	return c->progress != NULL && event_add(c->progress, &often) == 0 ? 0 : SG_ENOMEM;
}

/* --- copying ----------------------------------------------------------------------------------- */

static enum copy_exit copy_failed(const struct copy *c, int rc, enum transfer_side side)
{
	if (rc == SG_ENOMEM) {
		copy_say(c, "out of memory; what was copied stays: run it again");
		return COPY_FINDINGS;
	}
	if (side == TRANSFER_NEITHER) {
		copy_say(c,
			 "waiting for the stores has failed; what was copied stays: run it again");
		return COPY_FINDINGS;
	}
	copy_say(c, "--%s: the store does not answer any more; what was copied stays: run it again",
		 (side == TRANSFER_FROM ? &c->from : &c->to)->option);
	return COPY_UNAVAILABLE;
}

static enum copy_exit copy_transfer(struct copy *c)
{
	const struct transfer_plan plan = { .loop = c->loop,
					    .from = c->from.store,
					    .to = c->to.store,
					    .verify = c->verify,
					    .tell = copy_tell,
					    .ctx = c,
					    .counts = &c->counts };
	enum transfer_side failed;
	int rc = transfer_run(&plan, &failed);
	enum copy_exit exit = rc != 0 ? copy_failed(c, rc, failed) : COPY_DONE;

	if (exit == COPY_DONE)
		copy_say_rate(c);
	else
		copy_wipe_progress(c);
	(c->json ? copy_print_json : copy_print_table)(c);
	if (exit == COPY_DONE && c->counts.unreadable + c->counts.different > 0)
		exit = COPY_FINDINGS;
	return exit;
}

static enum copy_exit copy_open(struct copy *c)
{
	c->loop = event_base_new();
	if (c->loop == NULL || end_open(c, &c->from) != 0 || end_open(c, &c->to) != 0 ||
	    copy_show_progress(c) != 0)
		return COPY_FINDINGS;
	return copy_awaits(c, &c->from) && copy_awaits(c, &c->to) ? COPY_DONE : COPY_UNAVAILABLE;
}

static void copy_close(struct copy *c)
{
	if (c->progress != NULL)
		event_free(c->progress);
	end_close(&c->from);
	end_close(&c->to);
	if (c->loop != NULL)
		event_base_free(c->loop);
}

int copy_run(int count, char **words)
{
	struct copy c = { .from.option = "from", .to.option = "to", .began_ms = clock_mono_ms() };
	enum copy_exit exit;

	if (count < 3) {
		fputs("sessiongate: " COPY_COMMAND " is what sessionctl copy says\n", stderr);
		return COPY_MISUSED;
	}
	c.from.word = words[0];
	c.to.word = words[1];
	c.json = strcmp(words[2], "table") != 0;
	c.verify = count > 3;
	signal(SIGPIPE, SIG_IGN); /* TLS writes also to a store that has gone */
	exit = copy_read(&c);
	if (exit == COPY_DONE)
		exit = copy_open(&c);
	if (exit == COPY_DONE)
		exit = copy_transfer(&c);
	copy_close(&c);
	if (fflush(stdout) != 0 && exit == COPY_DONE)
		exit = COPY_FINDINGS;
	return (int)exit;
}
