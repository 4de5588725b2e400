/* redis_net.h - a store's way to the servers of Redis, whatever stands there: one, the master that Sentinels name, the
 * nodes of a Cluster. A call says which bucket its keys are in, and the net knows who serves that; what servers say of
 * each other (MOVED, ASK, READONLY) stays in here.
 * Owner    who opened it; redis_net_close() gives back each call that is lent.
 * Thread   the loop's. */
#ifndef SG_REDIS_NET_H
#define SG_REDIS_NET_H

#include "backends/redis_keys.h"
#include "backends/redis_link.h"

struct redis_net;

/* What all stores of a backend share; borrowed while a net is open. */
struct redis_net_settings {
	const struct redis_url *url;
	const struct tls *tls; /* NULL: plain */
	struct slice namespace;
	int64_t timeout_ms;
	unsigned confirm_replicas; /* calls with .confirm wait for so many */
};

/* Waits for nothing. SG_ENOMEM. */
SG_MUST_CHECK int redis_net_open(struct event_base *loop, const struct redis_net_settings *settings,
				 struct redis_net **out);
/* *net may be NULL, becomes NULL. */
void redis_net_close(struct redis_net **net);

/* Lent until its answer, which comes once. A server's error is an answer too, unless the net can do something about it. */
void redis_net_send(struct redis_net *net, struct redis_call *call);

/* May one command name keys of several buckets? Not on a Cluster. */
bool redis_net_spans(const struct redis_net *net);

/* Which process of Redis the bucket is with, or was last: as redis_link_instance(). 0: none yet. */
uint64_t redis_net_instance(const struct redis_net *net, unsigned bucket);

/* Where the bucket is, as far as is known. Borrowed for the turn; NULL: nowhere. */
const struct redis_endpoint *redis_net_endpoint(const struct redis_net *net, unsigned bucket);

/* What is sent from inside goes before all other calls on these buckets but those that replicas confirm. */
typedef void redis_moved_fn(void *ctx, const bool buckets[REDIS_BUCKETS]);
struct redis_net_watcher {
	redis_moved_fn *served; /* they are with a process that they were not with */
	redis_moved_fn
		*renewed; /* and were with another one before: it may not know the last writes */
	void *ctx;
};
/* The only one to be told. */
void redis_net_watch(struct redis_net *net, const struct redis_net_watcher *watcher);

#endif
