/* retry.h - a write whose answer was lost, sent again: the same one, which its store applies once however often it
 * comes (backend.h, UNCERTAIN). The pause before it grows, so that a store that comes back is not met by a crowd.
 * There is no last time: whoever waits has a deadline.
 * Owner    the struct lies in what waits, zeroed; retry_stop() before that is freed.
 * Callback from the loop's tick (deadline.h), never from within the call.
 * Thread   the loop's. */
#ifndef SG_RETRY_H
#define SG_RETRY_H

#include "gateway/deadline.h"

enum { RETRY_FIRST_MS = 10, RETRY_MOST_MS = 200 };

struct retry;
typedef void retry_fn(struct retry *retry);

struct retry {
	struct deadline pause;
	int64_t pause_ms; /* the last one; 0: nothing was lost yet */
	retry_fn *again;
};

/* again will be called, once. */
void retry_later(struct retry *retry, struct deadlines *all, retry_fn *again);
/* Was an answer lost? */
static inline bool retry_began(const struct retry *retry)
{
	return retry->pause_ms != 0;
}
/* Nothing will be called, and the next pause is a first one. */
void retry_stop(struct retry *retry);

#endif
