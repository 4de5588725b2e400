/* shard.c - see shard.h. */
#include "backends/shard.h"

#include "base/list.h"

#include <stdlib.h>
#include <string.h>

enum { SHARD_MIN_BUCKETS = 16 };

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

static struct entry **shard_bucket(struct shard *s, uint64_t hash)
{
	return &s->buckets[hash & (s->bucket_count - 1)];
}

struct entry *shard_find(struct shard *s, uint64_t hash, struct slice id)
{
	struct entry *e = s->bucket_count > 0 ? *shard_bucket(s, hash) : NULL;

	while (e != NULL && (e->hash != hash || memcmp(e->id, id.ptr, TOKEN_ID_CHARS) != 0))
		e = e->next;
	return e;
}

/* All at once: a shard has a 64th of the sessions, and a doubling moves as many as came since the one
 * before, so that even a million of them is a millisecond, rarely; moving them bit by bit would put a
 * second table into every search. */
static int shard_resize(struct shard *s, size_t bucket_count)
{
	struct entry **old = s->buckets, **buckets = calloc(bucket_count, sizeof(struct entry *));
	size_t old_count = s->bucket_count;

	if (buckets == NULL)
		return SG_ENOMEM;
	s->buckets = buckets;
	s->bucket_count = bucket_count;
	for (size_t i = 0; i < old_count; i++) {
		for (struct entry *e = old[i], *next; e != NULL; e = next) {
			struct entry **bucket = shard_bucket(s, e->hash);

			next = e->next;
			e->next = *bucket;
			*bucket = e;
		}
	}
	free(old);
	return 0;
}

/* Without memory for a larger table the old one serves on, with longer chains. */
static int shard_make_room(struct shard *s)
{
	if (s->bucket_count == 0)
		return shard_resize(s, SHARD_MIN_BUCKETS);
	if (2 * s->entry_count >= s->bucket_count) /* short chains: each step waits for memory */
		(void)shard_resize(s, s->bucket_count * 2);
	return 0;
}

static void shard_give_room_back(struct shard *s)
{
	if (s->bucket_count > SHARD_MIN_BUCKETS && s->entry_count < s->bucket_count / 16)
		(void)shard_resize(s, s->bucket_count / 2);
}

struct entry *shard_add(struct shard *s, uint64_t hash, struct slice id)
{
	struct entry *e, **bucket;

	if (shard_make_room(s) != 0 || (e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	if (due_add(&s->due, &e->due, INT64_MAX) != 0) {
		free(e);
		return NULL;
	}
	e->hash = hash;
	memcpy(e->id, id.ptr, TOKEN_ID_CHARS);
	bucket = shard_bucket(s, hash);
	e->next = *bucket;
	*bucket = e;
	s->entry_count++;
	return e;
}

void shard_forget(struct shard *s, struct entry *e)
{
	struct entry **at = shard_bucket(s, e->hash);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	s->entry_count--;
	due_drop(&s->due, &e->due);
	session_unref(&e->remains);
	free(e);
	shard_give_room_back(s);
}

static void shard_due_sooner(struct shard *s, struct entry *e)
{
	if (e->end_ms < due_at(&s->due, &e->due))
		due_move(&s->due, &e->due, e->end_ms);
}

const struct session *shard_set(struct shard *s, struct entry *e, const struct session *session)
{
	const struct session *old = e->session;

	e->session = session;
	e->end_ms = session_end_ms(session);
	session_unref(&e->remains);
	e->cause = STORE_CAUSE_NONE;
	shard_due_sooner(s, e);
	return old;
}

const struct session *shard_bury(struct shard *s, struct entry *e, enum store_cause cause,
				 int64_t end_ms)
{
	const struct session *old = e->session, *remains;

	/* without memory nothing is known of it, and it has ended all the same */
	if (old != NULL && session_remains(old, &remains) == 0)
		e->remains = remains;
	e->session = NULL;
	e->cause = cause;
	e->end_ms = end_ms;
	shard_due_sooner(s, e);
	s->buried(s, e);
	return old;
}

enum store_status entry_status(const struct entry *e, int64_t now_ms, enum store_cause *cause)
{
	if (e == NULL)
		return STORE_NOT_FOUND;
	if (e->session != NULL && now_ms < e->end_ms)
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
	pthread_mutex_init(&s->lock, NULL);
}

void shard_fini(struct shard *s)
{
	for (size_t i = 0; i < s->bucket_count; i++) {
		for (struct entry *e = s->buckets[i], *next; e != NULL; e = next) {
			next = e->next;
			session_unref(&e->session);
			session_unref(&e->remains);
			free(e);
		}
	}
	free(s->buckets);
	due_fini(&s->due);
	pthread_mutex_destroy(&s->lock);
}
