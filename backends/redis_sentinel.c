/* redis_sentinel.c - the master of a group that Sentinels watch over (redis_net.h).
 *
 * The Sentinels are asked at the start, every REST_MS, and every TROUBLED_MS from the moment on when the connection to
 * the master is lost or it refuses what a master does: it may be none any more. Whoever they name is connected to, and
 * has to say himself that he is a master: one that comes back after a failover would take writes that are lost when he
 * is told that he is none. */
#include "backends/redis_scout.h"
#include "backends/redis_server.h"
#include "backends/redis_topology.h"

#include "base/log.h"

#include <event2/event.h>
#include <stdlib.h>

enum { REST_MS = 1000, TROUBLED_MS = 250 };

enum { QUESTION_MASTER, QUESTION_SENTINELS };

struct sentinel {
	struct redis_net net;
	const struct redis_net_settings *settings;
	struct event_base *loop;
	struct redis_scout *scout;
	struct redis_endpoint master;
	struct redis_server *server; /* the master; NULL: nobody has named one yet */
	bool troubled;               /* since the Sentinels were asked last */
	struct queue waiting;        /* for the first to be named */
	struct event *timer;         /* until they are asked again */
	struct event *give_back;     /* what waits in vain */
};

static struct redis_call *call_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct redis_call, link);
}

static void sentinel_arm(struct sentinel *s)
{
	const int64_t ms = s->troubled ? TROUBLED_MS : REST_MS;
	const struct timeval after = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	event_add(s->timer, &after);
}

static void sentinel_worry(struct sentinel *s)
{
	s->troubled = true;
	redis_scout_ask(s->scout);
	sentinel_arm(s);
}

static void sentinel_on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct sentinel *s = ctx;

	(void)fd;
	(void)what;
	redis_scout_ask(s->scout);
	sentinel_arm(s);
}

/* --- the master --- */

static void sentinel_on_link(void *ctx, struct redis_link *link, bool ready, struct slice reason)
{
	struct sentinel *s = ctx;

	(void)reason;
	if (s->server == NULL || !redis_server_has(s->server, link))
		return;
	if (ready)
		redis_topology_serve(&s->net, NULL, redis_server_instance(s->server));
	else
		sentinel_worry(s);
}

/* No answer is kept from who asked: nothing was done, and he may want to do something else. */
static bool sentinel_on_error(void *ctx, struct redis_link *link, struct redis_call *call,
			      const struct redis_reply *error)
{
	static const struct slice signs[] = {
		{ "READONLY", 8 },
		{ "NOREPLICAS", 10 },
		{ "MASTERDOWN", 10 },
		{ "LOADING", 7 },
	};

	(void)link;
	(void)call;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (redis_reply_is_error(error, signs[i]))
			sentinel_worry(ctx);
	return false;
}

static void sentinel_send_waiting(struct sentinel *s)
{
	struct link *l;

	while ((l = s->waiting.first) != NULL) {
		queue_remove(&s->waiting, l);
		redis_server_send(s->server, call_of_link(l));
	}
}

/* Whoever is told by the old connection's end that his call was lost has the new one already. */
static const char *sentinel_follow(struct sentinel *s, const struct redis_endpoint *master)
{
	char text[REDIS_ENDPOINT_TEXT_BYTES];
	struct redis_link_settings settings;
	struct redis_server *old = s->server, *server;

	redis_topology_link(s->settings, master, &settings);
	settings.master = true;
	settings.changed = sentinel_on_link;
	settings.sift = sentinel_on_error;
	settings.ctx = s;
	if (redis_server_open(s->loop, &settings, &server) != 0)
		return "out of memory";
	log_info("", "redis: the master of %s is %s", s->settings->url->master,
		 redis_endpoint_text(master, text));
	s->master = *master;
	s->server = server;
	redis_server_close(&old);
	sentinel_send_waiting(s);
	return NULL;
}

static const char *sentinel_told_master(struct sentinel *s, const struct redis_reply *reply)
{
	struct redis_endpoint master;
	uint64_t port;

	if (redis_reply_type(reply, 0) != REDIS_ARRAY)
		return "it does not know the master that is asked for";
	if (!slice_number(redis_reply_text(reply, 2), UINT16_MAX, &port) ||
	    redis_endpoint_set(&master, redis_reply_text(reply, 1), port) != 0)
		return "what it says of the master cannot be read";
	s->troubled = s->server == NULL || !redis_server_ready(s->server);
	if (s->server != NULL && redis_endpoint_equal(&s->master, &master))
		return NULL;
	return sentinel_follow(s, &master);
}

/* --- the other Sentinels --- */

