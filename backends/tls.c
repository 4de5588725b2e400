/* tls.c - see tls.h. */
#include "backends/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct tls {
	SSL_CTX *context;
};

const char *tls_reason(char *out, size_t bytes)
{
	unsigned long code = ERR_get_error();
	const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;

	/* of a file that is not there it has only the number */
	if (text == NULL && code != 0 && ERR_SYSTEM_ERROR(code))
		text = strerror(ERR_GET_REASON(code));
	snprintf(out, bytes, "%s", text != NULL ? text : "unknown error of TLS");
	ERR_clear_error();
	return out;
}

static bool tls_given(const char *file)
{
	return file != NULL && file[0] != '\0';
}

static int tls_refuse(char reason[TLS_REASON_BYTES], const char *what, const char *file)
{
	char why[TLS_REASON_BYTES / 2];

	snprintf(reason, TLS_REASON_BYTES, "%s %.200s: %s", what, file,
		 tls_reason(why, sizeof(why)));
	return SG_EFORMAT;
}

static int tls_trust(SSL_CTX *context, const char *ca, char reason[TLS_REASON_BYTES])
{
	if (!tls_given(ca))
		return SSL_CTX_set_default_verify_paths(context) == 1 ? 0 : SG_ENOMEM;
	if (SSL_CTX_load_verify_file(context, ca) != 1)
		return tls_refuse(reason, "certificates of authorities in", ca);
	return 0;
}

static int tls_show(SSL_CTX *context, const char *certificate, const char *key,
		    char reason[TLS_REASON_BYTES])
{
	if (!tls_given(certificate))
		return 0;
	if (!tls_given(key))
		key = certificate;
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1)
		return tls_refuse(reason, "certificate in", certificate);
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		return tls_refuse(reason, "key in", key);
	return 0;
}

/* The sockets do not block, and what was not written stands elsewhere the next time, more behind it. */
static void tls_set_modes(SSL_CTX *context, bool verify)
{
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(context,
			 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(context, 1); /* a record is two reads else: its head, and the rest */
	SSL_CTX_set_verify(context, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
}

int tls_open(const struct backend_tls *settings, struct tls **out, char reason[TLS_REASON_BYTES])
{
	struct tls *tls = calloc(1, sizeof(*tls));
	int rc;

	if (tls == NULL || (tls->context = SSL_CTX_new(TLS_client_method())) == NULL) {
		free(tls);
		return SG_ENOMEM;
	}
	tls_set_modes(tls->context, settings->verify);
	if ((rc = tls_trust(tls->context, settings->ca, reason)) != 0 ||
	    (rc = tls_show(tls->context, settings->certificate, settings->key, reason)) != 0) {
		tls_close(&tls);
		return rc;
	}
	*out = tls;
	return 0;
}

void tls_close(struct tls **tls)
{
	struct tls *t = *tls;

	*tls = NULL;
	if (t == NULL)
		return;
	SSL_CTX_free(t->context);
	free(t);
}

static bool tls_is_address(const char *host)
{
	struct in6_addr ignored;

	return inet_pton(AF_INET, host, &ignored) == 1 || inet_pton(AF_INET6, host, &ignored) == 1;
}

/* An address must be one of the certificate's, and is no name to be asked for. */
static bool tls_expect(SSL *ssl, const char *host)
{
	if (tls_is_address(host))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

SSL *tls_connection(const struct tls *tls, const char *host)
{
	SSL *ssl = SSL_new(tls->context);

	if (ssl == NULL || !tls_expect(ssl, host)) {
		SSL_free(ssl);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_connect_state(ssl);
	return ssl;
}
