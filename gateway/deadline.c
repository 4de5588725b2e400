/* deadline.c - waits that end. */
#include "gateway/deadline.h"

#include "base/clock.h"
#include "gateway/turn.h"

#include <event2/event.h>
#include <sys/time.h>

void deadline_disarm(struct deadline *d)
{
	link_remove(&d->link);
}

static void deadlines_sleep(struct deadlines *all)
{
	static const struct timeval tick = { 0, DEADLINE_TICK_MS * 1000L };

	all->ticking = all->armed != NULL && event_add(all->tick, &tick) == 0;
}

/* Where the process has stood still, what was waited for may be there by now, behind the tick: it comes first. */
static void deadlines_on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct deadlines *all = ctx;

	(void)fd;
	(void)what;
	event_active(all->due, EV_TIMEOUT, 0);
}

/* What has come due moves to a list of its own first: a callback may disarm, arm or free any other. */
static void deadlines_on_due(evutil_socket_t fd, short what, void *ctx)
{
	struct deadlines *all = ctx;
	struct link *due = NULL, *l, *next;
	int64_t now_ms = clock_mono_ms();

	(void)fd;
	(void)what;
	for (l = all->armed; l != NULL; l = next) {
		next = l->next;
		if (CONTAINER_OF(l, struct deadline, link)->at_ms > now_ms)
			continue;
		link_remove(l);
		link_push(&due, l);
	}
	all->expiring = true;
	while ((l = due) != NULL) {
		struct deadline *d = CONTAINER_OF(l, struct deadline, link);

		link_remove(l);
		d->expired(d);
	}
	all->expiring = false;
	deadlines_sleep(all);
}

int deadlines_open(struct deadlines *all, struct turn *turn, struct event_base *loop)
{
	*all = (struct deadlines){ .turn = turn,
				   .tick = evtimer_new(loop, deadlines_on_tick, all),
				   .due = evtimer_new(loop, deadlines_on_due, all) };
	return all->tick != NULL && all->due != NULL ? 0 : SG_ENOMEM;
}

void deadlines_close(struct deadlines *all)
{
	if (all->tick != NULL)
		event_free(all->tick);
	if (all->due != NULL)
		event_free(all->due);
	all->tick = all->due = NULL;
}

void deadline_arm(struct deadlines *all, struct deadline *d, int64_t ms, deadline_fn *expired)
{
	d->at_ms = turn_now_ms(all->turn) + ms;
	d->expired = expired;
	if (!link_listed(&d->link) || all->expiring) {
		link_remove(&d->link);
		link_push(&all->armed, &d->link);
	}
	if (!all->ticking)
		deadlines_sleep(all);
}
