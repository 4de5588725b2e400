/* redis_net.c - see redis_net.h: finds the deployment that the URL speaks of. */
#include "backends/redis_net.h"

#include "backends/redis_topology.h"

void redis_topology_link(const struct redis_net_settings *settings,
			 const struct redis_endpoint *server, struct redis_link_settings *out)
{
	*out = (struct redis_link_settings){
		.endpoint = *server,
		.credentials = &settings->url->credentials,
		.tls = settings->tls,
		.database = settings->url->database,
		.timeout_ms = settings->timeout_ms,
		.scripts = true,
		.confirm_replicas = settings->confirm_replicas,
	};
}

void redis_topology_serve(struct redis_net *net, const bool *buckets, uint64_t instance)
{
	bool served[REDIS_BUCKETS] = { false }, renewed[REDIS_BUCKETS] = { false };
	bool any_served = false, any_renewed = false;

	for (unsigned i = 0; i < REDIS_BUCKETS && instance != 0; i++) {
		if ((buckets != NULL && !buckets[i]) || net->instances[i] == instance)
			continue;
		any_served = served[i] = true;
		any_renewed |= renewed[i] = net->instances[i] != 0;
		net->instances[i] = instance;
	}
	if (net->watcher.served == NULL)
		return;
	if (any_served)
		net->watcher.served(net->watcher.ctx, served);
	if (any_renewed)
		net->watcher.renewed(net->watcher.ctx, renewed);
}

uint64_t redis_net_instance(const struct redis_net *net, unsigned bucket)
{
	return net->instances[bucket];
}

const struct redis_endpoint *redis_net_endpoint(const struct redis_net *net, unsigned bucket)
{
	return net->topology->endpoint(net, bucket);
}

void redis_net_watch(struct redis_net *net, const struct redis_net_watcher *watcher)
{
	net->watcher = *watcher;
}

int redis_net_open(struct event_base *loop, const struct redis_net_settings *settings,
		   struct redis_net **out)
{
	switch (settings->url->deployment) {
	case REDIS_SENTINEL:
		return redis_sentinel_open(loop, settings, out);
	case REDIS_CLUSTER:
		return redis_cluster_open(loop, settings, out);
	default:
		return redis_alone_open(loop, settings, out);
	}
}

void redis_net_close(struct redis_net **net)
{
	struct redis_net *n = *net;

	*net = NULL;
	if (n != NULL)
		n->topology->close(n);
}

void redis_net_send(struct redis_net *net, struct redis_call *call)
{
	net->topology->send(net, call);
}

bool redis_net_spans(const struct redis_net *net)
{
	return net->topology->spans;
}
