/* turn.c - the end of a turn of the loop. */
#include "gateway/turn.h"

#include "base/clock.h"

#include <event2/event.h>

static void turn_on_end(evutil_socket_t fd, short what, void *ctx)
{
	struct turn *t = ctx;
	struct chore *c;

	(void)fd;
	(void)what;
	t->now_us = 0;
	while (t->chores.first != NULL) {
		c = CONTAINER_OF(t->chores.first, struct chore, link);
		turn_cancel(t, c);
		c->run(c);
	}
	t->now_us = 0;
}

int turn_open(struct turn *t, struct event_base *loop)
{
	*t = (struct turn){ .end = event_new(loop, -1, 0, turn_on_end, t) };
	queue_init(&t->chores);
	return t->end != NULL ? 0 : SG_ENOMEM;
}

void turn_close(struct turn *t)
{
	if (t->end != NULL)
		event_free(t->end);
	t->end = NULL;
}

/* Behind what is active now, in the same turn. */
static void turn_will_end(struct turn *t)
{
	event_active(t->end, EV_TIMEOUT, 0);
}

int64_t turn_ask_clock(struct turn *t)
{
	if (t->chores.first == NULL)
		turn_will_end(t);
	t->now_us = clock_mono_us();
	return t->now_us;
}

void turn_add(struct turn *t, struct chore *c)
{
	if (link_listed(&c->link))
		return;
	if (t->chores.first == NULL)
		turn_will_end(t);
	queue_append(&t->chores, &c->link);
}

void turn_cancel(struct turn *t, struct chore *c)
{
	queue_remove(&t->chores, &c->link);
}
