/* shard.c - see shard.h. */
#include "backends/shard.h"

#include "base/list.h"

#include <stdlib.h>
#include <string.h>

/* Ids are random, and only our own become entries: no more than an even spread is needed. */
uint64_t shard_hash(struct slice id)
{
	uint64_t first, second;

	/* 16 of the characters are 96 random bits; the factors bring them down to where they are used */
	_Static_assert(TOKEN_ID_CHARS >= 2 * sizeof(first), "an id is long enough");
	memcpy(&first, id.ptr, sizeof(first));
	memcpy(&second, id.ptr + sizeof(first), sizeof(second));
	first = (first ^ (second >> 32 | second << 32)) * 0x9e3779b97f4a7c15u;
	return first ^ first >> 32;
}

static struct entry *entry_of_link(struct bucket_link *l)
{
	return CONTAINER_OF(l, struct entry, link);
}

struct entry *shard_find(struct shard *s, uint64_t hash, struct slice id)
{
	struct bucket_link *l = buckets_chain(&s->entries, hash);

	while (l != NULL &&
	       (l->hash != hash || memcmp(entry_of_link(l)->id, id.ptr, TOKEN_ID_CHARS) != 0))
		l = l->next;
	return l != NULL ? entry_of_link(l) : NULL;
}

/* Of entries of one time. */
static int entry_compare(const void *entry, const void *id)
{
	return memcmp(((const struct entry *)entry)->id, id, TOKEN_ID_CHARS);
}

int shard_make_room(struct shard *s)
{
	return sorted_make_room(&s->seen) == 0 ? sorted_make_room(&s->created) : SG_ENOMEM;
}

struct entry *shard_add(struct shard *s, uint64_t hash, struct slice id)
{
	struct entry *e;

	if (shard_make_room(s) != 0 || buckets_make_room(&s->entries) != 0 ||
	    (e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	if (due_add(&s->due, &e->due, INT64_MAX) != 0) {
		free(e);
		return NULL;
	}
	memcpy(e->id, id.ptr, TOKEN_ID_CHARS);
	buckets_put(&s->entries, &e->link, hash);
	return e;
}

void shard_forget(struct shard *s, struct entry *e)
{
	buckets_take(&s->entries, &e->link);
	buckets_give_room_back(&s->entries);
	due_drop(&s->due, &e->due);
	session_unref(&e->remains);
	free(e);
}

static void shard_due_sooner(struct shard *s, struct entry *e)
{
	if (e->end_ms < due_at(&s->due, &e->due))
		due_move(&s->due, &e->due, e->end_ms);
}

/* Into their places in the order of time: those of a touch move one, to the end. */
static void shard_sort_in(struct shard *s, struct entry *e, const struct session *old,
			  const struct session *session)
{
	bool seen = old == NULL || old->seen_ms != session->seen_ms,
	     created = old == NULL || old->created_ms != session->created_ms;

	if (old != NULL && seen)
		sorted_drop(&s->seen, old->seen_ms, e->id);
	if (old != NULL && created)
		sorted_drop(&s->created, old->created_ms, e->id);
	if (seen)
		sorted_add(&s->seen, session->seen_ms, e, e->id);
	if (created)
		sorted_add(&s->created, session->created_ms, e, e->id);
}

const struct session *shard_set(struct shard *s, struct entry *e, const struct session *session)
{
	const struct session *old = e->session;

	shard_sort_in(s, e, old, session);
	headcount_change(&s->headcount, old, session);
	e->session = session;
	e->end_ms = session_end_ms(session);
	session_unref(&e->remains);
	e->cause = STORE_CAUSE_NONE;
	shard_due_sooner(s, e);
	return old;
}

/* Until when a tombstone stands. */
static int64_t shard_bury_until(const struct entry *e, enum store_cause cause, int64_t end_ms)
{
	if (!e->put || cause == STORE_CAUSE_EXPIRED)
		return end_ms;
	return end_ms + STORE_PUT_TOMBSTONE_DAYS * INT64_C(86400000);
}

const struct session *shard_bury(struct shard *s, struct entry *e, enum store_cause cause,
				 int64_t end_ms)
{
	const struct session *old = e->session, *remains;

	if (old != NULL) {
		sorted_drop(&s->seen, old->seen_ms, e->id);
		sorted_drop(&s->created, old->created_ms, e->id);
		headcount_change(&s->headcount, old, NULL);
	}
	/* without memory nothing is known of it, and it has ended all the same */
	if (old != NULL && session_remains(old, &remains) == 0)
		e->remains = remains;
	e->end_ms = shard_bury_until(e, cause, end_ms);
	e->session = NULL;
	e->cause = cause;
	shard_due_sooner(s, e);
	s->buried(s, e);
	return old;
}

enum store_status entry_status(const struct entry *e, int64_t now_ms, enum store_cause *cause)
{
	if (e == NULL)
		return STORE_NOT_FOUND;
	if (entry_live(e, now_ms))
		return STORE_OK;
	if (e->session != NULL && now_ms - e->end_ms >= TOMBSTONE_MS)
		return STORE_NOT_FOUND;
	if (e->session == NULL && now_ms >= e->end_ms)
		return STORE_NOT_FOUND;
	*cause = e->session != NULL ? STORE_CAUSE_EXPIRED : e->cause;
	return STORE_ENDED;
}

static struct entry *entry_of(struct due_item *item)
{
	return item != NULL ? CONTAINER_OF(item, struct entry, due) : NULL;
}

struct entry *shard_due(struct shard *s, int64_t now_ms)
{
	struct entry *e = entry_of(due_first(&s->due));

	return e != NULL && due_at(&s->due, &e->due) <= now_ms ? e : NULL;
}

void shard_score(struct shard *s, struct entry *e)
{
	due_move(&s->due, &e->due, e->end_ms);
}

void shard_init(struct shard *s, shard_buried_fn *buried)
{
	s->buried = buried;
	sorted_init(&s->seen, entry_compare);
	sorted_init(&s->created, entry_compare);
	pthread_mutex_init(&s->lock, NULL);
}

void shard_fini(struct shard *s)
{
	for (size_t i = 0; i < s->entries.chain_count; i++) {
		for (struct bucket_link *l = s->entries.chains[i], *next; l != NULL; l = next) {
			struct entry *e = entry_of_link(l);

			next = l->next;
			session_unref(&e->session);
			session_unref(&e->remains);
			free(e);
		}
	}
	buckets_fini(&s->entries);
	due_fini(&s->due);
	headcount_fini(&s->headcount);
	sorted_fini(&s->seen);
	sorted_fini(&s->created);
	pthread_mutex_destroy(&s->lock);
}
