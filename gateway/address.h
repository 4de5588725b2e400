/* address.h - where a socket listens or connects: unix:/path, 127.0.0.1:9000, [::1]:9000,
 * fd:0, fd:NAME (systemd's LISTEN_FDNAMES, sd_listen_fds(3)).
 * Owner    by value. Thread: any. */
#ifndef SG_ADDRESS_H
#define SG_ADDRESS_H

#include "base/error.h"
#include "base/slice.h"

#include <sys/socket.h>

enum address_kind { ADDRESS_UNIX, ADDRESS_TCP, ADDRESS_FD };

enum { ADDRESS_TEXT_BYTES = 128 };

struct address {
	enum address_kind kind;
	char text[ADDRESS_TEXT_BYTES];  /* as configured, for logs; ends with a NUL */
	struct sockaddr_storage socket; /* UNIX and TCP */
	socklen_t socket_len;
	char fd_name[64]; /* FD: a number or a name */
};

/* SG_EFORMAT; *reason then says what is wrong, for a person. Host names are not resolved: a
 * look-up could block, and change under us. */
SG_MUST_CHECK int address_read(struct slice text, struct address *out, const char **reason);

/* Of a TCP address: can nobody on another machine reach it? */
bool address_is_loopback(const struct address *a);

#endif
