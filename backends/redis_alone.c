/* redis_alone.c - one server, which serves all buckets (redis_net.h). */
#include "backends/redis_server.h"
#include "backends/redis_topology.h"

#include <stdlib.h>

struct alone {
	struct redis_net net;
	struct redis_server *server;
	const struct redis_endpoint *endpoint;
};

static void alone_on_link(void *ctx, struct redis_link *link, bool ready, struct slice reason)
{
	struct alone *a = ctx;

	(void)link;
	(void)reason;
	if (ready)
		redis_topology_serve(&a->net, NULL, redis_server_instance(a->server));
}

static void alone_send(struct redis_net *net, struct redis_call *call)
{
	redis_server_send(((struct alone *)net)->server, call);
}

static void alone_close(struct redis_net *net)
{
	struct alone *a = (struct alone *)net;

	redis_server_close(&a->server);
	free(a);
}

static const struct redis_endpoint *alone_endpoint(const struct redis_net *net, unsigned bucket)
{
	(void)bucket;
	return ((const struct alone *)net)->endpoint;
}

static const struct redis_topology alone_topology = {
	.send = alone_send,
	.close = alone_close,
	.endpoint = alone_endpoint,
	.spans = true,
};

int redis_alone_open(struct event_base *loop, const struct redis_net_settings *settings,
		     struct redis_net **out)
{
	struct alone *a = calloc(1, sizeof(*a));
	struct redis_link_settings link;
	int rc;

	if (a == NULL)
		return SG_ENOMEM;
	a->net.topology = &alone_topology;
	a->endpoint = &settings->url->endpoints[0];
	redis_topology_link(settings, &settings->url->endpoints[0], &link);
	link.changed = alone_on_link;
	link.ctx = a;
	if ((rc = redis_server_open(loop, &link, &a->server)) != 0)
		free(a);
	else
		*out = &a->net;
	return rc;
}
