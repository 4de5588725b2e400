/* remote.h - the admin API at the other end: HTTP/1.1 over TCP, TLS or a Unix socket, by libcurl, which nothing else here
 * knows.
 * Owner    who opened it; remote_close().
 * Thread   the main one. */
#ifndef SG_REMOTE_H
#define SG_REMOTE_H

#include "cli/arguments.h"
#include "cli/outcome.h"

#include "base/buffer.h"

struct remote;

struct remote_request {
	const char *method;
	const char *target;   /* path and query, encoded */
	const char *body;     /* JSON; NULL: none */
	const char *type;     /* the body's */
	const char *if_match; /* NULL: none; as the next ones */
	const char *accept;   /* another type of answer than JSON */
	const char *last_event_id;
	/* For an answer without end, as long as its status is 200 and its type the one that is accepted: what comes of it.
	 * False: enough. */
	bool (*on_bytes)(void *ctx, struct slice bytes);
	void *ctx;
};

struct reply {
	unsigned status;
	struct buffer body;
	struct buffer challenge; /* WWW-Authenticate's value; empty: there is none */
};

/* Not OUTCOME_OK: said on stderr already. */
enum outcome remote_open(const struct arguments *a, struct remote **out);
void remote_close(struct remote **r); /* *r may be NULL, becomes NULL */

/* What is answered, whatever that is. Not OUTCOME_OK: nothing was, which is said on stderr already. The reply goes with
 * reply_fini() in any case. */
enum outcome remote_call(struct remote *r, const struct remote_request *q, struct reply *reply);
/* Where to, as it was given. */
const char *remote_url(const struct remote *r);

void reply_fini(struct reply *reply);

#endif
