/* client_certificate.c - see client_certificate.h. */
#include "rest/client_certificate.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

enum { CERTIFICATE_NAME_BYTES = 256 };

/* Signed by one of client_ca, and in force: what GnuTLS was given to trust. */
static bool certificate_is_good(gnutls_session_t session)
{
	unsigned status = 0;

	return gnutls_certificate_get_peers(session, NULL) != NULL &&
	       gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0;
}

/* As text, into out; its length, 0 for what has none. */
static size_t certificate_name(gnutls_x509_crt_t certificate, unsigned index, char *out, bool *last)
{
	char raw[CERTIFICATE_NAME_BYTES];
	size_t len = sizeof(raw);
	int type = gnutls_x509_crt_get_subject_alt_name(certificate, index, raw, &len, NULL);

	*last = type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	if (type == GNUTLS_SAN_IPADDRESS && (len == 4 || len == 16))
		return inet_ntop(len == 4 ? AF_INET : AF_INET6, raw, out, CERTIFICATE_NAME_BYTES) !=
				       NULL
			       ? strlen(out)
			       : 0;
	if (type != GNUTLS_SAN_DNSNAME && type != GNUTLS_SAN_RFC822NAME && type != GNUTLS_SAN_URI)
		return 0;
	len = strnlen(raw, len);
	memcpy(out, raw, len);
	return len;
}

static void certificate_list(gnutls_x509_crt_t certificate, char *out, size_t room)
{
	char name[CERTIFICATE_NAME_BYTES];
	bool last = false;

	for (unsigned i = 0; !last; i++) {
		size_t len = certificate_name(certificate, i, name, &last);

		if (len == 0 || len + 2 > room)
			continue;
		memcpy(out, name, len);
		out[len] = out[len + 1] = '\0';
		out += len + 1;
		room -= len + 1;
	}
}

void client_certificate_names(struct gnutls_session_int *session, char *out, size_t room)
{
	const gnutls_datum_t *shown;
	gnutls_x509_crt_t certificate;
	unsigned count = 0;

	memset(out, 0, room);
	if (!certificate_is_good(session) || gnutls_x509_crt_init(&certificate) != 0)
		return;
	shown = gnutls_certificate_get_peers(session, &count);
	if (shown != NULL && count > 0 &&
	    gnutls_x509_crt_import(certificate, &shown[0], GNUTLS_X509_FMT_DER) == 0)
		certificate_list(certificate, out, room);
	gnutls_x509_crt_deinit(certificate);
}
