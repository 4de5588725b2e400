/* marks.h - what the memory store has taken over, as marks that are left of it: see struct store_mark. A hash table
 * and a heap of what comes due.
 * Owner    the marks and all in them.
 * Errors   NULL where something new is made: no memory, or they are full.
 * Thread   whoever holds the lock. */
#ifndef SG_MARKS_H
#define SG_MARKS_H

#include "backends/backend.h"
#include "backends/buckets.h"
#include "backends/due.h"

#include <pthread.h>

/* Some 110 MiB of them. They last for months, and who makes old sessions on purpose must not fill the memory. */
enum { MARKS_MAX = 1 << 20 };

struct mark;

struct marks {
	pthread_mutex_t lock;
	struct buckets marks;
	struct due due;
};

void marks_init(struct marks *m); /* m is zeroed */
void marks_fini(struct marks *m);

void marks_lock(struct marks *m);
void marks_unlock(struct marks *m);

/* Does one stand there that forbids to make this one, or is its time over? *made_ms as in struct store_result. */
bool marks_forbid(const struct marks *m, struct slice realm, const struct store_mark *mark,
		  int64_t now_ms, int64_t *made_ms);
static inline bool marks_full(const struct marks *m)
{
	return m->marks.count >= MARKS_MAX;
}

/* Which nothing forbids. In the place of one whose time is over and that nobody has come by to forget. */
struct mark *marks_add(struct marks *m, struct slice realm, const struct store_mark *mark,
		       int64_t now_ms);
void marks_drop(struct marks *m, struct mark *mark);

/* Forget at most limit of those whose time is over, under the lock, which it takes: how many. */
size_t marks_expire(struct marks *m, int64_t now_ms, size_t limit);

#endif
