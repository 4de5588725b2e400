/* observe_socket.h - where a running gateway is asked for its report of what it has observed (--observe-report): a Unix
 * socket in the kernel's own namespace, whose name is made of the configuration's file, so that nothing has to be
 * configured, found or cleaned up. Who connects is written the report, and that is all.
 * Who      root and the gateway's own user are told it, as the kernel knows them; others that they are not.
 * Many     several gateways of one file have names of their own, up to OBSERVE_SOCKETS.
 * Owner    the gateway: zero it, open, close.
 * Thread   the main one. */
#ifndef SG_OBSERVE_SOCKET_H
#define SG_OBSERVE_SOCKET_H

#include "base/buffer.h"
#include "gateway/config.h"

enum { OBSERVE_SOCKETS = 8 };

struct event_base;
struct observer;

struct observe_socket {
	struct event *readable; /* NULL: not open */
	int fd;
	struct observer *observer;
};

/* Unless it is open or no route of config has session: observe. Where that fails the log says so, and alone has the
 * report. file: the configuration's; observer: borrowed until it is closed. */
void observe_socket_open(struct observe_socket *s, struct event_base *loop,
			 const struct config *config, const char *file, struct observer *observer);
void observe_socket_close(struct observe_socket *s);

/* Ask the gateways that run with this file, and append what they say. *answered: how many told it; *refused: how many
 * will not tell this user. SG_ENOMEM. */
SG_MUST_CHECK int observe_socket_ask(const char *file, struct buffer *out, unsigned *answered,
				     unsigned *refused);

#endif
