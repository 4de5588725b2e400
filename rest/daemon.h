/* daemon.h - libmicrohttpd behind one listening socket, in the loop of the admin API. Nothing else here knows it.
 *
 * Callers  At most DAEMON_CALLERS at a time. One more makes the one go that has been waited for longest: for a request,
 *          for the rest of one, or to take an answer; never one whose call is being answered.
 * Time     A caller has DAEMON_IDLE_MS until he says what he wants, DAEMON_REQUEST_MS from then on to say all of it, and
 *          DAEMON_ANSWER_MS to take the answer. Then he is hung up on.
 * Thread   the admin API's. */
#ifndef SG_DAEMON_H
#define SG_DAEMON_H

#include "rest/credentials.h"
#include "rest/desk.h"

enum {
	DAEMON_CALLERS = 256,
	DAEMON_IDLE_MS = 30000,
	DAEMON_REQUEST_MS = 20000,
	DAEMON_ANSWER_MS = 60000,
};

struct daemon;

/* fd listens and is borrowed. With credentials it speaks TLS, if it is no Unix socket; they are borrowed for the call.
 * SG_ENOMEM; SG_EFORMAT: no such certificate or key. */
SG_MUST_CHECK int daemon_open(struct desk *desk, int fd, const struct credentials *credentials,
			      struct daemon **out);
/* Hang up on whom it is time for. */
void daemon_tick(struct daemon *d);
/* Hangs up on everybody. *d may be NULL, becomes NULL. */
void daemon_close(struct daemon **d);

#endif
