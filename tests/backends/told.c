/* told.c - see told.h. */
#include "tests/backends/told.h"

#include <stdio.h>
#include <stdlib.h>

struct told_batch {
	struct told *told;
	unsigned times;
	size_t count;
};

static struct told_event told_event(const struct session_event *e)
{
	struct told_event out = {
		.type = e->type, .cause = e->cause, .at_ms = e->at_ms, .teller = e->teller
	};

	snprintf(out.session, sizeof(out.session), "%.*s", SLICE_ARGS(e->session));
	snprintf(out.realm, sizeof(out.realm), "%.*s", SLICE_ARGS(e->realm));
	snprintf(out.application, sizeof(out.application), "%.*s", SLICE_ARGS(e->application));
	snprintf(out.user, sizeof(out.user), "%.*s", SLICE_ARGS(e->user));
	snprintf(out.reason, sizeof(out.reason), "%.*s", SLICE_ARGS(e->reason));
	snprintf(out.actor, sizeof(out.actor), "%.*s", SLICE_ARGS(e->actor));
	return out;
}

static void told_take(void *ctx, const struct store_result *result)
{
	struct told_batch *batch = ctx;
	struct told *t = batch->told;

	batch->times++;
	batch->count = result->count;
	cr_assert_eq(result->status, STORE_OK, "%s", store_status_text(result->status));
	if (result->count == 0)
		return;
	t->gap |= result->gap;
	t->events = reallocarray(t->events, t->count + result->count, sizeof(*t->events));
	for (size_t i = 0; i < result->count; i++)
		t->events[t->count++] = told_event(&result->events[i]);
	cr_assert_leq(result->position.len, sizeof(t->position));
	memcpy(t->position, result->position.ptr, result->position.len);
	t->position_bytes = result->position.len;
}

void told_read(struct told *t, struct bench *b, size_t limit)
{
	struct told_batch batch;

	do {
		batch = (struct told_batch){ .told = t };
		store_events(b->store, slice_of(t->position, t->position_bytes), limit, told_take,
			     &batch);
		while (batch.times == 0)
			bench_turn(b);
		cr_assert_leq(batch.count, limit);
	} while (batch.count > 0);
}

void told_news(struct told *t, struct bench *b)
{
	t->count = 0;
	t->gap = false;
	told_read(t, b, 1000);
}

struct told told_of_session(const struct told *t, struct slice id)
{
	struct told of = { .events = calloc(t->count + 1, sizeof(*of.events)) };

	cr_assert_not_null(of.events);
	for (size_t i = 0; i < t->count; i++)
		if (slice_equal(slice_from(t->events[i].session), id))
			of.events[of.count++] = t->events[i];
	return of;
}

size_t told_count(const struct told *t, enum event_type type)
{
	size_t count = 0;

	for (size_t i = 0; i < t->count; i++)
		count += t->events[i].type == type;
	return count;
}

void told_fini(struct told *t)
{
	free(t->events);
	t->events = NULL;
}
