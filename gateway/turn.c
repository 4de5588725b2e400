/* turn.c - the end of a turn of the loop. */
#include "gateway/turn.h"

#include <event2/event.h>

static struct chore *turn_take(struct turn *t)
{
	struct chore *c = t->first;

	if (c != NULL)
		turn_cancel(t, c);
	return c;
}

static void turn_on_end(evutil_socket_t fd, short what, void *ctx)
{
	struct turn *t = ctx;
	struct chore *c;

	(void)fd;
	(void)what;
	while ((c = turn_take(t)) != NULL)
		c->run(c);
}

int turn_open(struct turn *t, struct event_base *loop)
{
	*t = (struct turn){ .end = event_new(loop, -1, 0, turn_on_end, t) };
	t->last = &t->first;
	return t->end != NULL ? 0 : SG_ENOMEM;
}

void turn_close(struct turn *t)
{
	if (t->end != NULL)
		event_free(t->end);
	t->end = NULL;
}

void turn_add(struct turn *t, struct chore *c)
{
	if (c->slot != NULL)
		return;
	if (t->first == NULL)
		event_active(t->end, EV_TIMEOUT,
			     0); /* behind what is active now, in the same turn */
	c->next = NULL;
	c->slot = t->last;
	*t->last = c;
	t->last = &c->next;
}

void turn_cancel(struct turn *t, struct chore *c)
{
	if (c->slot == NULL)
		return;
	*c->slot = c->next;
	if (c->next != NULL)
		c->next->slot = c->slot;
	else
		t->last = c->slot;
	c->next = NULL;
	c->slot = NULL;
}
