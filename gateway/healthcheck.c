/* healthcheck.c - see healthcheck.h. */
#include "gateway/healthcheck.h"

#include "base/clock.h"
#include "base/url.h"
#include "gateway/address.h"
#include "gateway/fcgi.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum {
	HEALTHCHECK_ANSWER_BYTES = 65536, /* more of an answer is not read */
	HEALTHCHECK_READ_BYTES = 4096,
	HEALTHCHECK_SAID_BYTES = 1024,
	HEALTHCHECK_NAME_BYTES = 256,
};

struct healthcheck {
	struct slice url;
	struct sockaddr_storage address;
	socklen_t address_len;
	bool fastcgi;      /* the front is asked, else the admin API */
	struct slice path; /* there */
	int fd;
	int64_t deadline_ms;
	struct buffer answer;
	struct buffer *said;
};

/* A line for a person; SG_ESYSTEM. */
static int healthcheck_fail(struct healthcheck *h, const char *what)
{
	if (buffer_printf(h->said, "%.*s: %s\n", SLICE_ARGS(h->url), what) != 0)
		buffer_fini(h->said);
	return SG_ESYSTEM;
}

/* --- where --- */

static int healthcheck_refuse(struct healthcheck *h, struct slice url, const char *why)
{
	if (buffer_printf(h->said, "%.*s: %s\n", SLICE_ARGS(url), why) != 0)
		buffer_fini(h->said);
	return SG_EFORMAT;
}

static int healthcheck_read_address(struct healthcheck *h, struct slice text)
{
	const char *reason = "a listener cannot be asked by its descriptor";
	struct address address;

	if (address_read(text, &address, &reason) != 0 || address.kind == ADDRESS_FD)
		return healthcheck_refuse(h, text, reason);
	h->address = address.socket;
	h->address_len = address.socket_len;
	return 0;
}

/* unix:/run/admin.sock:/readyz: what follows on the second ":/" is the path of the URL. */
static int healthcheck_read_unix(struct healthcheck *h, struct slice text)
{
	struct slice socket = text, name = slice_after(text, strlen("unix:"));
	const char *path = memmem(name.ptr, name.len, ":/", 2);

	if (path != NULL) {
		socket.len = (size_t)(path - text.ptr);
		h->path = slice_after(text, socket.len + 1);
	}
	return healthcheck_read_address(h, socket);
}

/* host:port, [::1]:port, or host alone. */
static bool healthcheck_split_host(struct slice text, struct slice *host, struct slice *port)
{
	const char *colon = memrchr(text.ptr, ':', text.len);

	*host = text;
	*port = SLICE("80");
	if (colon != NULL && text.ptr[text.len - 1] != ']') {
		host->len = (size_t)(colon - text.ptr);
		*port = slice_after(text, host->len + 1);
	}
	if (slice_starts(*host, SLICE("[")) && host->len > 2)
		*host = slice_of(host->ptr + 1, host->len - 2);
	return host->len > 0 && port->len > 0;
}

static int healthcheck_look_up(struct healthcheck *h, struct slice host, struct slice port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char name[HEALTHCHECK_NAME_BYTES], number[HEALTHCHECK_NAME_BYTES];
	struct addrinfo *found;
	int error;

	snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(host));
	snprintf(number, sizeof(number), "%.*s", SLICE_ARGS(port));
	error = getaddrinfo(name, number, &hints, &found);
	if (error != 0)
		return healthcheck_fail(h, gai_strerror(error));
	memcpy(&h->address, found->ai_addr, found->ai_addrlen);
	h->address_len = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int healthcheck_read_http(struct healthcheck *h, struct slice url)
{
	struct slice host, port;
	struct url parts;

	if (url_split(url, &parts) != 0 || !healthcheck_split_host(parts.hosts, &host, &port))
		return healthcheck_refuse(h, url, "must be http://host:port/path");
	if (parts.path.len > 0)
		h->path = parts.path;
	return healthcheck_look_up(h, host, port);
}

static int healthcheck_read_url(struct healthcheck *h, struct slice url)
{
	const struct slice http = SLICE("http://"), fastcgi = SLICE("fastcgi:");
	struct slice rest = slice_starts(url, http) ? slice_after(url, http.len) : url;

	h->path = SLICE("/livez");
	if (slice_starts(rest, SLICE("unix:/")))
		return healthcheck_read_unix(h, rest);
	if (rest.ptr != url.ptr)
		return healthcheck_read_http(h, url);
	h->fastcgi = slice_starts(url, fastcgi);
	if (memmem(url.ptr, url.len, "://", 3) != NULL)
		return healthcheck_refuse(h, url, "only http:// can be asked");
	return healthcheck_read_address(h, h->fastcgi ? slice_after(url, fastcgi.len) : url);
}

/* --- the conversation --- */

/* False: nothing happened in time. */
static bool healthcheck_wait(const struct healthcheck *h, short events)
{
	struct pollfd p = { .fd = h->fd, .events = events };
	int64_t left_ms = h->deadline_ms - clock_mono_ms();

	return left_ms > 0 && poll(&p, 1, (int)left_ms) > 0;
}

