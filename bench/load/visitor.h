/* visitor.h - one connection to the gateway, and what is done on it: rounds of requests of one kind.
 * Owner    the crowd's array; one visit follows the other in it.
 * Calls    crowd.c calls these when the socket is ready, and at every tick. */
#ifndef SG_BENCH_VISITOR_H
#define SG_BENCH_VISITOR_H

#include "bench/load/kind.h"

struct crowd;

enum visitor_state { VISITOR_AWAY, VISITOR_HERE, VISITOR_STAYS };

struct visitor {
	struct crowd *crowd;
	const struct kind *kind;
	enum visitor_state state;
	int fd;
	unsigned rounds; /* to come on this connection */
	struct buffer out;
	uint64_t body_left;           /* of STDIN, not yet in out */
	size_t write_room, read_room; /* until the next tick */
	uint64_t leave_after;         /* so many bytes in both directions */
	uint64_t moved;
	int64_t deadline_ms;
	int64_t asked_us;
	int64_t resume_ms; /* when the next round begins; 0: it has begun */
	struct wire_reader in;
	struct reply replies[KIND_AT_ONCE];
	unsigned asked; /* replies in use */
	bool aborted;
	uint32_t interest; /* what epoll was told */
};

/* Connect and begin. False when the gateway's backlog is full: nothing has happened. */
bool visitor_come(struct visitor *v, const struct kind *kind);
void visitor_on_ready(struct visitor *v, uint32_t events);
void visitor_on_tick(struct visitor *v);
/* Whatever it was about: over, without an outcome. */
void visitor_go(struct visitor *v);

#endif
