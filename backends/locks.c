/* locks.c - see locks.h. */
#include "backends/locks.h"

#include "session/token.h"

#include <assert.h>
#include <stdlib.h>

struct lock {
	struct link link; /* in its bucket */
	uint64_t hash;
	char id[TOKEN_ID_CHARS];
	uint64_t fence;       /* the last that was given out */
	bool held;            /* its lease runs */
	struct link *holders; /* struct locker: the one with the last fence, and who is late */
	struct queue line;    /* struct locker */
};

static struct locker *locker_of(struct link *l)
{
	return l != NULL ? CONTAINER_OF(l, struct locker, link) : NULL;
}

static struct lock *locks_lookup(const struct locks *l, uint64_t hash, struct slice id)
{
	struct link *at = l->buckets[hash % LOCKS_BUCKETS];

	for (; at != NULL; at = at->next) {
		struct lock *lock = CONTAINER_OF(at, struct lock, link);

		if (lock->hash == hash && memcmp(lock->id, id.ptr, TOKEN_ID_CHARS) == 0)
			return lock;
	}
	return NULL;
}

static struct lock *locks_add(struct locks *l, uint64_t hash, struct slice id)
{
	struct lock *lock = calloc(1, sizeof(*lock));

	if (lock == NULL)
		return NULL;
	lock->hash = hash;
	memcpy(lock->id, id.ptr, TOKEN_ID_CHARS);
	queue_init(&lock->line);
	link_push(&l->buckets[hash % LOCKS_BUCKETS], &lock->link);
	return lock;
}

static void lock_give(struct locks *l, struct lock *lock, struct locker *who)
{
	assert(!lock->held);
	who->lock = lock;
	who->fence = lock->fence = ++l->last_fence;
	lock->held = true;
	link_push(&lock->holders, &who->link);
}

bool locker_is_last(const struct locker *who)
{
	return who->fence == who->lock->fence;
}

int locks_join(struct locks *l, uint64_t hash, struct slice id, struct locker *who)
{
	struct lock *lock = locks_lookup(l, hash, id);

	if (lock == NULL && (lock = locks_add(l, hash, id)) == NULL)
		return SG_ENOMEM;
	if (!lock->held) {
		lock_give(l, lock, who);
	} else {
		who->lock = lock;
		queue_append(&lock->line, &who->link);
	}
	return 0;
}

struct locker *locks_first(const struct locks *l, uint64_t hash, struct slice id)
{
	struct lock *lock = locks_lookup(l, hash, id);

	return lock != NULL ? locker_of(lock->line.first) : NULL;
}

struct locker *locks_next(const struct locks *l, uint64_t hash, struct slice id)
{
	struct lock *lock = locks_lookup(l, hash, id);

	return lock != NULL && !lock->held ? locker_of(lock->line.first) : NULL;
}

struct locker *locks_find(const struct locks *l, uint64_t hash, struct slice id, uint64_t fence)
{
	struct lock *lock = locks_lookup(l, hash, id);
	struct link *at = lock != NULL ? lock->holders : NULL;

	while (at != NULL && locker_of(at)->fence != fence)
		at = at->next;
	return locker_of(at);
}

void locks_give(struct locks *l, struct locker *who)
{
	struct lock *lock = who->lock;

	queue_remove(&lock->line, &who->link);
	lock_give(l, lock, who);
}

void locks_lapse(struct locker *who)
{
	if (who->lock != NULL && locker_is_last(who))
		who->lock->held = false;
}

void locks_leave(struct locker *who)
{
	struct lock *lock = who->lock;

	if (lock == NULL)
		return;
	if (who->fence == 0) {
		queue_remove(&lock->line, &who->link);
	} else {
		locks_lapse(who);
		link_remove(&who->link);
	}
	who->lock = NULL;
	if (lock->holders == NULL && lock->line.first == NULL) {
		link_remove(&lock->link);
		free(lock);
	}
}
