/* wire.h - bytes to and from a store's server over a socket that does not block, plain or by TLS.
 *
 * Waiting  WIRE_WANTS_READ and WIRE_WANTS_WRITE say what the socket has to be ready for before the same call goes on.
 *          What TLS has already taken from the socket no event will tell of: wire_has_more() does.
 * Owner    the struct is the caller's; the socket is the wire's from wire_open() on, until wire_close().
 * Thread   one at a time. */
#ifndef SG_WIRE_H
#define SG_WIRE_H

#include "base/error.h"
#include "base/slice.h"

struct tls;

enum wire_result {
	WIRE_DONE,
	WIRE_WANTS_READ,
	WIRE_WANTS_WRITE,
	WIRE_FAILED, /* or at its end: wire_reason() says which */
};

enum { WIRE_REASON_BYTES = 160 };

struct wire {
	int fd;             /* -1: closed */
	struct ssl_st *ssl; /* NULL: plain */
	char reason[WIRE_REASON_BYTES];
};

/* fd has begun to connect. tls NULL: plain; else host is whom the certificate has to be for. SG_ENOMEM; fd is then the
 * caller's. */
SG_MUST_CHECK int wire_open(struct wire *w, int fd, const struct tls *tls, const char *host);
/* Says goodbye, as far as that can be done at once. Of a closed wire: nothing. */
void wire_close(struct wire *w);

/* To be called when the socket can be written: whether it has connected, and then TLS's handshake. */
enum wire_result wire_greet(struct wire *w);
/* *count: how many, more than 0 with WIRE_DONE. */
enum wire_result wire_read(struct wire *w, void *room, size_t bytes, size_t *count);
/* Behind a read that was done: may another one have something, too? filled: it used all of its room. */
bool wire_has_more(const struct wire *w, bool filled);
enum wire_result wire_write(struct wire *w, struct slice bytes, size_t *count);

/* Why it failed, for a person. */
static inline const char *wire_reason(const struct wire *w)
{
	return w->reason;
}

#endif
