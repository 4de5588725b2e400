/* redis_crowd.h - the sessions that users' records list, read in pieces: there may be very many.
 * Borrow   a piece, for the length of the callback.
 * Thread   the loop's. */
#ifndef SG_REDIS_CROWD_H
#define SG_REDIS_CROWD_H

#include "backends/redis_fan.h"
#include "base/decimal.h"

struct redis_crowd {
	bool blocked; /* is the user? */
	struct store_block block;
	size_t listed; /* how many there are in all */
	bool over;     /* these are the last */
	const struct redis_reply *reply;
	size_t item, end;
};

/* One of them, who may come twice. */
struct redis_member {
	struct slice id;
	struct slice entry; /* as it stands there */
	uint64_t listed_us; /* when it was listed */
	struct slice login; /* that has listed it; REDIS_LISTING_CHARS */
	bool listed;        /* by a login that is confirmed, or before one that is not yet */
};

/* The next one. False: that was all of the piece. */
bool redis_crowd_next(struct redis_crowd *crowd, struct redis_member *out);

/* Where the reading of one record is. The caller sets the first two, and zeroes the rest. */
struct redis_reading {
	const struct store_user *who;
	void *ctx;
	char position[DECIMAL_BYTES + 1]; /* the next call goes on there */
	size_t position_bytes;
};

/* False: that is enough. */
typedef bool redis_crowd_fn(struct redis_fan *fan, void *ctx, struct redis_crowd *some);

/* Parts of the fan, which are over when take has had all of them, or enough. readings: borrowed until then. */
void redis_crowd_read(struct redis_fan *fan, struct redis_reading *readings, size_t count,
		      redis_crowd_fn *take);

#endif
