/* roll.h - some sessions' records, gathered under locks and given back when those are open again.
 * Owner    the caller: the struct, and a reference to each record; roll_fini() gives all of it up.
 * Thread   one at a time. */
#ifndef SG_ROLL_H
#define SG_ROLL_H

#include "session/session.h"

struct roll {
	const struct session **sessions;
	size_t count, room;
};

/* Room for so many. SG_ENOMEM. */
SG_MUST_CHECK int roll_init(struct roll *r, size_t room);
/* Takes the caller's reference. */
void roll_add(struct roll *r, const struct session *session);
/* The first count of them, if there are so many, stay; the others are given back. */
void roll_cut(struct roll *r, size_t count);
void roll_fini(struct roll *r);

#endif
