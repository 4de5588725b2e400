/* ticket.h - what an application shows to the session API: 32 random bytes, of which only the worker knows that has
 * made them for one request (application.md section 9). While the request runs a ticket stands for it; after its end
 * for what it had of its session, and no longer than TICKET_LATE_MS.
 * Owner    the worker's table; a request borrows its ticket until ticket_part().
 * Bounded  one for each request in flight. Of those whose request has ended the earliest go first, when there are more
 *          than TICKETS_LATE or their sessions take more than TICKETS_LATE_BYTES.
 * Thread   the worker's. */
#ifndef SG_TICKET_H
#define SG_TICKET_H

#include "backends/buckets.h"
#include "base/base64url.h"
#include "gateway/deadline.h"
#include "gateway/lookup.h"
#include "gateway/request_id.h"

enum {
	TICKET_BYTES = 32,
	TICKET_CHARS = BASE64URL_CHARS(TICKET_BYTES),
	TICKET_CALLS = 1000,    /* so many may be made with it */
	TICKET_LATE_MS = 30000, /* so long it is good after the end of its request */
	TICKETS_LATE = 16384,
	TICKETS_LATE_BYTES = 64 * 1024 * 1024,
};

struct request;

struct ticket {
	struct bucket_link bucket;
	char text[TICKET_CHARS];
	unsigned calls;          /* that were made */
	struct request *request; /* NULL: it has ended, and what follows is what is left of it */
	struct link late_link;
	int64_t late_until_ms;       /* monotonic */
	const struct config *config; /* a reference */
	const struct config_route *route;
	const struct session *session; /* a reference; NULL: there was none */
	uint64_t fence;
	char request_id[REQUEST_ID_BYTES];
};

struct tickets {
	struct buckets table;
	struct queue late; /* those whose request has ended, the earliest first */
	size_t late_count, late_bytes;
	struct deadlines *deadlines;
	struct turn *turn;
	struct deadline sweep;
};

void tickets_open(struct tickets *all, struct deadlines *deadlines, struct turn *turn);
/* All requests have ended. */
void tickets_close(struct tickets *all);

/* One for the request. SG_ERANDOM, SG_ENOMEM. */
SG_MUST_CHECK int ticket_issue(struct tickets *all, struct request *request, struct ticket **out);
/* The request has ended. NULL is fine. */
void ticket_part(struct tickets *all, struct ticket *ticket);
/* NULL: there is none, or it is not good any more. */
struct ticket *ticket_find(struct tickets *all, struct slice text);

#endif
