/* session_socket.h - where the session API listens: one Unix socket for each worker (application.md section 9), since
 * a ticket is known to the worker alone that has made it; and beside it one for datagrams (session_note.h), whose path
 * is that with ".notes" behind it.
 * Owner    the gateway: zero it, open, close.
 * Thread   the main one; workers are handed their descriptor and their path, which last until they have ended. */
#ifndef SG_SESSION_SOCKET_H
#define SG_SESSION_SOCKET_H

#include "gateway/config.h"
#include "gateway/session_folder.h"

/* A worker's own. */
struct session_socket {
	struct config_listen listen; /* its address */
	int fd;
	struct config_listen notes; /* the same, for notes */
	int notes_fd;               /* -1: there is none, its path would be too long for a socket */
};

struct session_sockets {
	struct session_socket *each; /* one a worker; NULL: not open */
	unsigned count;
	const struct config *config;  /* that said where; a reference */
	struct session_folder folder; /* where the configuration did not */
};

/* Is there an application that speaks to it? */
bool session_sockets_wanted(const struct config *config);
/* For so many workers, unless they are open or config has no application that speaks to it. SG_ESYSTEM (errno; logged
 * what failed), SG_ENOMEM. */
SG_MUST_CHECK int session_sockets_open(struct session_sockets *s, const struct config *config,
				       unsigned workers);
/* A worker's, borrowed; NULL: they are not open. */
const struct session_socket *session_sockets_of(const struct session_sockets *s, unsigned worker);
void session_sockets_close(struct session_sockets *s);

/* What a program connects to. */
const char *session_socket_path(const struct session_socket *socket);

#endif
