/* redis_cluster.c - the nodes of a Redis Cluster, a connection to each that serves some of our buckets (redis_net.h).
 *
 * A bucket's keys are in one slot, so what is kept of the map of slots is which node each of the 256 buckets is at. The
 * map is asked for at the start, and anew when a node says that a bucket is elsewhere (MOVED), when one is lost or says
 * that the Cluster is down, and from then on every TROUBLED_MS until all who serve buckets are connected to. A bucket
 * that is on its way between two nodes is followed by ASK, call by call; TRYAGAIN means that one of its keys has gone
 * before the others, and is what it says. */
#include "backends/redis_keys.h"
#include "backends/redis_scout.h"
#include "backends/redis_server.h"
#include "backends/redis_slot.h"
#include "backends/redis_topology.h"

#include "base/clock.h"
#include "base/log.h"

#include <event2/event.h>
#include <stdlib.h>

enum {
	CLUSTER_NODES = 512,    /* more than serve buckets, with those that did a moment ago */
	CLUSTER_REDIRECTS = 16, /* of one call; then its error is its answer */
	CLUSTER_TROUBLED_MS = 250,
	CLUSTER_KEEP_MS =
		10000, /* a node that only redirections lead to: its slots are on their way */
	CLUSTER_AGAIN_MS =
		25, /* what is on its way between two nodes takes so long, or a few times that */
};

struct node {
	struct redis_endpoint endpoint;
	struct redis_server *server;
	bool serves;           /* a bucket, as the map says */
	int64_t redirected_ms; /* monotonic: when a call was redirected to it; 0: never */
};

struct cluster {
	struct redis_net net;
	const struct redis_net_settings *settings;
	struct event_base *loop;
	struct redis_scout *scout;
	uint16_t slots[REDIS_BUCKETS];       /* which each bucket is in */
	struct node *buckets[REDIS_BUCKETS]; /* NULL: nobody serves it, or nobody knows */
	struct node *nodes[CLUSTER_NODES];
	size_t node_count;
	bool mapped;          /* there is a map, be it an old one */
	struct queue waiting; /* for the first map */
	struct queue again;   /* until the timer */
	struct event *timer, *ask_later, *give_back;
};

static struct redis_call *call_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct redis_call, link);
}

static void cluster_arm(struct event *event, int64_t ms)
{
	const struct timeval after = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (!event_pending(event, EV_TIMEOUT, NULL))
		event_add(event, &after);
}

/* --- nodes --- */

static bool cluster_on_error(void *ctx, struct redis_link *link, struct redis_call *call,
			     const struct redis_reply *error);

/* Ask now, and again until all is well. */
static void cluster_worry(struct cluster *c)
{
	redis_scout_ask(c->scout);
	cluster_arm(c->ask_later, CLUSTER_TROUBLED_MS);
}

static void cluster_serve(struct cluster *c, const struct node *node)
{
	bool buckets[REDIS_BUCKETS];

	for (unsigned bucket = 0; bucket < REDIS_BUCKETS; bucket++)
		buckets[bucket] = c->buckets[bucket] == node;
	redis_topology_serve(&c->net, buckets, redis_server_instance(node->server));
}

static struct node *cluster_node_of(const struct cluster *c, const struct redis_link *link)
{
	for (size_t i = 0; i < c->node_count; i++)
		if (redis_server_has(c->nodes[i]->server, link))
			return c->nodes[i];
	return NULL;
}

static void cluster_on_link(void *ctx, struct redis_link *link, bool ready, struct slice reason)
{
	struct cluster *c = ctx;
	const struct node *node = cluster_node_of(c, link);

	(void)reason;
	if (!ready)
		cluster_worry(c);
	else if (node != NULL)
		cluster_serve(c, node);
}

static int cluster_connect(struct cluster *c, struct node *node)
{
	struct redis_link_settings settings;

	redis_topology_link(c->settings, &node->endpoint, &settings);
	settings.changed = cluster_on_link;
	settings.sift = cluster_on_error;
	settings.ctx = c;
	return redis_server_open(c->loop, &settings, &node->server);
}

