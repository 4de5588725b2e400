/* tls.h - what this side of a TLS connection to a store trusts, and shows of itself.
 * Owner    who called tls_open(). Connections that were made of it may outlive it.
 * Thread   any, once it is open. */
#ifndef SG_TLS_H
#define SG_TLS_H

#include "backends/backend.h"

#include <openssl/ssl.h>

enum { TLS_REASON_BYTES = 512 };

struct tls;

/* SG_EFORMAT: a file cannot be read, or is not what it should be; reason then says which and why. SG_ENOMEM. */
SG_MUST_CHECK int tls_open(const struct backend_tls *settings, struct tls **out,
			   char reason[TLS_REASON_BYTES]);
/* *tls may be NULL, becomes NULL. */
void tls_close(struct tls **tls);

/* A connection to host, an address or a name, which its certificate has to be for; NULL: there is no memory. The
 * caller's, to SSL_free(). */
SSL *tls_connection(const struct tls *tls, const char *host);

/* Why something of OpenSSL just failed, as text; the thread's queue of errors is empty then. Returns out. */
const char *tls_reason(char *out, size_t bytes);

#endif
