/* redis_topology.h - what each deployment of Redis gives to redis_net.c, which knows them by their URL.
 * Thread   the loop's. */
#ifndef SG_REDIS_TOPOLOGY_H
#define SG_REDIS_TOPOLOGY_H

#include "backends/redis_net.h"

struct redis_topology {
	/* As redis_net_send() and redis_net_close(). */
	void (*send)(struct redis_net *net, struct redis_call *call);
	void (*close)(struct redis_net *net);
	/* As redis_net_endpoint(). */
	const struct redis_endpoint *(*endpoint)(const struct redis_net *net, unsigned bucket);
	bool spans; /* one command may name keys of several buckets */
};

/* The first member of every deployment's own struct. */
struct redis_net {
	const struct redis_topology *topology;
	struct redis_net_watcher watcher; /* zeroed: nobody is told */
	uint64_t instances
		[REDIS_BUCKETS]; /* that bucket was with last; 0: nobody has served it yet */
};

/* These buckets (NULL: all of them) are with this instance; 0: that is not there yet, and will be told when it is. */
void redis_topology_serve(struct redis_net *net, const bool *buckets, uint64_t instance);

/* As redis_net_open(), for url->deployment. */
SG_MUST_CHECK int redis_alone_open(struct event_base *loop,
				   const struct redis_net_settings *settings,
				   struct redis_net **out);
SG_MUST_CHECK int redis_sentinel_open(struct event_base *loop,
				      const struct redis_net_settings *settings,
				      struct redis_net **out);
SG_MUST_CHECK int redis_cluster_open(struct event_base *loop,
				     const struct redis_net_settings *settings,
				     struct redis_net **out);

/* A connection that is used for calls, to this server. */
void redis_topology_link(const struct redis_net_settings *settings,
			 const struct redis_endpoint *server, struct redis_link_settings *out);

#endif
