/* listener.h - where web servers connect.
 * The process opens each address once (listener_bind); every worker accepts from it on its own loop.
 * In a full house (limits.max_connections), or when descriptors are wanting, connections that have long
 * been idle make room; where there are none accepting pauses: the kernel's backlog waits, and nobody is
 * refused. */
#ifndef SG_LISTENER_H
#define SG_LISTENER_H

#include "gateway/config.h"
#include "gateway/deadline.h"

struct worker;

/* A listening, non-blocking descriptor. A stale unix socket file is replaced, one that somebody listens on
 * is not (EADDRINUSE). SG_ESYSTEM; *what then names the failed step. Main thread. */
SG_MUST_CHECK int listener_bind(const struct config_listen *listen, int *fd, const char **what);
/* The same for a unix socket that takes datagrams. */
SG_MUST_CHECK int listener_bind_datagrams(const struct config_listen *listen, int *fd,
					  const char **what);
/* Remove our own unix socket file: nobody new finds us, and another process may listen there. Main thread. */
void listener_hide(const struct config_listen *listen);
/* Close, and remove it unless that has been done. Main thread. */
void listener_unbind(const struct config_listen *listen, bool hidden, int *fd);

struct listener {
	struct worker *worker;
	struct event *readable;
	struct deadline pause;
	bool complained; /* of a pause, and not yet that it is over */
	int64_t complained_ms;
	int fd; /* borrowed */
	bool tcp;
	bool inherited;
};

SG_MUST_CHECK int listener_open(struct listener *l, struct worker *worker,
				const struct config_listen *listen, int fd);
/* Accept what waits in the backlog at this moment. */
void listener_accept(struct listener *l);
/* Take who has connected already, then refuse everybody, for all workers. An inherited one is only left
 * alone: who comes waits for the process that inherits it next. */
void listener_leave(struct listener *l);
void listener_close(struct listener *l);

#endif
