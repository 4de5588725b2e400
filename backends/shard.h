/* shard.h - a part of the memory store's sessions, under a lock of its own: a hash table by id and a heap of what
 * comes due. An entry is a session or a tombstone.
 * Owner    the shard: its entries, and a reference to each record. What shard_set() and shard_bury() hand back is
 *          given up by the caller when the lock is open again.
 * Borrow   an entry lasts until shard_forget(), and no longer than the lock is held.
 * Errors   NULL where something new is made: no memory.
 * Thread   whoever holds the lock. */
#ifndef SG_SHARD_H
#define SG_SHARD_H

#include "backends/backend.h"
#include "backends/buckets.h"
#include "backends/due.h"
#include "backends/headcount.h"
#include "backends/locks.h"
#include "backends/sorted.h"

#include <pthread.h>

enum { SHARD_CACHE_LINE = 64 };

/* A session, or the tombstone of one (session == NULL). What a look at it reads comes first, in one line of the
 * cache. */
struct entry {
	struct bucket_link link; /* by the hash of the id */
	const struct session *session;
	int64_t end_ms; /* the session's as it stands, or the tombstone's */
	char id[TOKEN_ID_CHARS];
	enum store_cause cause;
	const struct session *remains; /* of a tombstone; NULL: nothing was ever there */
	bool put;                      /* another store has it, too: see backend.h */
	struct due_item due;           /* at end_ms or earlier */
};

struct shard;
typedef void shard_buried_fn(struct shard *s, const struct entry *e);

struct shard {
	_Alignas(SHARD_CACHE_LINE) pthread_mutex_t lock;
	/* a 64th of the sessions, so that even a doubling to a million of them is a millisecond, rarely */
	struct buckets entries;
	struct due due;
	struct sorted seen, created; /* its sessions, by these times and then by id */
	struct headcount headcount;  /* of all that are here, ended or not */
	struct locks locks;          /* memory_lock.c's */
	shard_buried_fn *buried;     /* who waits for the session is told */
};

/* Of an id: which shard is from high bits, which bucket from low ones. */
uint64_t shard_hash(struct slice id);

void shard_init(struct shard *s, shard_buried_fn *buried); /* s is zeroed */
void shard_fini(struct shard *s);

/* NULL: none. */
struct entry *shard_find(struct shard *s, uint64_t hash, struct slice id);
/* A new entry; neither session nor tombstone yet. */
struct entry *shard_add(struct shard *s, uint64_t hash, struct slice id);
void shard_forget(struct shard *s, struct entry *e);

/* Before shard_set() of an entry that has a session. SG_ENOMEM. */
SG_MUST_CHECK int shard_make_room(struct shard *s);
/* Takes the caller's reference to session, gives that of the old one. */
const struct session *shard_set(struct shard *s, struct entry *e, const struct session *session);
/* A tombstone from now on, until end_ms or, of what was put here and has not expired, for longer; buried is told. The caller gets the reference that the session had, or NULL. */
const struct session *shard_bury(struct shard *s, struct entry *e, enum store_cause cause,
				 int64_t end_ms);

/* An entry whose time has come, by what the heap knows of it; NULL: none. It is moved to where it belongs now, or
 * forgotten, by the caller. */
struct entry *shard_due(struct shard *s, int64_t now_ms);
/* To its end_ms in the heap. */
void shard_score(struct shard *s, struct entry *e);

/* Is there a session that has not ended? */
static inline bool entry_live(const struct entry *e, int64_t now_ms)
{
	return e->session != NULL && now_ms < e->end_ms;
}

/* What an entry (NULL: none) is at this moment, whether or not anybody has come by to bury or to forget it: OK,
 * ENDED with its cause, NOT_FOUND. */
enum store_status entry_status(const struct entry *e, int64_t now_ms, enum store_cause *cause);

#endif
