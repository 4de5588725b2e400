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

/* The address in text (no port), of either family, as 16 bytes, IPv4 as ::ffff:a.b.c.d. False for what is none. */
enum { ADDRESS_HOST_BYTES = 16 };
bool address_host(struct slice text, uint8_t out[ADDRESS_HOST_BYTES]);

/* One network of trusted_proxies: an address or CIDR, IPv4 or IPv6. */
struct network {
	uint8_t prefix[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;      /* 0 to 128 */
};
SG_MUST_CHECK int network_read(struct slice text, struct network *out, const char **reason);
/* Does the address in text (no port) lie in one of them? Not for what is no address. */
bool network_any_holds(const struct network *networks, size_t count, struct slice text);

#endif
