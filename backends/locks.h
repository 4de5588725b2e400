/* locks.h - which sessions of a shard are locked, by whom, and who is in line for that: a table beside
 * the entries, so that a session that nobody locks has no part in it.
 *
 *	locks_join ──► in line ──locks_give──► holds ──locks_lapse──► late
 *	     └────────────────────────────────►┘  (if nobody held it)
 *	locks_leave from each of them
 *
 * Who is late may still come with his fence, so he is kept: then whether another fence was given out since is
 * known for certain, and nothing needs to be remembered of a session when all have left.
 * Owner    the caller's: the locks, which begin zeroed, and each locker.
 * Thread   one at a time: the shard's lock is held. */
#ifndef SG_LOCKS_H
#define SG_LOCKS_H

#include "base/error.h"
#include "base/list.h"
#include "base/slice.h"

/* Of a shard: as many sessions are locked as requests run on such routes, and that is few. */
enum { LOCKS_BUCKETS = 16 };

struct lock;

struct locks {
	struct link *buckets[LOCKS_BUCKETS]; /* struct lock */
	uint64_t last_fence;                 /* of all sessions of the shard */
};

/* One who wants a lock, or has it, or had it. */
struct locker {
	struct link link;  /* in line, or among those who have or had it */
	struct lock *lock; /* NULL: none of these */
	uint64_t fence;    /* 0: in line */
};

static inline bool locker_waits(const struct locker *who)
{
	return who->lock != NULL && who->fence == 0;
}

/* Has it, or had it and no one else since? */
bool locker_is_last(const struct locker *who);

/* The lock, if nobody holds it, else the end of the line. hash is the id's. SG_ENOMEM. */
SG_MUST_CHECK int locks_join(struct locks *l, uint64_t hash, struct slice id, struct locker *who);
/* Who has been in line longest; NULL: nobody is. */
struct locker *locks_first(const struct locks *l, uint64_t hash, struct slice id);
/* The same, if nobody holds the lock; NULL otherwise. */
struct locker *locks_next(const struct locks *l, uint64_t hash, struct slice id);
/* Who was given this fence and has not left; NULL: nobody. */
struct locker *locks_find(const struct locks *l, uint64_t hash, struct slice id, uint64_t fence);

/* To one in line: nobody holds the lock. */
void locks_give(struct locks *l, struct locker *who);
/* His lease is over: if he holds the lock, nobody does now. */
void locks_lapse(struct locker *who);
/* Out of line, or handed back; who has nothing to do with a lock: nothing. */
void locks_leave(struct locker *who);

#endif
