/* redis_greeting.c - see redis_greeting.h. */
#include "backends/redis_greeting.h"

#include "backends/redis_link.h"
#include "base/hex.h"
#include "base/random.h"

#include <assert.h>

/* "run_id:" and 40 hex digits, of which the first will do; whoever does not say it is somebody else each time. */
static void greeting_note_instance(struct redis_greeting *g, struct slice info)
{
	const struct slice name = SLICE("run_id:");
	const char *at = info.len > 0 ? memmem(info.ptr, info.len, name.ptr, name.len) : NULL;
	size_t left = at != NULL ? (size_t)(info.ptr + info.len - at) - name.len : 0;

	g->instance = 0;
	for (size_t i = 0; i < 16 && i < left && hex_digit(at[name.len + i]) >= 0; i++)
		g->instance = g->instance << 4 | (uint64_t)hex_digit(at[name.len + i]);
	if (g->instance == 0 && random_u64(&g->instance) != 0)
		g->instance = UINT64_MAX;
}

static void greeting_on_answer(struct redis_call *call, enum redis_fate fate,
			       const struct redis_reply *reply)
{
	struct redis_greeting_line *line = CONTAINER_OF(call, struct redis_greeting_line, call);
	struct redis_greeting *g = line->greeting;

	if (fate != REDIS_ANSWERED)
		return;
	if (line == g->info)
		greeting_note_instance(g, redis_reply_text(reply, 0));
	if (redis_reply_type(reply, 0) == REDIS_ERROR && line != g->info)
		g->ended(g->ctx, false, redis_reply_text(reply, 0));
	else if (line == g->role && !slice_equal(redis_reply_text(reply, 1), SLICE("master")))
		g->ended(g->ctx, false, SLICE("it is no master"));
	else if (line == &g->lines[g->count - 1])
		g->ended(g->ctx, true, SLICE(""));
}

static struct redis_greeting_line *greeting_next(struct redis_greeting *g)
{
	struct redis_greeting_line *line = &g->lines[g->count++];

	assert(g->count <= REDIS_GREETING_LINES);
	line->greeting = g;
	redis_call_begin(&line->call, 0, NULL, greeting_on_answer);
	return line;
}

static void greeting_authenticate(struct redis_greeting *g, const struct redis_credentials *who)
{
	struct redis_call *call;

	if (who->password[0] == '\0')
		return;
	call = &greeting_next(g)->call;
	redis_call_add(call, SLICE("AUTH"));
	if (who->user[0] != '\0')
		redis_call_add(call, slice_from(who->user));
	redis_call_add(call, slice_from(who->password));
}

static void greeting_select(struct redis_greeting *g, unsigned database)
{
	struct redis_call *call;

	if (database == 0)
		return;
	call = &greeting_next(g)->call;
	redis_call_add(call, SLICE("SELECT"));
	redis_call_add_number(call, database);
}

static void greeting_ask_role(struct redis_greeting *g)
{
	struct redis_greeting_line *line = greeting_next(g);

	g->role = line;
	redis_call_add(&line->call, SLICE("ROLE"));
}

static void greeting_ask_instance(struct redis_greeting *g)
{
	struct redis_greeting_line *line = greeting_next(g);

	g->info = line;
	redis_call_add(&line->call, SLICE("INFO"));
	redis_call_add(&line->call, SLICE("server"));
}

static void greeting_load_scripts(struct redis_greeting *g)
{
	for (unsigned i = 0; i < REDIS_SCRIPT_COUNT; i++) {
		struct redis_call *call = &greeting_next(g)->call;

		redis_call_add(call, SLICE("SCRIPT"));
		redis_call_add(call, SLICE("LOAD"));
		redis_call_add(call, redis_script((enum redis_script_name)i)->text);
	}
}

void redis_greeting_begin(struct redis_greeting *g, const struct redis_link_settings *settings)
{
	g->count = 0;
	g->role = g->info = NULL;
	greeting_authenticate(g, settings->credentials);
	greeting_select(g, settings->database);
	if (settings->master)
		greeting_ask_role(g);
	if (settings->scripts) {
		greeting_ask_instance(g);
		greeting_load_scripts(g);
	}
}

void redis_greeting_fini(struct redis_greeting *g)
{
	for (unsigned i = 0; i < REDIS_GREETING_LINES; i++)
		redis_call_fini(&g->lines[i].call);
}
