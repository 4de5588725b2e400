/* redis_endpoint.h - where one server of Redis, or one Sentinel, listens.
 * Owner    by value. Thread: any. */
#ifndef SG_REDIS_ENDPOINT_H
#define SG_REDIS_ENDPOINT_H

#include "base/error.h"
#include "base/slice.h"

enum {
	REDIS_HOST_BYTES = 254, /* the longest name that DNS knows, and a NUL */
	REDIS_ENDPOINT_TEXT_BYTES = REDIS_HOST_BYTES + sizeof("[]:65535"),
};

struct redis_endpoint {
	char host
		[REDIS_HOST_BYTES]; /* an address or a name; of a Unix socket the path, which begins with / */
	uint16_t port;              /* 0: a Unix socket */
};

/* "host", "host:port", "[::1]" or "[::1]:port"; port is what it is when text has none. SG_EFORMAT; *reason then says
 * what is wrong, for a person. */
SG_MUST_CHECK int redis_endpoint_read(struct slice text, uint16_t port, struct redis_endpoint *out,
				      const char **reason);
/* host and port as a server says them of another one. SG_EFORMAT, for what none is found by. */
SG_MUST_CHECK int redis_endpoint_set(struct redis_endpoint *out, struct slice host, uint64_t port);
/* The same for the path of a Unix socket. */
SG_MUST_CHECK int redis_endpoint_set_path(struct redis_endpoint *out, struct slice path,
					  const char **reason);

static inline bool redis_endpoint_is_unix(const struct redis_endpoint *e)
{
	return e->port == 0;
}

bool redis_endpoint_equal(const struct redis_endpoint *a, const struct redis_endpoint *b);

/* As a URL would have it, for logs; returns out. */
const char *redis_endpoint_text(const struct redis_endpoint *e,
				char out[REDIS_ENDPOINT_TEXT_BYTES]);

#endif