/* A Sentinel is a list of names and values; *item is its head, and then what follows it. */
static void sentinel_learn_one(struct sentinel *s, const struct redis_reply *reply, size_t *item)
{
	size_t end = redis_reply_after(reply, *item);
	struct redis_endpoint other;
	struct slice ip = { 0 };
	uint64_t port = 0;

	for (size_t i = *item + 1; i + 1 < end; i += 2) {
		if (slice_equal(redis_reply_text(reply, i), SLICE("ip")))
			ip = redis_reply_text(reply, i + 1);
		else if (slice_equal(redis_reply_text(reply, i), SLICE("port")) &&
			 !slice_number(redis_reply_text(reply, i + 1), UINT16_MAX, &port))
			port = 0;
	}
	*item = end;
	if (redis_endpoint_set(&other, ip, port) == 0)
		redis_scout_learn(s->scout, &other);
}

static const char *sentinel_told_others(struct sentinel *s, const struct redis_reply *reply)
{
	size_t end, item = 1;

	if (redis_reply_type(reply, 0) != REDIS_ARRAY)
		return "what it says of the other Sentinels cannot be read";
	end = redis_reply_after(reply, 0);
	redis_scout_forget(s->scout);
	while (item < end)
		sentinel_learn_one(s, reply, &item);
	return NULL;
}

static const char *sentinel_told(void *ctx, unsigned question, const struct redis_endpoint *from,
				 const struct redis_reply *reply)
{
	(void)from;
	return question == QUESTION_MASTER ? sentinel_told_master(ctx, reply)
					   : sentinel_told_others(ctx, reply);
}

/* --- while there is no master --- */

static void sentinel_on_give_back(evutil_socket_t fd, short what, void *ctx)
{
	struct sentinel *s = ctx;
	struct queue all;
	struct link *l;

	(void)fd;
	(void)what;
	/* who is told may ask again */
	queue_move(&s->waiting, &all);
	while ((l = all.first) != NULL) {
		queue_remove(&all, l);
		call_of_link(l)->answer(call_of_link(l), REDIS_UNSENT, NULL);
	}
}

static void sentinel_on_nobody(void *ctx)
{
	struct sentinel *s = ctx;

	event_active(s->give_back, EV_TIMEOUT, 0);
}

static void sentinel_send(struct redis_net *net, struct redis_call *call)
{
	struct sentinel *s = (struct sentinel *)net;

	if (s->server != NULL) {
		redis_server_send(s->server, call);
		return;
	}
	queue_append(&s->waiting, &call->link);
	if (redis_scout_is_lost(s->scout))
		event_active(s->give_back, EV_TIMEOUT, 0);
}

/* --- from outside --- */

static void sentinel_close(struct redis_net *net)
{
	struct sentinel *s = (struct sentinel *)net;
	struct redis_server *server = s->server;

	redis_scout_close(&s->scout);
	s->server = NULL;
	redis_server_close(&server);
	sentinel_on_give_back(-1, 0, s);
	if (s->timer != NULL)
		event_free(s->timer);
	if (s->give_back != NULL)
		event_free(s->give_back);
	free(s);
}

static const struct redis_endpoint *sentinel_endpoint(const struct redis_net *net, unsigned bucket)
{
	const struct sentinel *s = (const struct sentinel *)net;

	(void)bucket;
	return s->server != NULL ? &s->master : NULL;
}

static const struct redis_topology sentinel_topology = {
	.send = sentinel_send,
	.close = sentinel_close,
	.endpoint = sentinel_endpoint,
	.spans = true,
};

static int sentinel_open_scout(struct sentinel *s)
{
	const struct redis_url *url = s->settings->url;
	const struct slice master = slice_from(url->master);
	const struct redis_scout_settings settings = {
		.who = "Sentinel",
		.url = url,
		.credentials = &url->sentinel_credentials,
		.tls = s->settings->tls,
		.timeout_ms = s->settings->timeout_ms,
		.question_count = 2,
		.questions = {
			[QUESTION_MASTER].words = { SLICE("SENTINEL"), SLICE("get-master-addr-by-name"), master },
			[QUESTION_SENTINELS].words = { SLICE("SENTINEL"), SLICE("sentinels"), master },
		},
		.told = sentinel_told,
		.nobody = sentinel_on_nobody,
		.ctx = s,
	};

	return redis_scout_open(s->loop, &settings, &s->scout);
}

int redis_sentinel_open(struct event_base *loop, const struct redis_net_settings *settings,
			struct redis_net **out)
{
	struct sentinel *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return SG_ENOMEM;
	s->net.topology = &sentinel_topology;
	s->settings = settings;
	s->loop = loop;
	queue_init(&s->waiting);
	s->timer = event_new(loop, -1, 0, sentinel_on_time, s);
	s->give_back = event_new(loop, -1, 0, sentinel_on_give_back, s);
	rc = s->timer != NULL && s->give_back != NULL ? sentinel_open_scout(s) : SG_ENOMEM;
	if (rc != 0) {
		sentinel_close(&s->net);
		return rc;
	}
	sentinel_worry(s);
	*out = &s->net;
	return 0;
}
