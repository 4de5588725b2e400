/* redis_recount.h - buckets that may have more sessions, or fewer, than they have counted: they are counted anew, one after
 * another and some sessions at a time, by one loop of one of all processes.
 * Thread   the loop's. */
#ifndef SG_REDIS_RECOUNT_H
#define SG_REDIS_RECOUNT_H

#include "backends/redis_store.h"

enum { RECOUNT_CLAIMED = 0 /* the bucket that knows which process it is */ };

/* SG_ENOMEM. */
SG_MUST_CHECK int redis_recount_open(struct redis_store *st);
void redis_recount_close(struct redis_store *st);

/* For some time it is, or is not, our process. */
void redis_recount_claim(struct redis_store *st, bool is_ours);
/* This bucket, as soon as it is, unless another loop is at it. Whoever beats next will say so again. */
void redis_recount_want(struct redis_store *st, unsigned bucket);

#endif
