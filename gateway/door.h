/* door.h - where a server listens, as one worker knows it: the connections that may still wait there to be accepted, of
 * all pools that connect to it. A process that accepts takes whichever has waited longest, so the pools of two
 * generations, and two applications that name the same server, have to be fair to each other.
 * Owner    shared, by reference counts: the servers. Thread: the worker's. */
#ifndef SG_DOOR_H
#define SG_DOOR_H

#include "base/error.h"
#include "base/list.h"

struct worker;

struct door {
	struct link link; /* of the worker's */
	unsigned references;
	struct link *servers; /* struct server: all that connect here */
	/* struct upstream: never answered anything yet, the oldest request first; they may still lie
	 * in the listen queue, while a kept connection holds the process */
	struct queue fresh;
	char address[];
};

/* The one at this address. NULL: out of memory. */
struct door *door_open(struct worker *worker, const char *address);
/* NULL is fine. */
void door_unref(struct door **dp);

#endif
