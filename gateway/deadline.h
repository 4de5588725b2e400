/* deadline.h - waits that end: many, set often, hardly ever reached.
 * Arming is a store into a list, without a heap and without a system call; a tick of the loop every
 * DEADLINE_TICK_MS looks at all that are armed, and sleeps when none is. So a deadline is kept to within
 * two ticks; what is there in the turn of the tick has come in time, however late the turn is. Time is the turn's.
 * Owner    the struct is embedded where the wait is; disarm before it is freed.
 * Callback from the tick; the deadline is disarmed by then, and may be armed again or freed.
 * Thread   the loop's. */
#ifndef SG_DEADLINE_H
#define SG_DEADLINE_H

#include "base/error.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct event_base;
struct turn;

enum { DEADLINE_TICK_MS = 25 };

struct deadline;
typedef void deadline_fn(struct deadline *d);

struct deadline {
	struct link link; /* listed: armed */
	int64_t at_ms;    /* monotonic */
	deadline_fn *expired;
};

struct deadlines {
	struct link *armed;
	struct turn *turn;
	struct event *tick, *due; /* due: behind all that the loop has at hand when it ticks */
	bool ticking;
	bool expiring; /* some that are armed may be in a tick's list of those that are due */
};

SG_MUST_CHECK int deadlines_open(struct deadlines *all, struct turn *turn, struct event_base *loop);
void deadlines_close(struct deadlines *all);

/* In ms from now; armed before: moved. */
void deadline_arm(struct deadlines *all, struct deadline *d, int64_t ms, deadline_fn *expired);
void deadline_disarm(struct deadline *d);
/* It does not end until it is armed again, which will be soon: it keeps its place in the list, where joining and
 * leaving touch what lies beside it. */
static inline void deadline_suspend(struct deadline *d);
static inline bool deadline_armed(const struct deadline *d)
{
	return link_listed(&d->link);
}

static inline void deadline_suspend(struct deadline *d)
{
	d->at_ms = INT64_MAX;
}

#endif
