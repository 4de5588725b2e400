/* server.h - one server of an application, as one worker knows it: its connections, whether it is down, and
 * whether somebody waits there unfairly.
 * Owner    the application. Thread: the worker's. */
#ifndef SG_SERVER_H
#define SG_SERVER_H

#include "gateway/door.h"
#include "gateway/upstream.h"

struct server {
	struct application *application;
	struct worker *worker;
	const struct address *address;
	unsigned index;
	unsigned connections; /* all that are open or opening */
	unsigned idle_count;
	struct link *idle; /* struct upstream: the one used last first, the others may grow old */
	struct door *door;
	struct link door_link; /* of the door's */
	int64_t down_until_ms; /* monotonic; until then others first; 0: it took the last connection */
	int64_t full_until_ms; /* its listen queue was full, or we had no descriptor */
	int64_t complained_ms; /* of the latter */
	bool restless; /* has ended a kept connection by itself, or spoken on one unasked: another may do so
			* as we write */
};

/* The list must not be empty. */
static inline struct upstream *server_idle(const struct server *s)
{
	return CONTAINER_OF(s->idle, struct upstream, idle_link);
}

/* Of whatever pool. There must be one. */
static inline struct upstream *server_oldest_fresh(const struct server *s)
{
	return CONTAINER_OF(s->door->fresh.first, struct upstream, fresh_link);
}

/* May a connection to it be kept at all? What BEGIN asks for. */
bool server_keeps_connections(const struct server *s);
/* Does it read all that it was sent, record by record, if after its answer? PHP does. */
bool server_reads_all(const struct server *s);
/* An idle connection that e may go out on; NULL for a fresh one. A server that is known to end
 * kept ones, as PHP does at pm.max_requests, gets only what can be repeated on them. */
struct upstream *server_idle_for(const struct server *s, const struct exchange *e);
/* For how long may an idle one be kept? */
int64_t server_idle_timeout_ms(const struct server *s);

/* --- what application.c asks --- */

/* Begin with the index-th of the application's settings; the struct is zeroed. SG_ENOMEM. */
SG_MUST_CHECK int server_open(struct server *s, struct application *a, unsigned index);
/* Its idle connections go with it, others it must not have. Also a half-open one. */
void server_close(struct server *s);

/* Is it up, as far as is known, and has it not refused e? It may be busy. */
bool server_serves(const struct server *s, const struct exchange *e, int64_t now_ms);
/* How good a choice is it for e? The lower, the better; negative: not now. */
int64_t server_rank(const struct server *s, const struct exchange *e, int64_t now_ms);
/* Make a new connection for e, which leaves the queue if that is OPENED. */
enum upstream_opened server_connect(struct server *s, struct exchange *e);
/* Has somebody waited on a fresh connection for longer than is fair while others are kept? */
bool server_waits_unfairly(struct server *s, int64_t now_ms);

/* --- what upstream.c tells --- */

/* An exchange begins on u: from here on its read timeout counts. */
void server_begins(struct upstream *u);
/* The exchange's connection could not be made; error is an errno. */
void server_connect_failed(struct upstream *u, int error);
/* What we had sent came back: it is no application. */
void server_echoed(struct upstream *u);
/* END_REQUEST came; reusable: nothing speaks against another request on u. */
void server_ended(struct upstream *u, uint32_t app_status, uint8_t protocol_status, bool reusable);
/* The connection failed under its exchange. */
void server_failed(struct upstream *u, enum exchange_failure why);
/* The application has ended a connection that we kept. */
void server_left(struct server *s);
/* A slot is free, or an idle connection went: look at the queue at the end of this turn. */
void server_changed(struct server *s);

#endif
