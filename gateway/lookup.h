/* lookup.h - from the tokens that a request brought to the session they name, or to the reason why there is
 * none (application.md sections 1 and 2).
 * Owner    the request: zero it, fill the first part, begin; lookup_fini() cancels and wipes.
 * Thread   the worker's. */
#ifndef SG_LOOKUP_H
#define SG_LOOKUP_H

#include "backends/backend.h"
#include "gateway/carrier.h"
#include "gateway/decision.h"
#include "gateway/expose.h"

typedef void lookup_done_fn(void *ctx);

struct lookup {
	struct store *store;
	const struct config *config;
	const struct config_route *route;
	struct presented presented;
	bool locks; /* the session is locked, as the route says, for as long as the request may save it */
	lookup_done_fn *done; /* called later, if lookup_begin() said so */
	void *ctx;

	struct store_op *op;
	size_t tried;
	size_t gone;     /* tokens whose session is absent from the store, or ended */
	unsigned absent; /* bits: those of which the store has never heard, for certain */

	/* the outcome */
	bool unavailable; /* the store could not say */
	bool busy;        /* others held its lock for too long */
	bool lasts; /* there may be saves with its fence when the lock has passed on: whoever makes those unlocks at last */
	bool stale; /* without a session: a secret was replaced a moment ago, and a parallel answer brings the new
			 * one: this one brings none, except by a Login */
	const struct session *session; /* a reference, or NULL */
	const struct session
		*named;     /* without one: what the first token named, alive or not; the same */
	uint64_t fence;     /* of the session's lock; 0: it is not held (any more) */
	uint64_t given;     /* the fence that there was, held or not; 0: never one */
	struct token token; /* that the session was found by */
	bool renewed; /* by this request, which has not been answered: nobody has presented the current one */
	struct token
		next; /* without a session: what one created by this request will have; empty on a route
				 * that cannot create one */
	enum session_secret secret; /* what the token's is: CURRENT or OLD */
	enum expose_reason reason;  /* without a session, as the application is told */
	enum decision_reason
		why; /* the same of the first token, for who asks later; or that the store failed */
};

/* True: wait for done. False: the outcome is there. */
bool lookup_begin(struct lookup *l);
/* It has taken too long, and done is called now: as if the store had said that it cannot say. */
void lookup_give_up(struct lookup *l);
/* Do all the tokens that came name what is no more, so that they may be cleared? */
bool lookup_dead(const struct lookup *l);
/* Was the store whole for long enough that what it does not know never was, or has ended? */
bool lookup_trusts_miss(const struct config *config, const struct store_result *result);
/* The session is not locked any more, if it was. */
void lookup_unlock(struct lookup *l);
/* Nor is anything more saved with its fence. */
void lookup_forget_lock(struct lookup *l);
/* Silence: done will not be called. The outcome so far stays, but for the lock. */
void lookup_stop(struct lookup *l);
void lookup_fini(struct lookup *l);

#endif
