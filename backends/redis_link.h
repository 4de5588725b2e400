/* redis_link.h - one connection to one server of Redis, kept up: it connects at once and, when that fails or the
 * connection is lost, again and again: the first time after one that has lasted at once, then with pauses that grow to a
 * quarter of a second.
 *
 *	RESTING ──► CONNECTING ──► GREETING ──► READY
 *	   ▲____________│_____________│___________│
 *
 * CONNECTING: the host's name is looked up, of its addresses the next one is tried each time; then TLS's handshake.
 * GREETING: user, password, database, and the scripts are sent before anything else, and the server is asked for its
 * role and who it is.
 * Calls    go out once in a turn of the loop, all that were made in it, and are answered in order. While the link is
 *          CONNECTING or GREETING they wait for that; while it is RESTING they are UNSENT at once.
 * Hanging  A call that is not answered in timeout_ms means that the server hangs, or that the connection is silently
 *          gone: the link is closed, all that was sent is LOST, and it connects anew.
 * Confirmed A call with .confirm is followed by WAIT; when fewer replicas than that have it within half of timeout_ms,
 *          it is LOST: done it is, but it may yet be undone. After that one at a time waits so long, those that are
 *          sent behind it a hundredth of timeout_ms, until there are enough again.
 * Log      one line when the server goes away, with its reason, and one when it is back.
 * Owner    who opened it; redis_link_close() gives back each call that is lent, UNSENT or LOST, before it returns. Not
 *          from inside an answer.
 * Thread   the loop's. */
#ifndef SG_REDIS_LINK_H
#define SG_REDIS_LINK_H

#include "backends/redis_call.h"
#include "backends/redis_url.h"

struct event_base;
struct redis_link;
struct tls;

/* Borrowed while the link is open. */
struct redis_link_settings {
	struct redis_endpoint endpoint;
	const struct redis_credentials *credentials;
	const struct tls *tls; /* NULL: plain */
	unsigned database;
	int64_t timeout_ms;        /* of connecting, and of a call */
	bool scripts;              /* will be asked for: they are loaded before anything else */
	bool master;               /* who says that it is none counts as one that is away */
	unsigned confirm_replicas; /* calls that ask for it are answered when so many have them */
	bool quiet;                /* the log is told by whoever opened the link */
	/* Each may be NULL, and does not close this link. changed: it is ready, and what is sent from inside goes before
	 * all that waits; or it is no more, reason says why. */
	void (*changed)(void *ctx, struct redis_link *link, bool ready, struct slice reason);
	/* Of an answer that is an error. True: the call is taken, and is not answered. */
	bool (*sift)(void *ctx, struct redis_link *link, struct redis_call *call,
		     const struct redis_reply *error);
	void *ctx;
};

/* Waits for nothing. SG_ENOMEM. */
SG_MUST_CHECK int redis_link_open(struct event_base *loop,
				  const struct redis_link_settings *settings,
				  struct redis_link **out);
/* *link may be NULL, becomes NULL. */
void redis_link_close(struct redis_link **link);

void redis_link_send(struct redis_link *link, struct redis_call *call);

bool redis_link_ready(const struct redis_link *link);

/* Which process of Redis it is that answers: another number for one that was started again, or is another one. 0 while
 * the link is not ready. */
uint64_t redis_link_instance(const struct redis_link *link);

#endif
