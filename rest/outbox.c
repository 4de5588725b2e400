/* outbox.c - see outbox.h. */
#include "rest/outbox.h"

#include "base/log.h"
#include "base/random.h"
#include "base/word.h"

#include <pthread.h>
#include <stdlib.h>

struct outbox {
	pthread_mutex_t lock;
	struct letter *letters[OUTBOX_ROOM]; /* a ring */
	size_t first, count;
	struct news *news;
	bool shared;
	uint64_t name;        /* of this process */
	struct letter *shown; /* to the reader, and so neither listed nor freed; NULL: none is */
};

struct letter {
	struct session_event event; /* its texts are behind it */
	char texts[];
};

static struct letter *letter_new(const struct session_event *e, uint64_t teller)
{
	struct letter *l = malloc(sizeof(*l) + e->actor.len + e->reason.len);
	char *at;

	if (l == NULL)
		return NULL;
	at = l->texts;
	l->event = (struct session_event){
		.type = e->type, .cause = e->cause, .at_ms = e->at_ms, .teller = teller
	};
	l->event.actor = word_put(&at, e->actor);
	l->event.reason = word_put(&at, e->reason);
	return l;
}

/* Under the lock. NULL: there is none. */
static struct letter *outbox_take(struct outbox *o)
{
	struct letter *first;

	if (o->count == 0)
		return NULL;
	first = o->letters[o->first];
	o->first = (o->first + 1) % OUTBOX_ROOM;
	o->count--;
	return first;
}

int outbox_new(struct news *news, bool shared, struct outbox **out)
{
	struct outbox *o;
	uint64_t name;
	int rc = random_u64(&name);

	if (rc != 0)
		return rc;
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return SG_ENOMEM;
	pthread_mutex_init(&o->lock, NULL);
	o->news = news;
	o->shared = shared;
	o->name = name | 1; /* 0 is the store */
	*out = o;
	return 0;
}

void outbox_free(struct outbox **op)
{
	struct outbox *o = *op;
	struct letter *l;

	*op = NULL;
	if (o == NULL)
		return;
	while ((l = outbox_take(o)) != NULL)
		free(l);
	free(o->shown);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

static void outbox_send(struct outbox *o, const struct session_event *e)
{
	struct letter *l = letter_new(e, o->name), *oldest = NULL;

	if (l == NULL) {
		log_error("", "out of memory: an event is not told to other gateways: %s",
			  event_type_text(e->type));
		return;
	}
	pthread_mutex_lock(&o->lock);
	if (o->count == OUTBOX_ROOM)
		oldest = outbox_take(o);
	o->letters[(o->first + o->count++) % OUTBOX_ROOM] = l;
	pthread_mutex_unlock(&o->lock);
	if (oldest != NULL)
		log_warn("",
			 "the store does not take it: an event is not told to other gateways: %s",
			 event_type_text(oldest->event.type));
	free(oldest);
}

void outbox_put(struct outbox *o, const struct session_event *e)
{
	if (o->news != NULL)
		news_add(o->news, e);
	if (o->shared)
		outbox_send(o, e);
}

bool outbox_first(struct outbox *o, struct session_event *out)
{
	if (o->shown == NULL) {
		pthread_mutex_lock(&o->lock);
		o->shown = outbox_take(o);
		pthread_mutex_unlock(&o->lock);
	}
	if (o->shown != NULL)
		*out = o->shown->event;
	return o->shown != NULL;
}

void outbox_drop(struct outbox *o)
{
	free(o->shown);
	o->shown = NULL;
}

bool outbox_is_own(const struct outbox *o, const struct session_event *e)
{
	return e->teller == o->name;
}
