/* client_certificate.h - the names (subjectAltName) of the certificate that a TLS client has shown.
 * Thread   the admin API's. */
#ifndef SG_CLIENT_CERTIFICATE_H
#define SG_CLIENT_CERTIFICATE_H

#include "base/slice.h"

struct gnutls_session_int;

/* Writes as many of them as there is room for, a NUL behind each and one more at the end: DNS names, e-mail addresses, URIs,
 * and IP addresses as text. Nothing where no certificate was shown, or none that is good. */
void client_certificate_names(struct gnutls_session_int *session, char *out, size_t room);

#endif
