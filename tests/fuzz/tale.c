/* tale.c - see tale.h. */
#include "tests/fuzz/tale.h"

#include "backends/backend.h"
#include "base/log.h"
#include "tests/fuzz/asker.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/liar.h"
#include "tests/fuzz/timers.h"
#include "tests/fuzz/world.h"

#include <event2/event.h>

enum {
	TIMEOUT_MS = 300,
	PATIENCE_MS = 10000, /* longer than any operation takes */
	LINES = 1000,
	PASSES_MS = 5000,
	QUIET_TURNS = 3,
	TURNS = 50000,
	TIMERS = 20000,
	COMMANDS = 50000,  /* more than all there is to ask takes */
	CONNECTIONS = 300, /* at a time: one to each node, and some */
};

struct tale {
	struct event_base *loop;
	struct backend *backend;
	struct store *store;
};

/* Of every target that tells tales. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CLAIM(log_open("/dev/null", LOG_DEBUG, LOG_JSON) == 0);
	return 0;
}

/* Until nothing moves any more; time stands still meanwhile. */
static void tale_settle(struct tale *t)
{
	const unsigned connections = liar_connections(), commands = liar_commands();

	for (unsigned turns = 0, quiet = 0; quiet < QUIET_TURNS; turns++) {
		CLAIM(event_base_loop(t->loop, EVLOOP_NONBLOCK) >= 0);
		quiet = liar_listen() ? 0 : quiet + 1;
		CLAIM(turns < TURNS, "no end");
	}
	CLAIM(liar_commands() - commands < COMMANDS, "%u commands at once",
	      liar_commands() - commands);
	CLAIM(liar_connections() - connections < CONNECTIONS, "%u connections at once",
	      liar_connections() - connections);
}

static void tale_pass(struct tale *t, int64_t ms)
{
	const int64_t until_ms = world_mono_ms() + ms;

	for (unsigned i = 0; timers_next(t->loop, until_ms - world_mono_ms()); i++) {
		CLAIM(i < TIMERS, "no end");
		tale_settle(t);
	}
}

static void tale_begin(struct tale *t, const struct tale_settings *settings)
{
	const struct backend_settings store = {
		.url = slice_from(settings->url),
		.now = world_wall_ms,
		.namespace = SLICE("sg"),
		.timeout_ms = TIMEOUT_MS,
		.confirm_replicas = settings->confirm_replicas,
	};

	world_begin();
	timers_begin();
	liar_begin();
	*t = (struct tale){ .loop = event_base_new() };
	CLAIM(t->loop != NULL && backend_open(&store, &t->backend) == 0);
	CLAIM(backend_connect(t->backend, t->loop, &t->store) == 0);
	asker_begin(t->store);
}

/* The servers are all that is left of it. */
static void tale_end(struct tale *t)
{
	for (int64_t ms = 0; asker_waits() > 0 && ms < PATIENCE_MS; ms += TIMEOUT_MS)
		tale_pass(t, TIMEOUT_MS);
	CLAIM(asker_waits() == 0, "%zu have no answer", asker_waits());
	asker_unlock();
	asker_end();
	store_close(&t->store);
	backend_close(&t->backend);
	event_base_free(t->loop);
	liar_end();
}

/* The lines up to the next thing that happens. */
static struct slice tale_answer(struct slice *script)
{
	struct slice answer = *script;
	size_t bytes = 0;

	while (script->len > 0 && script->ptr[0] != '>')
		bytes += input_line(script, '\n').len + 1;
	answer.len = bytes < answer.len ? bytes : answer.len;
	return answer;
}

static uint64_t tale_number(struct slice text, uint64_t most)
{
	uint64_t number = 0;

	return slice_number(text, most, &number) ? number : 0;
}

/* False: it is something to ask. */
static bool tale_turn(struct tale *t, struct slice word, struct slice rest)
{
	if (slice_equal(word, SLICE("split")))
		liar_speak_in(tale_number(rest, UINT16_MAX));
	else if (slice_equal(word, SLICE("hangup")))
		liar_hang_up();
	else if (slice_equal(word, SLICE("refuse")))
		liar_refuse(true);
	else if (slice_equal(word, SLICE("accept")))
		liar_refuse(false);
	else if (slice_equal(word, SLICE("cancel")))
		asker_cancel();
	else if (slice_equal(word, SLICE("unlock")))
		asker_unlock();
	else if (slice_equal(word, SLICE("pass")))
		tale_pass(t, (int64_t)tale_number(rest, PASSES_MS));
	else
		return false;
	return true;
}

static void tale_happen(struct tale *t, struct slice line, struct slice *script)
{
	struct slice word;

	slice_cut(&line, ' ', &word);
	if (slice_equal(word, SLICE("answer"))) {
		liar_tell(line, tale_answer(script));
		return;
	}
	if (slice_equal(word, SLICE("say")))
		liar_say(tale_answer(script));
	else if (!tale_turn(t, word, line))
		(void)asker_ask(word, slice_equal(line, SLICE("again")));
	tale_settle(t);
}

void tale_run(const struct tale_settings *settings, struct slice script)
{
	struct tale t;

	tale_begin(&t, settings);
	tale_answer(&script); /* of nothing */
	for (unsigned i = 0; script.len > 0 && i < LINES; i++) {
		struct slice line = input_line(&script, '\n');

		if (line.len > 0 && line.ptr[0] == '>')
			tale_happen(&t, slice_after(line, 1), &script);
	}
	tale_settle(&t);
	tale_end(&t);
}
