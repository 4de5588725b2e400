/* timers.c - see timers.h.
 *
 * What a millisecond is to libevent is longer than an input may take, so that the order in which timers come is that of
 * world.h's clock alone. */
#include "tests/fuzz/timers.h"

#include "tests/fuzz/world.h"

#include <event2/event.h>
#include <stddef.h>
#include <sys/time.h>

enum { TIMERS_SECONDS = 100 }; /* are a millisecond */

int __wrap_event_add(struct event *event, const struct timeval *after);
int __real_event_add(struct event *event, const struct timeval *after);

static int64_t began_ms; /* of world.h's clock */
static int64_t began_s;  /* of the system's */

struct earliest {
	struct event *event;
	int64_t due_ms;
};

int __wrap_event_add(struct event *event, const struct timeval *after)
{
	struct timeval far = { 0, 0 };

	if (after == NULL || (after->tv_sec == 0 && after->tv_usec == 0))
		return __real_event_add(event, after);
	far.tv_sec = (world_mono_ms() - began_ms + after->tv_sec * 1000 + after->tv_usec / 1000) *
			     TIMERS_SECONDS +
		     TIMERS_SECONDS;
	return __real_event_add(event, &far);
}

static int64_t system_s(void)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return now.tv_sec;
}

void timers_begin(void)
{
	began_ms = world_mono_ms();
	began_s = system_s();
}

static int timers_look(const struct event_base *loop, const struct event *event, void *ctx)
{
	struct earliest *e = ctx;
	struct timeval at;
	int64_t due_ms;

	(void)loop;
	if (!event_pending(event, EV_TIMEOUT, &at))
		return 0;
	due_ms = began_ms + (at.tv_sec - began_s + TIMERS_SECONDS / 2) / TIMERS_SECONDS;
	if (e->event == NULL || due_ms < e->due_ms)
		*e = (struct earliest){ (struct event *)event, due_ms };
	return 0;
}

bool timers_next(struct event_base *loop, int64_t within_ms)
{
	struct earliest e = { NULL, 0 };
	int64_t now_ms = world_mono_ms();

	event_base_foreach_event(loop, timers_look, &e);
	if (e.event == NULL || e.due_ms - now_ms > within_ms) {
		world_pass(within_ms);
		return false;
	}
	if (e.due_ms > now_ms)
		world_pass(e.due_ms - now_ms);
	event_active(e.event, EV_TIMEOUT, 0);
	return true;
}
