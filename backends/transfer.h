/* transfer.h - all sessions of one store are put into another, of whatever kinds the two are.
 *
 *	users who are blocked there ─► blocked here
 *	pages of ids ─► find there ─► put here ─┐        for all of them, some at a time
 *	what has ended there, by its events ─► removed here, if it is here
 *	(verify: pages of ids ─► find in both ─► compared)
 *
 * Nothing is kept of it but in the stores: who is stopped anywhere runs it again, and what is written already is found to be
 * so. Others may write to both stores meanwhile.
 * Memory   for TRANSFER_AT_A_TIME records and a page of ids, however many there are.
 * Owner    the caller: both stores, which are on the plan's loop, and the loop, which has nothing else to do.
 * Thread   the loop's. */
#ifndef SG_TRANSFER_H
#define SG_TRANSFER_H

#include "backends/backend.h"

enum { TRANSFER_AT_A_TIME = 64 };

/* clang-format off */
#define TRANSFER_COUNTS(X)									\
	X(copied)	/* put here now */							\
	X(newer)	/* here is something newer */						\
	X(unchanged)	/* it was here already */						\
	X(ended)	/* has ended there and is ended here, or has ended here and stays so */	\
	X(blocked)	/* its user is blocked here */						\
	X(blocks)	/* users who are blocked here now */					\
	X(unreadable)	/* cannot be read there, or what is in its place here */		\
	X(different)	/* as they were compared */
/* clang-format on */

struct transfer_counts {
#define TRANSFER_COUNT(name) size_t name;
	TRANSFER_COUNTS(TRANSFER_COUNT)
#undef TRANSFER_COUNT
};

enum transfer_side { TRANSFER_NEITHER, TRANSFER_FROM, TRANSFER_TO };

/* Something is to be said of one session: what cannot be read, or is different. */
typedef void transfer_tell_fn(void *ctx, struct slice id, const char *text);

struct transfer_plan {
	struct event_base *loop;
	struct store *from, *to;
	bool verify;
	transfer_tell_fn *tell;
	void *ctx;
	struct transfer_counts *counts; /* kept up while it runs */
};

/* Runs the loop until all is done. SG_ESYSTEM: that side did not answer, or lost an answer; TRANSFER_NEITHER: the loop has
 * ended by itself. SG_ENOMEM. *failed is written in each case: TRANSFER_NEITHER without an error. */
SG_MUST_CHECK int transfer_run(const struct transfer_plan *plan, enum transfer_side *failed);

#endif