static int healthcheck_connect(struct healthcheck *h)
{
	int error = 0;
	socklen_t len = sizeof(error);

	h->fd = socket(h->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (h->fd < 0)
		return healthcheck_fail(h, strerror(errno));
	if (connect(h->fd, (const struct sockaddr *)&h->address, h->address_len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return healthcheck_fail(h, strerror(errno));
	if (!healthcheck_wait(h, POLLOUT))
		return healthcheck_fail(h, "does not answer");
	if (getsockopt(h->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0)
		return healthcheck_fail(h, strerror(error));
	return 0;
}

static int healthcheck_write_question(const struct healthcheck *h, struct buffer *out)
{
	static const char name[] =
		"\017\0FCGI_MPXS_CONNS"; /* lengths of the name and of no value */

	if (h->fastcgi)
		return fcgi_append_record(out, FCGI_GET_VALUES, 0,
					  slice_of(name, sizeof(name) - 1));
	return buffer_printf(out,
			     "GET %.*s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
			     SLICE_ARGS(h->path));
}

/* It fits the empty buffer of any socket. */
static int healthcheck_send(struct healthcheck *h)
{
	struct buffer question = { 0 };
	int rc = healthcheck_write_question(h, &question);
	ssize_t sent = -1;

	if (rc == 0)
		sent = send(h->fd, buffer_content(&question).ptr, buffer_len(&question),
			    MSG_NOSIGNAL);
	if (rc == 0 && sent != (ssize_t)buffer_len(&question))
		rc = healthcheck_fail(h, "hung up");
	buffer_fini(&question);
	return rc;
}

/* To its end; of FastCGI, which leaves the connection open, what there is of one record. */
static int healthcheck_read(struct healthcheck *h)
{
	ssize_t got = 1;
	char *room;
	int rc;

	while (got > 0 && buffer_len(&h->answer) < HEALTHCHECK_ANSWER_BYTES &&
	       !(h->fastcgi && buffer_len(&h->answer) >= FCGI_HEADER_LEN)) {
		if (!healthcheck_wait(h, POLLIN))
			return healthcheck_fail(h, "does not answer");
		if ((rc = buffer_reserve(&h->answer, HEALTHCHECK_READ_BYTES, &room)) != 0)
			return rc;
		got = recv(h->fd, room, HEALTHCHECK_READ_BYTES, 0);
		if (got > 0)
			buffer_commit(&h->answer, (size_t)got);
	}
	return got < 0 ? healthcheck_fail(h, strerror(errno)) : 0;
}

/* --- the answer --- */

static int healthcheck_judge_fastcgi(struct healthcheck *h)
{
	struct slice answer = buffer_content(&h->answer);

	if (answer.len < FCGI_HEADER_LEN)
		return healthcheck_fail(h, "hung up");
	if (answer.ptr[0] != FCGI_VERSION_1 || answer.ptr[1] != FCGI_GET_VALUES_RESULT)
		return healthcheck_fail(h, "does not speak FastCGI");
	return 0;
}

/* Whoever answers: a terminal gets nothing but text. */
static void healthcheck_say_body(struct healthcheck *h, struct slice body)
{
	int rc = 0;

	if (body.len > HEALTHCHECK_SAID_BYTES)
		body.len = HEALTHCHECK_SAID_BYTES;
	for (size_t i = 0; rc == 0 && i < body.len; i++)
		rc = buffer_append(
			h->said, body.ptr[i] >= ' ' && body.ptr[i] <= '~' ? &body.ptr[i] : " ", 1);
	if (rc == 0)
		rc = buffer_append(h->said, "\n", 1);
	if (rc != 0)
		buffer_fini(h->said);
}

static int healthcheck_judge_http(struct healthcheck *h)
{
	struct slice answer = buffer_content(&h->answer), version, status;
	const char *body = memmem(answer.ptr, answer.len, "\r\n\r\n", 4);

	if (body == NULL || !slice_starts(answer, SLICE("HTTP/1.")))
		return healthcheck_fail(h, "does not speak HTTP");
	healthcheck_say_body(h, slice_after(answer, (size_t)(body + 4 - answer.ptr)));
	slice_cut(&answer, ' ', &version);
	slice_cut(&answer, ' ', &status);
	return status.len == 3 && status.ptr[0] == '2' ? 0 : SG_ESYSTEM;
}

int healthcheck_ask(struct slice url, struct buffer *said)
{
	struct healthcheck h = { .url = url, .fd = -1, .said = said };
	int rc = healthcheck_read_url(&h, url);

	h.deadline_ms = clock_mono_ms() + HEALTHCHECK_MS;
	if (rc == 0 && (rc = healthcheck_connect(&h)) == 0 && (rc = healthcheck_send(&h)) == 0 &&
	    (rc = healthcheck_read(&h)) == 0)
		rc = h.fastcgi ? healthcheck_judge_fastcgi(&h) : healthcheck_judge_http(&h);
	if (h.fd >= 0)
		close(h.fd);
	buffer_fini(&h.answer);
	return rc;
}
