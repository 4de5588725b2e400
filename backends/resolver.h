/* resolver.h - looking up the name of a host without holding the loop up: getaddrinfo(3), which waits for files and name
 * servers as the system is set up, runs on a thread of its own.
 * Owner    who called resolver_start(), until its callback has come or resolver_cancel(). A thread that still waits ends
 *          when its name server has answered or its time is over, and tells nobody.
 * Thread   the loop's. */
#ifndef SG_RESOLVER_H
#define SG_RESOLVER_H

#include "base/error.h"

#include <netdb.h>
#include <stdint.h>

struct event_base;
struct resolution;

/* found is borrowed for the length of the call, in the order in which it should be tried; NULL: reason says why there is
 * none. The resolution is gone. */
typedef void resolver_fn(void *ctx, const struct addrinfo *found, const char *reason);

/* done comes once, later, from the loop. SG_ENOMEM, SG_ESYSTEM (no thread, no descriptor). */
SG_MUST_CHECK int resolver_start(struct event_base *loop, const char *host, uint16_t port,
				 resolver_fn *done, void *ctx, struct resolution **out);
/* *resolution may be NULL, becomes NULL; done will not come. */
void resolver_cancel(struct resolution **resolution);

/* An address that stands there as such, at once; NULL for a name. To freeaddrinfo(). */
struct addrinfo *resolver_address(const char *host, uint16_t port);

#endif
