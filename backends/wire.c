/* wire.c - see wire.h. */
#include "backends/wire.h"

#include "backends/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int wire_open(struct wire *w, int fd, const struct tls *tls, const char *host)
{
	struct wire wire = { .fd = fd };

	if (tls != NULL) {
		wire.ssl = tls_connection(tls, host);
		if (wire.ssl == NULL || SSL_set_fd(wire.ssl, fd) != 1) {
			SSL_free(wire.ssl);
			ERR_clear_error();
			return SG_ENOMEM;
		}
	}
	*w = wire;
	return 0;
}

void wire_close(struct wire *w)
{
	if (w->fd < 0)
		return;
	if (w->ssl != NULL) {
		if (SSL_is_init_finished(w->ssl))
			SSL_shutdown(w->ssl);
		SSL_free(w->ssl);
		ERR_clear_error();
	}
	close(w->fd);
	*w = (struct wire){ .fd = -1 };
}

static enum wire_result wire_fail(struct wire *w, const char *reason)
{
	snprintf(w->reason, sizeof(w->reason), "%s", reason);
	return WIRE_FAILED;
}

static enum wire_result wire_fail_by(struct wire *w, int error)
{
	char text[WIRE_REASON_BYTES];

	/* the GNU one: it need not use the room */
	return wire_fail(w, strerror_r(error, text, sizeof(text)));
}

/* What the certificate was refused for says more than that it was. */
static enum wire_result wire_fail_by_tls(struct wire *w)
{
	long verified = SSL_get_verify_result(w->ssl);
	char text[WIRE_REASON_BYTES];

	if (!SSL_is_init_finished(w->ssl) && verified != X509_V_OK) {
		ERR_clear_error();
		snprintf(w->reason, sizeof(w->reason), "TLS: its certificate: %s",
			 X509_verify_cert_error_string(verified));
		return WIRE_FAILED;
	}
	snprintf(w->reason, sizeof(w->reason), "TLS: %s", tls_reason(text, sizeof(text)));
	return WIRE_FAILED;
}

/* Of what returned no success. error is errno as it was right behind the call. */
static enum wire_result wire_tls_result(struct wire *w, int returned, int error)
{
	switch (SSL_get_error(w->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
		return WIRE_WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return WIRE_WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return wire_fail(w, "it closed the connection");
	case SSL_ERROR_SYSCALL:
		return error != 0 ? wire_fail_by(w, error)
				  : wire_fail(w, "it closed the connection");
	default:
		return wire_fail_by_tls(w);
	}
}

/* Of a system call that returned -1. */
static enum wire_result wire_plain_result(struct wire *w, enum wire_result wants)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return wants;
	return wire_fail_by(w, errno);
}

static enum wire_result wire_connected(struct wire *w)
{
	int error = 0;
	socklen_t bytes = sizeof(error);

	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0)
		error = errno;
	return error == 0 ? WIRE_DONE : wire_fail_by(w, error);
}

enum wire_result wire_greet(struct wire *w)
{
	enum wire_result connected = wire_connected(w);
	int returned;

	if (connected != WIRE_DONE || w->ssl == NULL)
		return connected;
	ERR_clear_error();
	errno = 0;
	returned = SSL_do_handshake(w->ssl);
	return returned == 1 ? WIRE_DONE : wire_tls_result(w, returned, errno);
}

enum wire_result wire_read(struct wire *w, void *room, size_t bytes, size_t *count)
{
	ssize_t got;

	if (w->ssl != NULL) {
		int returned;

		ERR_clear_error();
		errno = 0;
		returned = SSL_read_ex(w->ssl, room, bytes, count);
		return returned == 1 ? WIRE_DONE : wire_tls_result(w, returned, errno);
	}
	got = recv(w->fd, room, bytes, 0);
	if (got < 0)
		return wire_plain_result(w, WIRE_WANTS_READ);
	if (got == 0)
		return wire_fail(w, "it closed the connection");
	*count = (size_t)got;
	return WIRE_DONE;
}

bool wire_has_more(const struct wire *w, bool filled)
{
	return w->ssl != NULL ? SSL_has_pending(w->ssl) : filled;
}

enum wire_result wire_write(struct wire *w, struct slice bytes, size_t *count)
{
	ssize_t put;

	if (w->ssl != NULL) {
		int returned;

		ERR_clear_error();
		errno = 0;
		returned = SSL_write_ex(w->ssl, bytes.ptr, bytes.len, count);
		return returned == 1 ? WIRE_DONE : wire_tls_result(w, returned, errno);
	}
	put = send(w->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
	if (put < 0)
		return wire_plain_result(w, WIRE_WANTS_WRITE);
	*count = (size_t)put;
	return WIRE_DONE;
}
