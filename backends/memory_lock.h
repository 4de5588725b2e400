/* memory_lock.h - the memory store's locks: lock, unlock and release as in backend.h, and what its other operations must tell
 * them. Who waits may do so on any loop, and is told there at once.
 * Thread   the loop's; where said, with the shard's lock held. */
#ifndef SG_MEMORY_LOCK_H
#define SG_MEMORY_LOCK_H

#include "backends/memory_store.h"

/* SG_ENOMEM, SG_ESYSTEM. */
SG_MUST_CHECK int memory_lock_open(struct memory_store *st, struct event_base *loop);
/* What was not handed back is handed back now. */
void memory_lock_close(struct memory_store *st);

struct store_op *memory_lock(struct store *store, struct slice id, const struct store_claim *claim,
			     store_done_fn *done, void *ctx);
void memory_unlock(struct store *store, struct slice id, uint64_t fence);
void memory_release(struct store *store, struct slice id, uint64_t fence);
/* cancel, of any operation of the store: one that asks for a lock leaves the line, or hands back what it was given. */
void memory_lock_cancel(struct store_op **op);

/* --- with the shard's lock held --- */

/* Has no other fence been given out since this one, which was not handed back yet? */
bool memory_lock_admits(const struct shard *s, uint64_t hash, struct slice id, uint64_t fence);
/* As unlock. */
void memory_lock_hand_back(struct shard *s, uint64_t hash, struct slice id, uint64_t fence);
/* The session of this entry has ended: who waits for it is told. */
void memory_lock_ended(struct shard *s, const struct entry *e);

#endif
