/* transfer.c - tests of backends/transfer.c, between two stores in memory, of what needs more there than a test of the
 * program makes in good time. Else it is tried in tests/cli/test_copy.py. */
#include "backends/transfer.h"

#include <criterion/criterion.h>
#include <event2/event.h>

enum { AHEAD_MS = 30000, MANY = 300 /* created, and ended: more than a page of events */ };

static int64_t clock_ahead(void)
{
	return clock_wall_ms() + AHEAD_MS;
}

struct place {
	struct backend *backend;
	struct store *store;
};

struct scene {
	struct event_base *loop;
	struct place from, to;
	struct token tokens[MANY];
};

static void place_open(struct place *p, struct event_base *loop)
{
	const struct backend_settings settings = { .url = SLICE("memory:"), .now = clock_ahead };

	cr_assert_eq(backend_open(&settings, &p->backend), 0);
	cr_assert_eq(backend_connect(p->backend, loop, &p->store), 0);
}

static void place_close(struct place *p)
{
	store_close(&p->store);
	backend_close(&p->backend);
}

static void take_status(void *ctx, const struct store_result *result)
{
	*(enum store_status *)ctx = result->status;
}

static void scene_expect_ok(struct scene *s, const enum store_status *status)
{
	event_base_loop(s->loop, EVLOOP_NONBLOCK);
	cr_assert_eq(*status, STORE_OK, "%s", store_status_text(*status));
}

/* There, and copied here. */
static void scene_create(struct scene *s, struct slice id)
{
	static const struct session_quota any_number;
	const struct renewal secret = { .epoch = 1 };
	const struct session_birth birth = {
		.id = id,
		.realm = SLICE("default"),
		.application = SLICE("app"),
		.secret = &secret,
		.idle_ms = 3600000,
		.absolute_ms = 3600000,
		.save_id = 1,
		.limits = { 1000, 1000, 10 },
	};
	enum store_status status = STORE_UNAVAILABLE;
	const struct session *session;

	cr_assert_eq(session_new(&birth, clock_ahead(), &session), 0);
	store_create(s->from.store, session, &any_number, NULL, take_status, &status);
	scene_expect_ok(s, &status);
	store_put(s->to.store, session, take_status, &status);
	scene_expect_ok(s, &status);
	session_unref(&session);
}

static void scene_end(struct scene *s, struct slice id)
{
	enum store_status status = STORE_UNAVAILABLE;

	store_remove(s->from.store, id, NULL, STORE_CAUSE_LOGOUT, take_status, &status);
	scene_expect_ok(s, &status);
}

static void scene_open(struct scene *s)
{
	s->loop = event_base_new();
	cr_assert_not_null(s->loop);
	place_open(&s->from, s->loop);
	place_open(&s->to, s->loop);
	for (size_t i = 0; i < MANY; i++) {
		cr_assert_eq(token_new(&s->tokens[i]), 0);
		scene_create(s, token_id(&s->tokens[i]));
	}
}

static void scene_close(struct scene *s)
{
	place_close(&s->from);
	place_close(&s->to);
	event_base_free(s->loop);
}

static void tell_nobody(void *ctx, struct slice id, const char *text)
{
	(void)ctx;
	cr_expect(false, "%.*s %s", SLICE_ARGS(id), text);
}

static struct transfer_counts scene_transfer(struct scene *s)
{
	struct transfer_counts counts = { 0 };
	const struct transfer_plan plan = {
		.loop = s->loop,
		.from = s->from.store,
		.to = s->to.store,
		.tell = tell_nobody,
		.counts = &counts,
	};
	enum transfer_side failed;

	cr_assert_eq(transfer_run(&plan, &failed), 0);
	cr_expect_eq(failed, TRANSFER_NEITHER);
	return counts;
}

Test(transfer, ends_all_that_has_ended_in_a_store_whose_clock_is_ahead)
{
	struct transfer_counts counts;
	struct scene s;

	scene_open(&s);
	for (size_t i = 0; i < MANY; i++)
		scene_end(&s, token_id(&s.tokens[i]));
	counts = scene_transfer(&s);
	cr_expect_eq(counts.ended, MANY, "%zu", counts.ended);
	cr_expect_eq(counts.copied, 0);
	scene_close(&s);
}
