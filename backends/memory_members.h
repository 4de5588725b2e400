/* memory_members.h - the sessions of one user in the memory store, looked at one after another. Which those are is copied
 * under the user's lock, and each is looked at under its shard's, so that nobody waits while there are many.
 * Owner    the caller; memory_members_fini(), also when init failed. who is borrowed.
 * Errors   SG_ENOMEM.
 * Thread   any. */
#ifndef SG_MEMORY_MEMBERS_H
#define SG_MEMORY_MEMBERS_H

#include "backends/memory_store.h"
#include "base/buffer.h"

struct memory_members {
	struct memory *memory;
	const struct store_user *who;
	int64_t now_ms;
	struct member *members;
	size_t count;  /* of members */
	size_t listed; /* how many there were, with those that were too many */
	bool blocked;  /* is the user? */
	struct store_block block;
	struct buffer reason; /* of the block */
};

/* At most most of them. */
SG_MUST_CHECK int memory_members_init(struct memory_members *ms, struct memory *m,
				      const struct store_user *who, size_t most);
void memory_members_fini(struct memory_members *ms);

/* Of a live session of the user; its shard is locked. */
typedef void memory_member_fn(void *ctx, const struct entry *e);
void memory_members_visit(const struct memory_members *ms, memory_member_fn *fn, void *ctx);

#endif
