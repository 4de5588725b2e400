/* news.c - see news.h. */
#include "rest/news.h"

#include "base/clock.h"
#include "base/doorbell.h"
#include "base/log.h"
#include "base/random.h"
#include "session/device.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { NEWS_TEXTS = 7, NEWS_AT_A_TIME = 64 };

struct news {
	pthread_mutex_t lock;
	struct news_item **ring;
	size_t room;
	uint64_t next;
	uint64_t name; /* of this process's ids: those of another's are none of ours */
	_Atomic uint64_t asked, answered;
	int bell, questions;
};

/* --- items --- */

void news_unref(const struct news_item **item)
{
	struct news_item *i = (struct news_item *)*item;

	*item = NULL;
	if (i != NULL && atomic_fetch_sub_explicit(&i->references, 1, memory_order_acq_rel) == 1)
		free(i);
}

static size_t item_room(struct slice text)
{
	return text.len < NEWS_TEXT_BYTES ? text.len : NEWS_TEXT_BYTES;
}

/* What came from a store may be anything. */
static struct slice item_copy(char **at, struct slice text)
{
	struct slice copy = device_clean(text, *at, item_room(text));

	*at += copy.len;
	return copy;
}

static struct news_item *item_new(const struct session_event *e)
{
	const struct slice from[NEWS_TEXTS] = { e->session, e->realm, e->application, e->user,
						e->reason,  e->actor, e->node };
	struct slice *to[NEWS_TEXTS];
	struct news_item *item;
	size_t bytes = NEWS_ID_BYTES;
	char *at;

	for (size_t i = 0; i < NEWS_TEXTS; i++)
		bytes += item_room(from[i]);
	item = malloc(sizeof(*item) + bytes);
	if (item == NULL)
		return NULL;
	*item = (struct news_item){
		.references = 1,
		.type = e->type,
		.cause = e->cause,
		.at_ms = e->at_ms,
	};
	to[0] = &item->session;
	to[1] = &item->realm;
	to[2] = &item->application;
	to[3] = &item->user;
	to[4] = &item->reason;
	to[5] = &item->actor;
	to[6] = &item->node;
	at = item->texts + NEWS_ID_BYTES;
	for (size_t i = 0; i < NEWS_TEXTS; i++)
		*to[i] = item_copy(&at, from[i]);
	return item;
}

/* --- the ring --- */

struct slice news_id(const struct news *n, uint64_t number, char text[NEWS_ID_BYTES])
{
	int len = snprintf(text, NEWS_ID_BYTES, "%016" PRIx64 "-%" PRIu64, n->name, number);

	return slice_of(text, (size_t)len);
}

static uint64_t news_first(const struct news *n)
{
	return n->next > n->room ? n->next - n->room : 1;
}

void news_add(struct news *n, const struct session_event *e)
{
	struct news_item *item = item_new(e);
	const struct news_item *pushed_out;
	struct news_item **place;

	if (item == NULL) {
		log_error("", "out of memory: an event is not told: %s", event_type_text(e->type));
		return;
	}
	pthread_mutex_lock(&n->lock);
	item->number = n->next++;
	item->id = news_id(n, item->number, item->texts);
	place = &n->ring[item->number % n->room];
	pushed_out = *place;
	*place = item;
	pthread_mutex_unlock(&n->lock);
	news_unref(&pushed_out);
	doorbell_ring(n->bell);
}

void news_add_gap(struct news *n)
{
	const struct session_event gap = { .type = EVENT_GAP, .at_ms = clock_wall_ms() };

	news_add(n, &gap);
}

int news_bell(const struct news *n)
{
	return n->bell;
}

void news_hush(struct news *n)
{
	doorbell_hear(n->bell);
}

struct news_span news_kept(struct news *n)
{
	struct news_span span;

	pthread_mutex_lock(&n->lock);
	span = (struct news_span){ news_first(n), n->next };
	pthread_mutex_unlock(&n->lock);
	return span;
}

size_t news_read(struct news *n, uint64_t *from, size_t most, const struct news_item **out)
{
	size_t count = 0;

	pthread_mutex_lock(&n->lock);
	if (*from < news_first(n))
		*from = news_first(n);
	while (count < most && *from + count < n->next) {
		struct news_item *item = n->ring[(*from + count) % n->room];

		atomic_fetch_add_explicit(&item->references, 1, memory_order_relaxed);
		out[count++] = item;
	}
	pthread_mutex_unlock(&n->lock);
	return count;
}

void news_look_back(struct news *n, news_look_fn *look, void *ctx)
{
	struct news_span span = news_kept(n);
	const struct news_item *items[NEWS_AT_A_TIME];
	bool more = true;

	while (more && span.next > span.first) {
		uint64_t from = span.next - span.first > NEWS_AT_A_TIME ? span.next - NEWS_AT_A_TIME
									: span.first;
		uint64_t start = from;
		size_t count = news_read(n, &from, span.next - start, items);

		for (size_t i = count; i > 0; i--) {
			if (more)
				more = look(ctx, items[i - 1]);
			else
				news_unref(&items[i - 1]);
		}
		span.next = start;
	}
}

bool news_find(struct news *n, struct slice id, uint64_t *next)
{
	struct slice part;
	char name[NEWS_ID_BYTES];
	uint64_t number;
	struct news_span span = news_kept(n);

	snprintf(name, sizeof(name), "%016" PRIx64, n->name);
	if (!slice_cut(&id, '-', &part) || !slice_equal(part, slice_from(name)) ||
	    !slice_number(id, UINT64_MAX - 1, &number) || number + 1 < span.first ||
	    number >= span.next)
		return false;
	*next = number + 1;
	return true;
}

/* --- asking --- */

uint64_t news_ask(struct news *n)
{
	uint64_t question = atomic_fetch_add(&n->asked, 1) + 1;

	doorbell_ring(n->questions);
	return question;
}

uint64_t news_answered(const struct news *n)
{
	return atomic_load(&n->answered);
}

int news_questions(const struct news *n)
{
	return n->questions;
}

uint64_t news_asked(const struct news *n)
{
	return atomic_load(&n->asked);
}

void news_answer(struct news *n, uint64_t question)
{
	if (question <= atomic_load(&n->answered))
		return;
	atomic_store(&n->answered, question);
	doorbell_ring(n->bell);
}

/* --- its life --- */

int news_new(size_t room, struct news **out)
{
	struct news *n = calloc(1, sizeof(*n));
	int rc = SG_ENOMEM;

	if (n == NULL)
		return SG_ENOMEM;
	pthread_mutex_init(&n->lock, NULL);
	n->room = room;
	n->next = 1;
	n->ring = calloc(room, sizeof(struct news_item *));
	n->questions = -1;
	if (doorbell_open(&n->bell) != 0 || doorbell_open(&n->questions) != 0)
		rc = SG_ESYSTEM;
	else if (n->ring != NULL)
		rc = random_u64(&n->name);
	if (rc != 0)
		news_free(&n);
	else
		*out = n;
	return rc;
}

void news_free(struct news **np)
{
	struct news *n = *np;

	*np = NULL;
	if (n == NULL)
		return;
	for (size_t i = 0; n->ring != NULL && i < n->room; i++) {
		const struct news_item *item = n->ring[i];

		news_unref(&item);
	}
	free(n->ring);
	doorbell_close(&n->bell);
	doorbell_close(&n->questions);
	pthread_mutex_destroy(&n->lock);
	free(n);
}
