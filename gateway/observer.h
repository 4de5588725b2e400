/* observer.h - watches the applications' own sessions on routes with session: observe, for a report: what their cookies
 * show, and what adapters tell. No id is kept: sessions are known by hashes, salted anew by each process.
 * Lock     one for the process, taken once for each observed request and each report; nobody else comes here.
 * Owner    the gateway; workers borrow it until they have ended.
 * Thread   any. */
#ifndef SG_OBSERVER_H
#define SG_OBSERVER_H

#include "base/buffer.h"
#include "gateway/config.h"

struct observer;
struct request;

/* SG_ERANDOM, SG_ENOMEM. */
SG_MUST_CHECK int observer_new(struct observer **out);
void observer_free(struct observer **o);

/* The request, which is on such a route, is over. */
void observer_visit(struct observer *o, const struct request *r);

/* What the adapter says (testimony.h) of a request of that route which began at began_us; -1: it says itself how long
 * ago that was. SG_EFORMAT, SG_ENOMEM: nothing is counted then. */
SG_MUST_CHECK int observer_hear(struct observer *o, const struct config_route *route,
				struct slice json, int64_t began_us, int64_t now_us);

/* A line for each application, into the log. */
void observer_log_totals(struct observer *o);
/* The report, for people (docs/observe.md). SG_ENOMEM. */
SG_MUST_CHECK int observer_print(struct observer *o, struct buffer *out);

#endif
