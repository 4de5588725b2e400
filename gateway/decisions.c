/* decisions.c - see decisions.h. */
#include "gateway/decisions.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/list.h"
#include "base/request_id.h"
#include "gateway/route.h"

#include <stdlib.h>

/* --- records --- */

/* A decision as a ring keeps it. */
struct decision_record {
	int64_t at_ms;
	const struct decisions_place *place;
	uint8_t reason, other_realm, other_application;
	uint8_t request, session, user; /* how long they are, one behind the other */
	char texts[REQUEST_ID_BYTES + TOKEN_ID_CHARS + SESSION_USER_BYTES];
};

enum {
	RECORD_WORD_BYTES = sizeof(uint64_t),
	RECORD_HEAD_BYTES = offsetof(struct decision_record, texts),
	RECORD_WORDS = (sizeof(struct decision_record) + RECORD_WORD_BYTES - 1) / RECORD_WORD_BYTES,
	/* of one without a user */
	RECORD_BARE_WORDS =
		(RECORD_HEAD_BYTES + REQUEST_ID_BYTES + TOKEN_ID_CHARS + RECORD_WORD_BYTES - 1) /
		RECORD_WORD_BYTES,
};

union decision_words {
	struct decision_record record;
	uint64_t each[RECORD_WORDS];
};

static size_t record_bytes(const struct decision_record *r)
{
	return (size_t)RECORD_HEAD_BYTES + r->request + r->session + r->user;
}

static uint8_t record_add(char **at, struct slice text, size_t room)
{
	uint8_t len = (uint8_t)(text.len < room ? text.len : room);

	if (len > 0)
		memcpy(*at, text.ptr, len);
	*at += len;
	return len;
}

static void record_make(struct decision_record *r, const struct decision *d)
{
	char *at = r->texts;

	r->at_ms = d->at_ms;
	r->reason = (uint8_t)d->reason;
	r->other_realm = d->other_realm;
	r->other_application = d->other_application;
	r->request = record_add(&at, d->request, REQUEST_ID_BYTES);
	r->session = record_add(&at, d->session, TOKEN_ID_CHARS);
	r->user = record_add(&at, d->bare ? SLICE("") : d->user, SESSION_USER_BYTES);
}

/* --- a ring of them --- */

struct decisions_ring {
	_Atomic uint64_t *slots;
	size_t words;           /* of a record in it; one more is its number */
	struct counter written; /* records, ever */
};

static _Atomic uint64_t *ring_slot(const struct decisions_ring *ring, uint64_t number)
{
	return ring->slots + number % DECISIONS_KEPT * (ring->words + 1);
}

/* Whoever sees one of the words, which are released each, sees the odd number, too, when he looks again. */
static void ring_put(struct decisions_ring *ring, const union decision_words *words)
{
	size_t count = (record_bytes(&words->record) + RECORD_WORD_BYTES - 1) / RECORD_WORD_BYTES;
	uint64_t number = counter_get(&ring->written);
	_Atomic uint64_t *slot = ring_slot(ring, number);

	atomic_store_explicit(slot, 2 * number + 1, memory_order_relaxed);
	for (size_t i = 0; i < count; i++)
		atomic_store_explicit(slot + 1 + i, words->each[i], memory_order_release);
	atomic_store_explicit(slot, 2 * number + 2, memory_order_release);
	counter_add(&ring->written, 1);
}

/* False: it is not there any more, or is being written over. */
static bool ring_get(const struct decisions_ring *ring, uint64_t number, union decision_words *out)
{
	_Atomic uint64_t *slot = ring_slot(ring, number);

	if (atomic_load_explicit(slot, memory_order_acquire) != 2 * number + 2)
		return false;
	for (size_t i = 0; i < ring->words; i++)
		out->each[i] = atomic_load_explicit(slot + 1 + i, memory_order_acquire);
	return atomic_load_explicit(slot, memory_order_relaxed) == 2 * number + 2;
}

static int ring_open(struct decisions_ring *ring, size_t words)
{
	ring->words = words;
	ring->slots = calloc(DECISIONS_KEPT * (words + 1), sizeof(*ring->slots));
	return ring->slots != NULL ? 0 : SG_ENOMEM;
}

/* --- places --- */

/* Stays until the end: records point to it. */
struct decisions_place {
	struct link link; /* the worker's alone */
	struct decision_place names;
	char texts[];
};

struct decisions {
	struct decisions_ring brought, bare; /* a token came along, or none */
	struct link *places;                 /* struct decisions_place, the last one used first */
};

static bool place_is(const struct decision_place *a, const struct decision_place *b)
{
	return slice_equal(a->route, b->route) && slice_equal(a->application, b->application) &&
	       slice_equal(a->realm, b->realm);
}

static struct decisions_place *place_new(const struct decision_place *names)
{
	struct decisions_place *p =
		malloc(sizeof(*p) + names->realm.len + names->application.len + names->route.len);
	const struct slice *const from[] = { &names->realm, &names->application, &names->route };
	struct slice *const to[] = { &p->names.realm, &p->names.application, &p->names.route };
	char *at;

	if (p == NULL)
		return NULL;
	*p = (struct decisions_place){ .names = { .realm = { 0 } } };
	at = p->texts;
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		if (from[i]->len > 0)
			memcpy(at, from[i]->ptr, from[i]->len);
		*to[i] = slice_of(at, from[i]->len);
		at += from[i]->len;
	}
	return p;
}

