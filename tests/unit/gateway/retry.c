/* retry.c - what is sent again. */
#include "gateway/retry.h"

#include "base/clock.h"
#include "gateway/turn.h"

#include <criterion/criterion.h>
#include <event2/event.h>

enum { TRIES = 7, LATE_MS = 10000 };

struct desk {
	struct event_base *loop;
	struct turn turn;
	struct deadlines all;
	struct retry retry;
	unsigned times;
};

static void desk_open(struct desk *d)
{
	*d = (struct desk){ .loop = event_base_new() };
	cr_assert_not_null(d->loop);
	cr_assert_eq(turn_open(&d->turn, d->loop), 0);
	cr_assert_eq(deadlines_open(&d->all, &d->turn, d->loop), 0);
}

static void desk_close(struct desk *d)
{
	deadlines_close(&d->all);
	turn_close(&d->turn);
	event_base_free(d->loop);
}

static void desk_again(struct retry *retry)
{
	CONTAINER_OF(retry, struct desk, retry)->times++;
}

Test(retry, pauses_grow_up_to_a_bound)
{
	static const int64_t pauses_ms[TRIES] = { 10, 20, 40, 80, 160, 200, 200 };
	struct desk d;

	desk_open(&d);
	for (unsigned i = 0; i < TRIES; i++) {
		int64_t began_ms = clock_mono_ms(), took_ms;

		retry_later(&d.retry, &d.all, desk_again);
		cr_expect_eq(d.retry.pause_ms, pauses_ms[i], "pause %u", i);
		cr_expect_eq(d.times, i, "called back at once");
		while (d.times == i)
			event_base_loop(d.loop, EVLOOP_ONCE);
		took_ms = clock_mono_ms() - began_ms;
		cr_expect(took_ms >= pauses_ms[i] - DEADLINE_TICK_MS, "pause %u: %lld ms", i,
			  (long long)took_ms);
		cr_expect(took_ms < pauses_ms[i] + LATE_MS, "pause %u: %lld ms", i,
			  (long long)took_ms);
	}
	desk_close(&d);
}

Test(retry, stopped_it_is_silent_and_begins_anew)
{
	struct desk d;

	desk_open(&d);
	retry_stop(&d.retry);
	retry_later(&d.retry, &d.all, desk_again);
	retry_later(&d.retry, &d.all, desk_again);
	retry_stop(&d.retry);
	cr_expect_null(d.all.armed);
	event_base_loop(d.loop, EVLOOP_NONBLOCK);
	cr_expect_eq(d.times, 0);
	retry_later(&d.retry, &d.all, desk_again);
	cr_expect_eq(d.retry.pause_ms, RETRY_FIRST_MS);
	retry_stop(&d.retry);
	desk_close(&d);
}
