/* server.h - one server of an application, as one worker knows it: its connections, whether it is down, and
 * whether somebody waits there unfairly. What upstream.c tells application.c.
 * Owner    the application. Thread: the worker's. */
#ifndef SG_SERVER_H
#define SG_SERVER_H

#include "gateway/upstream.h"

struct server {
	struct application *application;
	const struct address *address;
	unsigned index;
	unsigned connections; /* all that are open or opening */
	unsigned idle_count;
	/* both of struct upstream. idle: the one used last first, the others may grow old. fresh: never answered
	 * anything yet, the oldest request first; they may still lie in the listen queue, while a kept connection
	 * holds the process. */
	struct link *idle;
	struct queue fresh;
	int64_t down_until_ms; /* monotonic; refused lately: others first */
	int64_t full_until_ms; /* its listen queue was full */
};

/* The list must not be empty. */
static inline struct upstream *server_idle(const struct server *s)
{
	return CONTAINER_OF(s->idle, struct upstream, idle_link);
}

static inline struct upstream *server_oldest_fresh(const struct server *s)
{
	return CONTAINER_OF(s->fresh.first, struct upstream, fresh_link);
}

struct worker *application_worker(const struct application *a);
const struct config_application *application_settings(const struct application *a);
bool server_keeps_connections(const struct server *s);

/* An exchange begins on u: from here on its read timeout counts. */
void server_begins(struct upstream *u);
/* The exchange's connection could not be made; error is an errno. */
void server_connect_failed(struct upstream *u, int error);
/* END_REQUEST came; reusable: nothing speaks against another request on u. */
void server_ended(struct upstream *u, uint32_t app_status, uint8_t protocol_status, bool reusable);
/* The connection failed under its exchange. */
void server_failed(struct upstream *u, enum exchange_failure why);
/* A slot is free, or an idle connection went: look at the queue at the end of this turn. */
void server_changed(struct server *s);

#endif
