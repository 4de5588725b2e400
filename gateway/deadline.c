/* deadline.c - waits that end. */
#include "gateway/deadline.h"

#include "base/clock.h"

#include <event2/event.h>
#include <sys/time.h>

static void deadline_link(struct deadline **list, struct deadline *d)
{
	d->next = *list;
	if (d->next != NULL)
		d->next->slot = &d->next;
	d->slot = list;
	*list = d;
}

void deadline_disarm(struct deadline *d)
{
	if (d->slot == NULL)
		return;
	*d->slot = d->next;
	if (d->next != NULL)
		d->next->slot = d->slot;
	d->next = NULL;
	d->slot = NULL;
}

static void deadlines_sleep(struct deadlines *all)
{
	static const struct timeval tick = { 0, DEADLINE_TICK_MS * 1000 };

	all->ticking = all->armed != NULL && event_add(all->tick, &tick) == 0;
}

/* What has come due moves to a list of its own first: a callback may disarm, arm or free any other. */
static void deadlines_on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct deadlines *all = ctx;
	struct deadline *due = NULL, *d, *next;
	int64_t now_ms = clock_mono_ms();

	(void)fd;
	(void)what;
	for (d = all->armed; d != NULL; d = next) {
		next = d->next;
		if (d->at_ms > now_ms)
			continue;
		deadline_disarm(d);
		deadline_link(&due, d);
	}
	while ((d = due) != NULL) {
		deadline_disarm(d);
		d->expired(d);
	}
	deadlines_sleep(all);
}

int deadlines_open(struct deadlines *all, struct event_base *loop)
{
	*all = (struct deadlines){ .tick = evtimer_new(loop, deadlines_on_tick, all) };
	return all->tick != NULL ? 0 : SG_ENOMEM;
}

void deadlines_close(struct deadlines *all)
{
	if (all->tick != NULL)
		event_free(all->tick);
	all->tick = NULL;
}

void deadline_arm(struct deadlines *all, struct deadline *d, int64_t ms, deadline_fn *expired)
{
	d->at_ms = clock_mono_ms() + ms;
	d->expired = expired;
	if (d->slot == NULL)
		deadline_link(&all->armed, d);
	if (!all->ticking)
		deadlines_sleep(all);
}