/* The node at an endpoint, connected to if that is news. NULL: there is no memory, or there are too many. */
static struct node *cluster_node(struct cluster *c, const struct redis_endpoint *endpoint)
{
	struct node *node;

	for (size_t i = 0; i < c->node_count; i++)
		if (redis_endpoint_equal(&c->nodes[i]->endpoint, endpoint))
			return c->nodes[i];
	if (c->node_count == CLUSTER_NODES || (node = calloc(1, sizeof(*node))) == NULL)
		return NULL;
	node->endpoint = *endpoint;
	if (cluster_connect(c, node) != 0) {
		free(node);
		return NULL;
	}
	c->nodes[c->node_count++] = node;
	return node;
}

static bool node_is_of_use(const struct node *node, int64_t now_ms)
{
	return node->serves ||
	       (node->redirected_ms != 0 && now_ms - node->redirected_ms < CLUSTER_KEEP_MS);
}

/* Those that serve nothing any more. Whoever is told by that asks the others: they are taken off the list first. */
static void cluster_leave(struct cluster *c, int64_t now_ms)
{
	struct node *left[CLUSTER_NODES];
	size_t kept = 0, count = 0;

	for (size_t i = 0; i < c->node_count; i++)
		if (node_is_of_use(c->nodes[i], now_ms))
			c->nodes[kept++] = c->nodes[i];
		else
			left[count++] = c->nodes[i];
	c->node_count = kept;
	while (count > 0) {
		redis_server_close(&left[--count]->server);
		free(left[count]);
	}
}

/* --- the map --- */

/* Servers say "" or nothing for the host that they were asked at, and "?" for one that nobody knows. */
static int cluster_read_server(const struct redis_reply *reply, size_t item,
			       const struct redis_endpoint *from, struct redis_endpoint *out)
{
	struct slice host = redis_reply_text(reply, item + 1);
	int64_t port = redis_reply_number(reply, item + 2);

	if (redis_reply_type(reply, item) != REDIS_ARRAY || port < 0)
		return SG_EFORMAT;
	return redis_endpoint_set(out, host.len > 0 ? host : slice_from(from->host),
				  (uint64_t)port);
}

static void cluster_assign(struct cluster *c, int64_t first, int64_t last,
			   const struct redis_endpoint *server)
{
	for (unsigned bucket = 0; bucket < REDIS_BUCKETS; bucket++) {
		struct node *node;

		if (c->slots[bucket] < first || c->slots[bucket] > last)
			continue;
		node = cluster_node(c, server);
		c->buckets[bucket] = node;
		if (node != NULL)
			node->serves = true;
	}
}

/* [first slot, last slot, master, replica…]; the replicas can be asked about the map, too. */
static void cluster_read_range(struct cluster *c, const struct redis_reply *reply, size_t range,
			       const struct redis_endpoint *from)
{
	size_t end = redis_reply_after(reply, range), item = range + 3;
	struct redis_endpoint server;

	if (item < end && cluster_read_server(reply, item, from, &server) == 0)
		cluster_assign(c, redis_reply_number(reply, range + 1),
			       redis_reply_number(reply, range + 2), &server);
	for (; item < end; item = redis_reply_after(reply, item))
		if (cluster_read_server(reply, item, from, &server) == 0)
			redis_scout_learn(c->scout, &server);
}

static void cluster_read_map(struct cluster *c, const struct redis_reply *reply,
			     const struct redis_endpoint *from)
{
	size_t end = redis_reply_after(reply, 0);

	for (size_t i = 0; i < c->node_count; i++)
		c->nodes[i]->serves = false;
	memset(c->buckets, 0, sizeof(c->buckets));
	redis_scout_forget(c->scout);
	for (size_t range = 1; range < end; range = redis_reply_after(reply, range))
		cluster_read_range(c, reply, range, from);
}

static bool cluster_is_served(const struct cluster *c)
{
	for (unsigned bucket = 0; bucket < REDIS_BUCKETS; bucket++)
		if (c->buckets[bucket] == NULL || !redis_server_ready(c->buckets[bucket]->server))
			return false;
	return true;
}

