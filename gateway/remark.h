/* remark.h - what is said of an application once in the life of the process, whichever worker notices it first and
 * however often the configuration is loaded anew: that it used no session, that its sessions do not go through us, that
 * PHP does not find its adapter.
 * Owner    the process, for ever; one for each name of an application.
 * Thread   any. */
#ifndef SG_REMARK_H
#define SG_REMARK_H

#include "base/slice.h"

#include <stdatomic.h>

enum { REMARK_RESPONSES = 20 }; /* so many without any sign of a session are remarkable */

struct remark {
	const char *application;
	_Atomic bool used;                        /* it has shown that it uses sessions of ours */
	_Atomic unsigned responses;               /* before that, up to REMARK_RESPONSES */
	_Atomic bool bypassed, unloaded;          /* have been said */
	_Atomic int64_t bypassed_ms, unloaded_ms; /* monotonic: when that was so last; 0: never */
	struct remark *next;
};

/* The application's, from now on. NULL: there is no memory. */
struct remark *remark_of(const char *application);

/* An answer from where it might have used a session; nothing is done but looking once it has. strange: it is to be
 * remarked on that none does. */
static inline void remark_response(struct remark *r, bool used, bool strange);
/* remark_response()'s, for the first ones. */
void remark_first_response(struct remark *r, bool used, bool strange);
/* What its adapter says of itself: "bypassed", a space, and why. who: the request. False: unknown. */
bool remark_adapter(struct remark *r, const char *who, struct slice said);
/* What it says on STDERR: may be that PHP does not load the adapter. */
void remark_complaint(struct remark *r, struct slice bytes);

static inline void remark_response(struct remark *r, bool used, bool strange)
{
	if (!atomic_load_explicit(&r->used, memory_order_relaxed))
		remark_first_response(r, used, strange);
}

#endif
