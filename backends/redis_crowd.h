/* redis_crowd.h - the sessions that a user's record lists, read in pieces: there may be very many.
 * Borrow   a piece, for the length of the callback.
 * Thread   the loop's. */
#ifndef SG_REDIS_CROWD_H
#define SG_REDIS_CROWD_H

#include "backends/redis_fan.h"

struct redis_crowd {
	bool blocked;  /* is the user? */
	size_t listed; /* how many there are in all */
	bool over;     /* these are the last */
	const struct redis_reply *reply;
	size_t first, end; /* the items that are ids; one may come twice */
};

/* False: that is enough. */
typedef bool redis_crowd_fn(struct redis_fan *fan, void *ctx, const struct redis_crowd *some);

/* A part of the fan, which is over when take has had all of them, or enough. who: borrowed until then. */
void redis_crowd_read(struct redis_fan *fan, const struct store_user *who, redis_crowd_fn *take,
		      void *ctx);

#endif
