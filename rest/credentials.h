/* credentials.h - what the API shows, and whom it trusts, where it speaks TLS: files of PEM, read once.
 * Owner    the struct is the caller's; credentials_fini() wipes the key.
 * Thread   any. */
#ifndef SG_CREDENTIALS_H
#define SG_CREDENTIALS_H

#include "base/buffer.h"

/* Files; "": none. Without a certificate nothing is TLS. */
struct credentials_files {
	const char *certificate; /* with its chain */
	const char *key;         /* "": it is in the certificate's file */
	const char *
		client_ca; /* who may have signed clients' certificates; "": they are asked for none */
};

struct credentials {
	struct buffer certificate, key, client_ca; /* each with a NUL behind it; empty: none */
};

/* SG_ENOMEM, SG_ESYSTEM (errno; *failed is the file). */
SG_MUST_CHECK int credentials_read(const struct credentials_files *files, struct credentials *out,
				   const char **failed);
void credentials_fini(struct credentials *c);

/* The text of one; NULL: it is empty. */
const char *credentials_text(const struct buffer *pem);

#endif
