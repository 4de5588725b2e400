/* redis_locks.h - a session's lock: in the session's hash, who has it, until when, and the last fence; beside that the line,
 * tickets by the moment at which they came. Who waits asks again, if he is the first of this loop (redis_line.h): at once
 * when something on the session was done here, else in pauses, which are longer for those before whom others stand. Those
 * behind him here only keep their place.
 * Owner    the waiter is its operation's.
 * Thread   the loop's. */
#ifndef SG_REDIS_LOCKS_H
#define SG_REDIS_LOCKS_H

#include "backends/redis_store.h"

struct store_op *redis_lock(struct store *store, struct slice id, const struct store_claim *claim,
			    store_done_fn *done, void *ctx);
void redis_unlock(struct store *store, struct slice id, uint64_t fence);
void redis_release(struct store *store, struct slice id, uint64_t fence);

/* Something was done that may have handed the lock of this session back, or ended it. */
void redis_locks_wake(struct redis_store *st, struct slice id);

void redis_waiter_free(struct redis_waiter **waiter);
/* Its operation is cancelled: out of line, and what was given is handed back. */
void redis_waiter_withdraw(struct redis_op *op);

#endif