/* NULL: no memory. */
static const struct decisions_place *decisions_place(struct decisions *d,
						     const struct config_route *route)
{
	const struct decision_place names = {
		.realm = slice_from(route->realm->name),
		.application =
			slice_from(route->application != NULL ? route->application->name : ""),
		.route = route_label(route),
	};
	struct decisions_place *p = NULL;
	struct link *l = d->places;

	while (l != NULL &&
	       !place_is(&CONTAINER_OF(l, struct decisions_place, link)->names, &names))
		l = l->next;
	if (l != NULL)
		p = CONTAINER_OF(l, struct decisions_place, link);
	else if ((p = place_new(&names)) == NULL)
		return NULL;
	link_remove(&p->link);
	link_push(&d->places, &p->link);
	return p;
}

/* --- all of it --- */

int decisions_new(struct decisions **out)
{
	struct decisions *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return SG_ENOMEM;
	if (ring_open(&d->brought, RECORD_WORDS) != 0 ||
	    ring_open(&d->bare, RECORD_BARE_WORDS) != 0) {
		decisions_free(&d);
		return SG_ENOMEM;
	}
	*out = d;
	return 0;
}

void decisions_free(struct decisions **dp)
{
	struct decisions *d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	for (struct link *l = d->places, *next; l != NULL; l = next) {
		next = l->next;
		free(CONTAINER_OF(l, struct decisions_place, link));
	}
	free(d->brought.slots);
	free(d->bare.slots);
	free(d);
}

void decisions_name(struct decision *d, const struct config_route *route, const struct session *s)
{
	const char *application = route->application != NULL ? route->application->name : "";

	d->session = slice_from(s->id);
	d->user = s->user;
	d->other_realm = !slice_equal(s->realm, slice_from(route->realm->name));
	d->other_application = !slice_equal(s->application, slice_from(application));
}

void decisions_note(struct decisions *d, const struct config_route *route,
		    const struct decision *decision)
{
	struct decision made = *decision;
	union decision_words words;

	if (d == NULL)
		return;
	made.at_ms = clock_wall_coarse_ms();
	record_make(&words.record, &made);
	words.record.place = decisions_place(d, route);
	if (words.record.place != NULL)
		ring_put(made.bare ? &d->bare : &d->brought, &words);
}

/* What a record says, borrowed from it. */
static struct decision record_read(const struct decision_record *r, bool bare)
{
	const char *session = r->texts + r->request;

	return (struct decision){
		.reason = (enum decision_reason)r->reason,
		.at_ms = r->at_ms,
		.bare = bare,
		.other_realm = r->other_realm != 0,
		.other_application = r->other_application != 0,
		.place = r->place->names,
		.request = slice_of(r->texts, r->request),
		.session = slice_of(session, r->session),
		.user = slice_of(session + r->session, r->user),
	};
}

static void ring_find(const struct decisions_ring *ring, bool bare, struct slice subject,
		      decisions_look_fn *look, void *ctx)
{
	uint64_t end = counter_get(&ring->written);
	uint64_t first = end > DECISIONS_KEPT ? end - DECISIONS_KEPT : 0;
	union decision_words words = { .each = { 0 } };

	for (uint64_t number = end; number > first; number--) {
		struct decision d;

		if (!ring_get(ring, number - 1, &words))
			continue;
		d = record_read(&words.record, bare);
		if (slice_equal(subject, d.request) || slice_equal(subject, d.session))
			look(ctx, &d);
	}
}

void decisions_find(const struct decisions *d, struct slice subject, decisions_look_fn *look,
		    void *ctx)
{
	ring_find(&d->brought, false, subject, look, ctx);
	ring_find(&d->bare, true, subject, look, ctx);
}

/* --- all workers' --- */

int decisions_set_open(struct decisions_set *set, unsigned workers)
{
	int rc = 0;

	set->each = calloc(workers, sizeof(struct decisions *));
	if (set->each == NULL)
		return SG_ENOMEM;
	for (set->count = 0; rc == 0 && set->count < workers; set->count++)
		rc = decisions_new(&set->each[set->count]);
	return rc;
}

void decisions_set_close(struct decisions_set *set)
{
	for (unsigned i = 0; i < set->count; i++)
		decisions_free(&set->each[i]);
	free(set->each);
	*set = (struct decisions_set){ .count = 0 };
}

struct decisions *decisions_of(const struct decisions_set *set, unsigned worker)
{
	return worker < set->count ? set->each[worker] : NULL;
}

/* Whom to tell. */
struct decisions_reader {
	source_decision_fn *look;
	void *ctx;
};

static void decisions_tell(void *ctx, const struct decision *d)
{
	const struct decisions_reader *reader = ctx;

	reader->look(reader->ctx, &(struct source_decision){
					  .at_ms = d->at_ms,
					  .what = decision_what(d->reason),
					  .cause = decision_cause(d->reason),
					  .detail = decision_detail(d->reason),
					  .request = d->request,
					  .session = d->session,
					  .user = d->user,
					  .realm = d->place.realm,
					  .application = d->place.application,
					  .route = d->place.route,
					  .other_realm = d->other_realm,
					  .other_application = d->other_application,
				  });
}

static void decisions_find_all(void *ctx, struct slice subject, source_decision_fn *look,
			       void *look_ctx)
{
	const struct decisions_set *set = ctx;
	struct decisions_reader reader = { look, look_ctx };

	for (unsigned i = 0; i < set->count; i++)
		decisions_find(set->each[i], subject, decisions_tell, &reader);
}

struct source_decisions decisions_source(struct decisions_set *set)
{
	return (struct source_decisions){ .ctx = set, .find = decisions_find_all };
}
