/* redis_ends.h - the sessions that have ended in the last minutes, as this process did it or read it among the events: a
 * Redis that comes back without its last writes (another one after a failover, an old snapshot) is told again before it
 * is asked for anything else.
 * Owner    the backend's. Thread: any. */
#ifndef SG_REDIS_ENDS_H
#define SG_REDIS_ENDS_H

#include "backends/backend.h"

#include <pthread.h>

enum {
	REDIS_ENDS_MS = 600000, /* as long as they are kept */
	REDIS_ENDS = 65536,     /* more are not; the oldest go */
};

struct redis_end {
	char id[TOKEN_ID_CHARS];
	uint8_t cause;    /* enum store_cause */
	int64_t noted_ms; /* monotonic */
};

struct redis_ends {
	pthread_mutex_t lock;
	struct redis_end *ring; /* of room; grows until it holds REDIS_ENDS */
	size_t room, first, count;
};

void redis_ends_init(struct redis_ends *ends);
void redis_ends_fini(struct redis_ends *ends);

/* Without memory it is forgotten. */
void redis_ends_note(struct redis_ends *ends, struct slice id, enum store_cause cause);

/* The same of an event, if it tells of an end that time alone does not bring. */
void redis_ends_note_event(struct redis_ends *ends, const struct session_event *event);

/* A copy of those that are kept now, the caller's, to free(); NULL: there is none, or no memory. */
struct redis_end *redis_ends_copy(struct redis_ends *ends, size_t *count);

#endif
