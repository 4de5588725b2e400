/* redis_standing.h - how a server of Redis stands with us, as far as the log knows: a line when it goes away and when it is
 * back, when it refuses and when it no longer does, when too few replicas have what was written.
 * Owner    the link: zero it, and set endpoint and quiet.
 * Thread   the loop's. */
#ifndef SG_REDIS_STANDING_H
#define SG_REDIS_STANDING_H

#include "backends/redis_endpoint.h"
#include "backends/redis_reply.h"
#include "backends/wire.h"

enum { REDIS_STANDING_REASON_BYTES = WIRE_REASON_BYTES + 96 };

struct redis_standing {
	const struct redis_endpoint *endpoint;    /* borrowed */
	bool quiet;                               /* the log is told by somebody else */
	bool away;                                /* the log knows */
	bool refuses;                             /* the same, of a server that is there */
	bool unconfirmed;                         /* the same: replicas are missing */
	char reason[REDIS_STANDING_REASON_BYTES]; /* why it went away last; empty: never yet */
};

/* Copies reason. */
void redis_standing_leave(struct redis_standing *s, struct slice reason);
void redis_standing_return(struct redis_standing *s);
/* An answer of a server that is there. */
void redis_standing_hear(struct redis_standing *s, const struct redis_reply *reply);
/* So many replicas have what was written, of so many that are wanted. */
void redis_standing_count(struct redis_standing *s, int64_t replicas, unsigned wanted);

#endif
