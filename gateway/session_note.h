/* session_note.h - what an application says of its session and awaits no answer to: one datagram, to the socket beside
 * the worker's session API (session_socket.h),
 *
 *	<ticket> {"update":{"visits":2}}
 *
 * with the object of a PATCH there. It is a call of the ticket like any other (session_call.h), but for what fails: that
 * is logged, since nobody is there to be told. Nothing ever comes back on this socket, so nothing can be read there by
 * whoever uses it next.
 * Order    what was sent before the END_REQUEST of its request is taken by session_notes_take() at that END_REQUEST.
 * Bounded  a datagram of SESSION_NOTE_BYTES, and as many of them as the kernel lets wait.
 * Owner    the worker: zero it, open, close.
 * Thread   the worker's. */
#ifndef SG_SESSION_NOTE_H
#define SG_SESSION_NOTE_H

#include "base/error.h"

struct event;
struct session_socket;
struct worker;

enum { SESSION_NOTE_BYTES = 16384 };

struct session_notes {
	struct worker *worker;
	struct event *readable; /* NULL: not open, or there is no such socket */
	int fd;                 /* borrowed */
};

/* SG_ENOMEM. */
SG_MUST_CHECK int session_notes_open(struct session_notes *n, struct worker *w,
				     const struct session_socket *socket);
/* All that have come by now. */
void session_notes_take(struct session_notes *n);
void session_notes_close(struct session_notes *n);

#endif
