/* network.h - IP addresses and networks of them, IPv4 and IPv6 alike: 10.0.0.0/8, fd00::/8, 192.0.2.7.
 * Owner    by value. Thread: any. */
#ifndef SG_NETWORK_H
#define SG_NETWORK_H

#include "base/buffer.h"

enum { NETWORK_HOST_BYTES = 16 };

/* The address in text (no port) of that family (AF_INET, AF_INET6), as inet_pton(3) writes it. False for what is none. */
bool network_address(int family, struct slice text, void *out);
/* The same of either family, as 16 bytes, IPv4 as ::ffff:a.b.c.d. */
bool network_host(struct slice text, uint8_t out[NETWORK_HOST_BYTES]);

struct network {
	uint8_t prefix[NETWORK_HOST_BYTES]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;                      /* 0 to 128 */
};

/* An address or CIDR. SG_EFORMAT; *reason then says what is wrong, for a person. */
SG_MUST_CHECK int network_read(struct slice text, struct network *out, const char **reason);
/* Append it as network_read() takes it, the prefix length only where that is not the whole. SG_ENOMEM. */
SG_MUST_CHECK int network_print(const struct network *n, struct buffer *out);
/* Does the address in text (no port) lie in one of them? Not for what is no address. */
bool network_any_holds(const struct network *networks, size_t count, struct slice text);

#endif
