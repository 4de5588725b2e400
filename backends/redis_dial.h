/* redis_dial.h - getting through to a server of Redis: its name is looked up, a socket is connected, TLS shakes hands.
 * Owner    who called redis_dial_start(), until its callback has come or redis_dial_cancel(), which is also what ends it
 *          when it takes too long.
 * Thread   the loop's. */
#ifndef SG_REDIS_DIAL_H
#define SG_REDIS_DIAL_H

#include "backends/redis_endpoint.h"
#include "backends/wire.h"

struct event_base;
struct redis_dial;
struct tls;

/* The wire is the callee's. NULL: it did not work, reason says why. The dial is gone. */
typedef void redis_dial_fn(void *ctx, const struct wire *wire, const char *reason);

/* done comes once, later. tls NULL: plain. Of a name's several addresses that one is taken whose turn it is by attempt.
 * SG_ENOMEM. */
SG_MUST_CHECK int redis_dial_start(struct event_base *loop, const struct redis_endpoint *endpoint,
				   const struct tls *tls, unsigned attempt, redis_dial_fn *done,
				   void *ctx, struct redis_dial **out);
/* *dial may be NULL, becomes NULL; done will not come. */
void redis_dial_cancel(struct redis_dial **dial);

#endif