static void cluster_send_waiting(struct cluster *c);

static const char *cluster_told(void *ctx, unsigned question, const struct redis_endpoint *from,
				const struct redis_reply *reply)
{
	struct cluster *c = ctx;

	(void)question;
	if (redis_reply_type(reply, 0) != REDIS_ARRAY || redis_reply_after(reply, 0) == 1)
		return "it knows of no slots; is it a Cluster?";
	cluster_read_map(c, reply, from);
	c->mapped = true;
	for (size_t i = 0; i < c->node_count; i++)
		cluster_serve(c, c->nodes[i]);
	cluster_leave(c, clock_mono_ms());
	cluster_send_waiting(c);
	if (!cluster_is_served(c))
		cluster_arm(c->ask_later, CLUSTER_TROUBLED_MS);
	return NULL;
}

static void cluster_on_ask_later(evutil_socket_t fd, short what, void *ctx)
{
	struct cluster *c = ctx;

	(void)fd;
	(void)what;
	if (!cluster_is_served(c))
		cluster_worry(c);
}

/* --- calls --- */

static void cluster_give_back(struct cluster *c, struct redis_call *call)
{
	queue_append(&c->waiting, &call->link);
	event_active(c->give_back, EV_TIMEOUT, 0);
}

static void cluster_send(struct redis_net *net, struct redis_call *call)
{
	struct cluster *c = (struct cluster *)net;
	struct node *node = c->buckets[call->bucket];

	if (node != NULL) {
		redis_server_send(node->server, call);
	} else if (!c->mapped && !redis_scout_is_lost(c->scout)) {
		queue_append(&c->waiting, &call->link);
	} else {
		cluster_worry(c);
		cluster_give_back(c, call);
	}
}

/* Those that are in q now, to be sent or to be told that they were not: who is told may make new ones. */
static void cluster_empty(struct cluster *c, struct queue *q, bool send)
{
	struct queue all;
	struct link *l;

	queue_move(q, &all);
	while ((l = all.first) != NULL) {
		queue_remove(&all, l);
		if (send)
			cluster_send(&c->net, call_of_link(l));
		else
			call_of_link(l)->answer(call_of_link(l), REDIS_UNSENT, NULL);
	}
}

static void cluster_send_waiting(struct cluster *c)
{
	cluster_empty(c, &c->waiting, true);
}

static void cluster_on_give_back(evutil_socket_t fd, short what, void *ctx)
{
	struct cluster *c = ctx;

	(void)fd;
	(void)what;
	cluster_empty(c, &c->waiting, false);
}

static void cluster_on_nobody(void *ctx)
{
	struct cluster *c = ctx;

	event_active(c->give_back, EV_TIMEOUT, 0);
}

static void cluster_on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct cluster *c = ctx;

	(void)fd;
	(void)what;
	cluster_empty(c, &c->again, true);
}

/* --- what nodes say of each other --- */

static bool cluster_redirect(struct cluster *c, struct redis_call *call,
			     const struct redis_redirect *redirect)
{
	struct node *node = cluster_node(c, &redirect->to);

	if (node == NULL || redirect->slot != c->slots[call->bucket])
		return false;
	node->redirected_ms = clock_mono_ms();
	if (redirect->ask) {
		call->asking = true;
	} else {
		/* the map may have more to say, also on others */
		c->buckets[call->bucket] = node;
		node->serves = true;
		cluster_serve(c, node);
		redis_scout_ask(c->scout);
	}
	redis_server_send(node->server, call);
	return true;
}

/* Half of its keys have gone before it, a new session's among those that are at neither node: until all are there, or
 * whoever waits has gone. */
static bool cluster_try_again(struct cluster *c, struct redis_call *call)
{
	int64_t now_ms = clock_mono_ms();

	if (call->again_until_ms == 0)
		call->again_until_ms = now_ms + c->settings->timeout_ms;
	if (now_ms >= call->again_until_ms)
		return false;
	call->redirected = 0; /* of the next try */
	queue_append(&c->again, &call->link);
	cluster_arm(c->timer, CLUSTER_AGAIN_MS);
	return true;
}

