/* authority.h - "host:port", as Host, X-Forwarded-Host and Origin say it (RFC 3986 section 3.2).
 * Borrow   from the text. Thread: any. */
#ifndef SG_AUTHORITY_H
#define SG_AUTHORITY_H

#include "base/slice.h"

/* Without the port, and without the dot of an absolute name: "example.org." is the same host. */
struct slice authority_host(struct slice text);
/* The port; none_said where it names none. 0: what stands there is no port. */
unsigned authority_port(struct slice text, unsigned none_said);

#endif
