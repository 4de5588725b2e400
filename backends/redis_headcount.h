/* redis_headcount.h - how many sessions each application has, as the buckets say that count them (redis/heads.lua).
 * Thread   the loop's. */
#ifndef SG_REDIS_HEADCOUNT_H
#define SG_REDIS_HEADCOUNT_H

#include "backends/redis_store.h"

/* For store_ops. */
struct store_op *redis_headcount(struct store *store, store_done_fn *done, void *ctx);

/* What op is begun for: of these alone, the filter being of applications and states, how many. NULL: no memory, and op is
 * gone. */
struct store_op *redis_headcount_begin(struct redis_op *op, const struct filter *filter);

#endif