static bool cluster_on_error(void *ctx, struct redis_link *link, struct redis_call *call,
			     const struct redis_reply *error)
{
	struct cluster *c = ctx;
	const struct node *from = cluster_node_of(c, link);
	struct redis_redirect redirect;

	if (redis_reply_is_error(error, SLICE("CLUSTERDOWN")) ||
	    redis_reply_is_error(error, SLICE("LOADING")) ||
	    redis_reply_is_error(error, SLICE("MASTERDOWN")))
		cluster_worry(c);
	if (from == NULL)
		return false;
	if (redis_reply_is_error(error, SLICE("TRYAGAIN")))
		return cluster_try_again(c, call);
	if (call->redirected >= CLUSTER_REDIRECTS)
		return false;
	call->redirected++;
	return redis_redirect_read(redis_reply_text(error, 0), &from->endpoint, &redirect) == 0 &&
	       cluster_redirect(c, call, &redirect);
}

/* --- from outside --- */

static void cluster_close(struct redis_net *net)
{
	struct cluster *c = (struct cluster *)net;

	memset(c->buckets, 0, sizeof(c->buckets));
	for (size_t i = 0; i < c->node_count; i++) {
		c->nodes[i]->serves = false;
		c->nodes[i]->redirected_ms = 0;
	}
	cluster_leave(c, clock_mono_ms());
	redis_scout_close(&c->scout);
	cluster_empty(c, &c->again, false);
	cluster_empty(c, &c->waiting, false);
	if (c->timer != NULL)
		event_free(c->timer);
	if (c->ask_later != NULL)
		event_free(c->ask_later);
	if (c->give_back != NULL)
		event_free(c->give_back);
	free(c);
}

static const struct redis_endpoint *cluster_endpoint(const struct redis_net *net, unsigned bucket)
{
	const struct node *node = ((const struct cluster *)net)->buckets[bucket];

	return node != NULL ? &node->endpoint : NULL;
}

static const struct redis_topology cluster_topology = {
	.send = cluster_send,
	.close = cluster_close,
	.endpoint = cluster_endpoint,
	.spans = false,
};

static int cluster_open_scout(struct cluster *c)
{
	const struct redis_scout_settings settings = {
		.who = "node of the Cluster",
		.url = c->settings->url,
		.credentials = &c->settings->url->credentials,
		.tls = c->settings->tls,
		.timeout_ms = c->settings->timeout_ms,
		.question_count = 1,
		.questions = { { .words = { SLICE("CLUSTER"), SLICE("SLOTS") } } },
		.told = cluster_told,
		.nobody = cluster_on_nobody,
		.ctx = c,
	};

	return redis_scout_open(c->loop, &settings, &c->scout);
}

static void cluster_find_slots(struct cluster *c)
{
	for (unsigned bucket = 0; bucket < REDIS_BUCKETS; bucket++) {
		char tag[REDIS_KEYS_TAG_BYTES];

		redis_keys_tag(bucket, tag);
		c->slots[bucket] = (uint16_t)redis_slot_of(slice_of(tag, sizeof(tag)));
	}
}

int redis_cluster_open(struct event_base *loop, const struct redis_net_settings *settings,
		       struct redis_net **out)
{
	struct cluster *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return SG_ENOMEM;
	c->net.topology = &cluster_topology;
	c->settings = settings;
	c->loop = loop;
	queue_init(&c->waiting);
	queue_init(&c->again);
	cluster_find_slots(c);
	c->timer = event_new(loop, -1, 0, cluster_on_time, c);
	c->ask_later = event_new(loop, -1, 0, cluster_on_ask_later, c);
	c->give_back = event_new(loop, -1, 0, cluster_on_give_back, c);
	rc = c->timer != NULL && c->ask_later != NULL && c->give_back != NULL
		     ? cluster_open_scout(c)
		     : SG_ENOMEM;
	if (rc != 0) {
		cluster_close(&c->net);
		return rc;
	}
	cluster_worry(c);
	*out = &c->net;
	return 0;
}
