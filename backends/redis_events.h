/* redis_events.h - what happened, read from the streams of all buckets as one. A position that an answer gave says how far
 * its reader has come in all of them, which would not fit into it: so the store remembers that for the readers that it
 * had last. To a position from elsewhere (another process, or one that has ended) it gives all that happened since, and
 * what happened shortly before that once more.
 * Owner    the store's.
 * Thread   the loop's. */
#ifndef SG_REDIS_EVENTS_H
#define SG_REDIS_EVENTS_H

#include "backends/redis_store.h"

struct store_op *redis_events(struct store *store, struct slice position, size_t limit,
			      store_done_fn *done, void *ctx);
struct store_op *redis_tell(struct store *store, const struct session_event *e, store_done_fn *done,
			    void *ctx);
void redis_tails_free(struct redis_tails **tails);

#endif
