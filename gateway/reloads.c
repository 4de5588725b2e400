/* reloads.c - see reloads.h. */
#include "gateway/reloads.h"

#include "base/doorbell.h"

static struct reload *reload_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct reload, link);
}

/* NULL: there is none. */
static struct reload *reloads_next(struct reloads *r)
{
	struct reload *next = NULL;

	pthread_mutex_lock(&r->lock);
	if (r->asked.first != NULL) {
		next = reload_of_link(r->asked.first);
		queue_remove(&r->asked, &next->link);
	}
	pthread_mutex_unlock(&r->lock);
	return next;
}

static void reloads_answer_settled(struct reloads *r)
{
	for (struct link *l = r->done.first, *next; l != NULL; l = next) {
		struct reload *reload = reload_of_link(l);

		next = l->next;
		if (!r->settled(r->ctx, reload->generation))
			continue;
		queue_remove(&r->done, &reload->link);
		r->answer(r->ctx, reload);
	}
}

static void reloads_on_ring(evutil_socket_t fd, short what, void *ctx)
{
	struct reloads *r = ctx;
	struct reload *reload;

	(void)what;
	doorbell_hear(fd);
	while ((reload = reloads_next(r)) != NULL)
		r->run(r->ctx, reload);
	reloads_answer_settled(r);
}

static int reloads_watch(struct reloads *r, struct event_base *loop)
{
	r->rung = event_new(loop, r->bell, EV_READ | EV_PERSIST, reloads_on_ring, r);
	return r->rung != NULL && event_add(r->rung, NULL) == 0 ? 0 : SG_ENOMEM;
}

static void reloads_free(struct queue *q)
{
	while (q->first != NULL) {
		struct reload *reload = reload_of_link(q->first);

		queue_remove(q, &reload->link);
		reload_free(&reload);
	}
}

int reloads_open(struct reloads *r, struct event_base *loop)
{
	int rc;

	if (doorbell_open(&r->bell) != 0)
		return SG_ESYSTEM;
	pthread_mutex_init(&r->lock, NULL);
	queue_init(&r->asked);
	queue_init(&r->done);
	r->open = true;
	rc = reloads_watch(r, loop);
	if (rc != 0)
		reloads_close(r);
	return rc;
}

void reloads_close(struct reloads *r)
{
	if (!r->open)
		return;
	reloads_free(&r->asked);
	reloads_free(&r->done);
	if (r->rung != NULL)
		event_free(r->rung);
	r->rung = NULL;
	doorbell_close(&r->bell);
	pthread_mutex_destroy(&r->lock);
	r->open = false;
}

void reloads_ask(void *ctx, struct reload *reload)
{
	struct reloads *r = ctx;

	pthread_mutex_lock(&r->lock);
	queue_append(&r->asked, &reload->link);
	pthread_mutex_unlock(&r->lock);
	doorbell_ring(r->bell);
}

void reloads_done(struct reloads *r, struct reload *reload)
{
	queue_append(&r->done, &reload->link);
	doorbell_ring(r->bell);
}
