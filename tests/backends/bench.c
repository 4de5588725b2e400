/* bench.c - see bench.h. */
#include "tests/backends/bench.h"

#include <event2/event.h>

enum { ANSWER_TURNS = 100000 };

const struct session_quota any_number;

void bench_connect(struct bench *b)
{
	b->loop = event_base_new();
	cr_assert_not_null(b->loop);
	cr_assert_eq(backend_connect(b->backend, b->loop, &b->store), 0);
}

void bench_disconnect(struct bench *b)
{
	store_close(&b->store);
	event_base_free(b->loop);
}

void suite_run(const struct fixture *fixture, suite_case_fn *run)
{
	struct bench b = { .fixture = fixture };

	cr_assert_eq(backend_open(slice_from(fixture->url), fixture->now, &b.backend), 0);
	bench_connect(&b);
	run(&b);
	bench_disconnect(&b);
	backend_close(&b.backend);
	cr_assert_null(b.backend);
}

void answer_take(void *ctx, const struct store_result *result)
{
	struct answer *a = ctx;

	a->times++;
	a->status = result->status;
	a->cause = result->cause;
	a->whole_since_ms = result->whole_since_ms;
	a->session = result->session != NULL ? session_ref(result->session) : NULL;
}

void answer_fini(struct answer *a)
{
	session_unref(&a->session);
}

void bench_turn(struct bench *b)
{
	event_base_loop(b->loop, EVLOOP_NONBLOCK);
}

void bench_wait(struct bench *b, const struct answer *a)
{
	for (unsigned turn = 0; a->times == 0 && turn < ANSWER_TURNS; turn++)
		bench_turn(b);
}

struct answer bench_find(struct bench *b, struct slice id)
{
	struct answer a = { 0 };

	store_find(b->store, id, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

size_t bench_expire(struct bench *b, size_t limit)
{
	bool more;

	return store_expire_due(b->store, limit, &more);
}

struct answer bench_create(struct bench *b, const struct session *s)
{
	struct answer a = { 0 };

	store_create(b->store, s, &any_number, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_save(struct bench *b, struct slice id, const struct delta *d)
{
	struct answer a = { 0 };

	store_save(b->store, id, d, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_remove(struct bench *b, struct slice id)
{
	struct answer a = { 0 };

	store_remove(b->store, id, STORE_CAUSE_LOGOUT, answer_take, &a);
	bench_wait(b, &a);
	return a;
}
