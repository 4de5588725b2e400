/* resolver.c - see resolver.h. */
#include "backends/resolver.h"

#include "base/doorbell.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shared by the loop and the thread: whoever leaves last frees it. What the thread found is the loop's once the
 * eventfd says so. */
struct resolution {
	_Atomic int owners;
	int told; /* its doorbell */
	struct event *event;
	resolver_fn *done;
	void *ctx;
	char *host;
	uint16_t port;
	int error;
	struct addrinfo *found;
};

static int resolver_look(const char *host, uint16_t port, int flags, struct addrinfo **found)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV | flags };
	char service[sizeof("65535")];

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	return getaddrinfo(host, service, &hints, found);
}

struct addrinfo *resolver_address(const char *host, uint16_t port)
{
	struct addrinfo *found;

	return resolver_look(host, port, AI_NUMERICHOST, &found) == 0 ? found : NULL;
}

static void resolver_leave(struct resolution *r)
{
	if (atomic_fetch_sub(&r->owners, 1) > 1)
		return;
	doorbell_close(&r->told);
	if (r->found != NULL)
		freeaddrinfo(r->found);
	free(r->host);
	free(r);
}

static void *resolver_run(void *ctx)
{
	struct resolution *r = ctx;

	r->error = resolver_look(r->host, r->port, 0, &r->found);
	doorbell_ring(r->told);
	resolver_leave(r);
	return NULL;
}

static void resolver_on_told(evutil_socket_t fd, short what, void *ctx)
{
	struct resolution *r = ctx;
	const struct addrinfo *found;
	const char *reason = NULL;

	(void)what;
	doorbell_hear(fd);
	found = r->error == 0 ? r->found : NULL;
	if (found == NULL)
		reason = gai_strerror(r->error);
	event_free(r->event);
	r->event = NULL;
	r->done(r->ctx, found, reason);
	resolver_leave(r);
}

static int resolver_start_thread(struct resolution *r)
{
	pthread_attr_t detached;
	pthread_t thread;
	int error;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	atomic_fetch_add(&r->owners, 1);
	error = pthread_create(&thread, &detached, resolver_run, r);
	pthread_attr_destroy(&detached);
	if (error == 0)
		return 0;
	atomic_fetch_sub(&r->owners, 1);
	errno = error;
	return SG_ESYSTEM;
}

static int resolver_prepare(struct resolution *r, struct event_base *loop)
{
	if (r->host == NULL)
		return SG_ENOMEM;
	if (doorbell_open(&r->told) != 0)
		return SG_ESYSTEM;
	r->event = event_new(loop, r->told, EV_READ | EV_PERSIST, resolver_on_told, r);
	return r->event != NULL && event_add(r->event, NULL) == 0 ? 0 : SG_ENOMEM;
}

int resolver_start(struct event_base *loop, const char *host, uint16_t port, resolver_fn *done,
		   void *ctx, struct resolution **out)
{
	struct resolution *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return SG_ENOMEM;
	atomic_init(&r->owners, 1);
	r->told = -1;
	r->done = done;
	r->ctx = ctx;
	r->port = port;
	r->host = strdup(host);
	if ((rc = resolver_prepare(r, loop)) != 0 || (rc = resolver_start_thread(r)) != 0)
		resolver_cancel(&r);
	else
		*out = r;
	return rc;
}

void resolver_cancel(struct resolution **resolution)
{
	struct resolution *r = *resolution;

	*resolution = NULL;
	if (r == NULL)
		return;
	if (r->event != NULL)
		event_free(r->event);
	r->event = NULL;
	resolver_leave(r);
}
