/* redis_dial.c - see redis_dial.h. */
#include "backends/redis_dial.h"

#include "backends/resolver.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct redis_dial {
	struct redis_endpoint endpoint;
	const struct tls *tls;
	struct event_base *loop;
	unsigned attempt;
	redis_dial_fn *done;
	void *ctx;
	struct resolution *resolution;
	struct wire wire;
	struct event *readable, *writable;
	struct event *failed; /* what has failed at once is told in the next turn */
	char reason[WIRE_REASON_BYTES];
};

static void dial_free(struct redis_dial *d)
{
	resolver_cancel(&d->resolution);
	if (d->readable != NULL)
		event_free(d->readable);
	if (d->writable != NULL)
		event_free(d->writable);
	if (d->failed != NULL)
		event_free(d->failed);
	wire_close(&d->wire);
	free(d);
}

static void dial_on_failed(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_dial *d = ctx;
	char reason[WIRE_REASON_BYTES];
	redis_dial_fn *done = d->done;
	void *of = d->ctx;

	(void)fd;
	(void)what;
	memcpy(reason, d->reason, sizeof(reason));
	dial_free(d);
	done(of, NULL, reason);
}

static void dial_fail(struct redis_dial *d, const char *reason)
{
	snprintf(d->reason, sizeof(d->reason), "%s", reason);
	event_active(d->failed, EV_TIMEOUT, 0);
}

static void dial_succeed(struct redis_dial *d)
{
	const struct wire wire = d->wire;
	redis_dial_fn *done = d->done;
	void *of = d->ctx;

	d->wire.fd = -1; /* it is not ours any more */
	dial_free(d);
	done(of, &wire, NULL);
}

static void dial_on_ready(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_dial *d = ctx;

	(void)fd;
	(void)what;
	switch (wire_greet(&d->wire)) {
	case WIRE_DONE:
		dial_succeed(d);
		break;
	case WIRE_WANTS_READ:
		event_add(d->readable, NULL);
		break;
	case WIRE_WANTS_WRITE:
		event_add(d->writable, NULL);
		break;
	case WIRE_FAILED:
		dial_fail(d, wire_reason(&d->wire));
	}
}

static int dial_socket(const struct sockaddr *address, socklen_t len)
{
	const int on = 1;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (address->sa_family != AF_UNIX) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	if (connect(fd, address, len) != 0 && errno != EINPROGRESS) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static bool dial_watch(struct redis_dial *d)
{
	d->readable = event_new(d->loop, d->wire.fd, EV_READ, dial_on_ready, d);
	d->writable = event_new(d->loop, d->wire.fd, EV_WRITE, dial_on_ready, d);
	return d->readable != NULL && d->writable != NULL && event_add(d->writable, NULL) == 0;
}

static void dial_connect(struct redis_dial *d, const struct sockaddr *address, socklen_t len)
{
	char text[WIRE_REASON_BYTES];
	int fd = dial_socket(address, len);

	if (fd < 0) {
		/* the GNU one: it need not use the room */
		dial_fail(d, strerror_r(errno, text, sizeof(text)));
		return;
	}
	if (wire_open(&d->wire, fd, d->tls, d->endpoint.host) != 0) {
		close(fd);
		dial_fail(d, "out of memory");
	} else if (!dial_watch(d)) {
		dial_fail(d, "out of memory");
	}
}

static const struct addrinfo *dial_choose(const struct addrinfo *found, unsigned attempt)
{
	unsigned count = 0;

	for (const struct addrinfo *one = found; one != NULL; one = one->ai_next)
		count++;
	for (attempt %= count; attempt > 0; attempt--)
		found = found->ai_next;
	return found;
}

static void dial_on_resolved(void *ctx, const struct addrinfo *found, const char *reason)
{
	struct redis_dial *d = ctx;

	d->resolution = NULL;
	if (found == NULL) {
		dial_fail(d, reason);
		return;
	}
	found = dial_choose(found, d->attempt);
	dial_connect(d, found->ai_addr, found->ai_addrlen);
}

static void dial_host(struct redis_dial *d)
{
	const struct redis_endpoint *e = &d->endpoint;
	struct addrinfo *address = resolver_address(e->host, e->port);

	if (address != NULL) {
		dial_connect(d, address->ai_addr, address->ai_addrlen);
		freeaddrinfo(address);
	} else if (resolver_start(d->loop, e->host, e->port, dial_on_resolved, d, &d->resolution) !=
		   0) {
		dial_fail(d, "its name cannot be looked up");
	}
}

static void dial_unix(struct redis_dial *d)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, d->endpoint.host, strlen(d->endpoint.host) + 1);
	dial_connect(d, (const struct sockaddr *)&address, sizeof(address));
}

int redis_dial_start(struct event_base *loop, const struct redis_endpoint *endpoint,
		     const struct tls *tls, unsigned attempt, redis_dial_fn *done, void *ctx,
		     struct redis_dial **out)
{
	struct redis_dial *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return SG_ENOMEM;
	d->endpoint = *endpoint;
	d->tls = tls;
	d->loop = loop;
	d->attempt = attempt;
	d->done = done;
	d->ctx = ctx;
	d->wire.fd = -1;
	d->failed = event_new(loop, -1, 0, dial_on_failed, d);
	if (d->failed == NULL) {
		dial_free(d);
		return SG_ENOMEM;
	}
	if (redis_endpoint_is_unix(endpoint))
		dial_unix(d);
	else
		dial_host(d);
	*out = d;
	return 0;
}

void redis_dial_cancel(struct redis_dial **dial)
{
	struct redis_dial *d = *dial;

	*dial = NULL;
	if (d != NULL)
		dial_free(d);
}
