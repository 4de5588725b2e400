/* suite_calls.c - how a store calls back; see suite.h. */
#include "tests/backends/visitor.h"

#include <event2/event.h>

void suite_callbacks_come_late_and_once(struct bench *b)
{
	struct answer found = { 0 }, saved = { 0 }, removed = { 0 }, created = { 0 };
	const struct session *s;
	struct visitor v;
	struct delta d;

	visitor_init(&v);
	s = visitor_session(&v, b, SLICE(""), NULL, 0);
	d = visitor_delta(&v);
	store_create(b->store, s, &any_number, NULL, answer_take, &created);
	store_find(b->store, v.id, answer_take, &found);
	store_save(b->store, v.id, &d, answer_take, &saved);
	store_remove(b->store, v.id, NULL, STORE_CAUSE_LOGOUT, answer_take, &removed);
	cr_expect_eq(created.times + found.times + saved.times + removed.times, 0);
	bench_wait(b, &removed);
	for (unsigned i = 0; i < 10; i++)
		bench_turn(b);
	cr_expect_eq(created.times, 1);
	cr_expect_eq(found.times, 1);
	cr_expect_eq(saved.times, 1);
	cr_expect_eq(removed.times, 1);
	answer_fini(&created);
	answer_fini(&found);
	answer_fini(&saved);
	session_unref(&s);
}

void suite_callbacks_come_in_order(struct bench *b)
{
	struct answer first = { 0 }, second = { 0 };
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	store_remove(b->store, v.id, NULL, STORE_CAUSE_LOGOUT, answer_take, &first);
	store_remove(b->store, v.id, NULL, STORE_CAUSE_LOGOUT, answer_take, &second);
	bench_wait(b, &second);
	cr_expect_eq(first.times, 1);
	cr_expect_eq(first.status, STORE_OK);
	cr_expect_eq(second.status, STORE_ENDED);
}

struct chain {
	struct bench *bench;
	struct slice id;
	struct store_op *op;
	unsigned length;
};

static void chain_on_found(void *ctx, const struct store_result *result)
{
	struct chain *c = ctx;

	cr_expect_eq(result->status, STORE_OK);
	c->length++;
	c->op = store_find(c->bench->store, c->id, chain_on_found, c);
}

static void chain_wait(struct chain *c);

static void chain_on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct chain *c = ctx;

	(void)fd;
	(void)what;
	if (c->length >= 2)
		event_base_loopbreak(c->bench->loop);
	else
		chain_wait(c);
}

static void chain_wait(struct chain *c)
{
	const struct timeval soon = { 0, 20000 };

	event_base_once(c->bench->loop, -1, EV_TIMEOUT, chain_on_time, c, &soon);
}

/* A chain without end must not keep the loop's other events out. */
void suite_operation_begun_in_a_callback_comes_in_a_later_turn(struct bench *b)
{
	struct chain chain;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	chain = (struct chain){ .bench = b, .id = v.id };
	chain.op = store_find(b->store, v.id, chain_on_found, &chain);
	chain_wait(&chain);
	event_base_dispatch(b->loop);
	cr_expect_geq(chain.length, 2);
	store_cancel(b->store, &chain.op);
}

void suite_cancelled_operation_is_silent(struct bench *b)
{
	struct answer cancelled = { 0 };
	struct store_op *op;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	op = store_find(b->store, v.id, answer_take, &cancelled);
	store_cancel(b->store, &op);
	cr_expect_null(op);
	store_cancel(b->store, &op);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	cr_expect_eq(cancelled.times, 0);
}

struct canceller {
	struct store *store;
	struct store_op *victim;
	unsigned times;
};

static void cancel_on_found(void *ctx, const struct store_result *result)
{
	struct canceller *c = ctx;

	cr_expect_eq(result->status, STORE_OK);
	c->times++;
	store_cancel(c->store, &c->victim);
}

void suite_cancel_inside_another_callback(struct bench *b)
{
	struct canceller c = { .store = b->store };
	struct answer victim = { 0 }, last = { 0 };
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	store_find(b->store, v.id, cancel_on_found, &c);
	c.victim = store_find(b->store, v.id, answer_take, &victim);
	store_find(b->store, v.id, answer_take, &last);
	bench_wait(b, &last);
	cr_expect_eq(c.times, 1);
	cr_expect_null(c.victim);
	cr_expect_eq(victim.times, 0);
	cr_expect_eq(last.status, STORE_OK);
	answer_fini(&last);
}

void suite_record_outlives_its_callback(struct bench *b)
{
	struct answer a;
	struct slice value;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	a = bench_find(b, v.id);
	cr_assert_not_null(a.session);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("first"), SLICE("2")), STORE_OK);
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	cr_expect(session_get(a.session, SLICE("first"), &value));
	cr_expect(slice_equal(value, SLICE("1")));
	answer_fini(&a);
}
