/* redis_mend.h - what stands in Redis under one of our names and is of another type, put there by a person or by another
 * program: it is set aside, or whoever needs that name would fail for ever.
 * Thread   the loop's. */
#ifndef SG_REDIS_MEND_H
#define SG_REDIS_MEND_H

#include "backends/redis_store.h"

/* The operation's call was answered that a key is of the wrong type: what of its keys can be set aside is, and the call is
 * sent once more, behind that. False: that was done before, and did not help. */
bool redis_mend(struct redis_op *op);

#endif
