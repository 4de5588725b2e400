/* redis_tally.h - how many sessions there are in a span of time, as the orders of all buckets have them (redis/tally.lua).
 * Nobody looks at what they are: some may have ended, and nobody has come by to take them off.
 * Thread   the loop's. */
#ifndef SG_REDIS_TALLY_H
#define SG_REDIS_TALLY_H

#include "backends/redis_store.h"

/* What op is begun for: how many were created, or seen last, in that span. NULL: no memory, and op is gone. */
struct store_op *redis_tally_begin(struct redis_op *op, bool by_seen,
				   const struct filter_span *span);

#endif
