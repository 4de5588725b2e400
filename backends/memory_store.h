/* memory_store.h - what the files of the memory store share and nobody else sees. */
#ifndef SG_MEMORY_STORE_H
#define SG_MEMORY_STORE_H

#include "backends/delivery.h"
#include "backends/mailbox.h"
#include "backends/marks.h"
#include "backends/memory.h"
#include "backends/shard.h"
#include "backends/users.h"

enum { MEMORY_SHARDS = 64, MEMORY_EVENTS = 10000 };

/* Shared by all loops. */
struct memory {
	struct backend backend;
	clock_fn *now;
	int64_t whole_since_ms;
	struct event_counts counts;
	struct journal journal;
	struct users users;
	struct marks marks;
	struct shard shards[MEMORY_SHARDS];
};

/* A loop's own. */
struct memory_store {
	struct store store;
	struct memory *memory;
	struct delivery delivery;
	size_t next_shard; /* where expire_due goes on */
	/* memory_lock.c's */
	struct event_base *loop;
	struct mailbox mailbox; /* to its lockers */
	struct link *lockers;   /* struct memory_locker: its own */
};

static inline struct memory_store *memory_store(struct store *store)
{
	return (struct memory_store *)store;
}

static inline unsigned memory_shard_index(uint64_t hash)
{
	return (hash >> 24) % MEMORY_SHARDS;
}

static inline struct shard *memory_shard(struct memory *m, uint64_t hash)
{
	return &m->shards[memory_shard_index(hash)];
}

/* What find answers of this entry (NULL: none), with a reference to its record. The shard is locked. */
void memory_show(struct memory *m, const struct entry *e, struct store_result *out);

/* memory_put.c */

struct store_op *memory_put(struct store *store, const struct session *session, store_done_fn *done,
			    void *ctx);

/* memory_users.c */

/* Is it a session of his? session NULL: no. */
bool memory_is_of(const struct session *session, const struct store_user *who);
/* Is there a session in the entry (NULL: none), and is it the user's? The shard is locked. */
bool memory_belongs(const struct entry *e, const struct store_user *who);
/* old, which had a user, has ended, or is another's now: it is taken off the user's list. No lock is held. */
void memory_leave_user(struct memory *m, const struct session *old);

struct store_op *memory_remove_user(struct store *store, const struct store_user *who,
				    struct slice except, const struct store_end *end,
				    store_done_fn *done, void *ctx);
struct store_op *memory_block_user(struct store *store, const struct store_user *who,
				   const struct store_block *block, store_done_fn *done, void *ctx);
struct store_op *memory_unblock_user(struct store *store, const struct store_user *who,
				     struct slice actor, store_done_fn *done, void *ctx);

/* memory_list.c */

struct store_op *memory_list_user(struct store *store, const struct store_user *who, size_t limit,
				  store_done_fn *done, void *ctx);
struct store_op *memory_list(struct store *store, const struct store_listing *listing,
			     store_done_fn *done, void *ctx);
struct store_op *memory_count(struct store *store, const struct filter *filter, store_done_fn *done,
			      void *ctx);
struct store_op *memory_headcount(struct store *store, store_done_fn *done, void *ctx);

/* memory_roster.c */

struct store_op *memory_users(struct store *store, const struct store_user_listing *listing,
			      store_done_fn *done, void *ctx);

#endif
