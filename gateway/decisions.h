/* decisions.h - what one worker decided lately of requests without a session, and of those that lost theirs, for whoever
 * asks why (rest/explain.c): the last DECISIONS_KEPT of requests that brought a token, and as many of those that brought
 * none, so that no crowd of first visits pushes out what somebody will ask for. Requests with a session that keep it are
 * never noted.
 *
 * The worker writes without waiting for anybody; who reads meanwhile passes over what is just being written.
 *
 *	ring   | slot | slot | slot | … DECISIONS_KEPT		slot: its number, twice as much and odd while it is written;
 *	           ▲ written modulo DECISIONS_KEPT		      then the record, in words
 *
 * Memory   fixed: 3.6 and 1.2 MiB of addresses, of which the system gives what has been written to; and a few names for
 *          each route that there ever was.
 * Owner    gateway.c.
 * Thread   note: the worker's; find: any. */
#ifndef SG_DECISIONS_H
#define SG_DECISIONS_H

#include "base/error.h"
#include "gateway/config.h"
#include "gateway/decision.h"
#include "rest/source.h"
#include "session/session.h"

enum { DECISIONS_KEPT = 10000 };

struct decisions;

/* SG_ENOMEM. */
SG_MUST_CHECK int decisions_new(struct decisions **out);
/* Nobody reads or writes any more. *d may be NULL, becomes NULL. */
void decisions_free(struct decisions **d);

/* It is about this session, which a request on the route has, or has named. Borrowed. */
void decisions_name(struct decision *decision, const struct config_route *route,
		    const struct session *s);

/* Made now, on this route: time and place are filled in. Without memory for a new route's names it is left out. d may be
 * NULL: nobody wants to know. */
void decisions_note(struct decisions *d, const struct config_route *route,
		    const struct decision *decision);

typedef void decisions_look_fn(void *ctx, const struct decision *decision);
/* Of requests of that id, and of those that were about the session of that id; of each kind the newest first. */
void decisions_find(const struct decisions *d, struct slice subject, decisions_look_fn *look,
		    void *ctx);

/* All workers'. */
struct decisions_set {
	struct decisions **each;
	unsigned count;
};

/* SG_ENOMEM; what there is then goes with decisions_set_close(). */
SG_MUST_CHECK int decisions_set_open(struct decisions_set *set, unsigned workers);
void decisions_set_close(struct decisions_set *set); /* a zeroed one is fine */
/* A worker's. NULL: the set was never opened. */
struct decisions *decisions_of(const struct decisions_set *set, unsigned worker);
/* What the admin API has of it. */
struct source_decisions decisions_source(struct decisions_set *set);

#endif
