/* redis_marks.h - a session and the mark of what it is made of, which lie in two buckets: the mark is claimed first, and
 * settled when it is known whether the session was made. Who comes between waits; a mark that nobody settles is free
 * again after a while.
 * Thread   the loop's. */
#ifndef SG_REDIS_MARKS_H
#define SG_REDIS_MARKS_H

#include "backends/redis_store.h"

struct redis_mark;

/* op->call is what makes the session: make(op) goes on with it when the mark is ours. Copies what it needs. False: no
 * memory. */
SG_MUST_CHECK bool redis_mark_begin(struct redis_op *op, const struct session *s,
				    const struct store_mark *mark, redis_last_fn *make);
void redis_mark_free(struct redis_mark **mark);

#endif
