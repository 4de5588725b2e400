/* pool.h - the inside of an application, for application.c (the queue), exchange.c (who waits in
 * it) and server.c (whom they wait for), and nobody else. */
#ifndef SG_POOL_H
#define SG_POOL_H

#include "gateway/application.h"
#include "gateway/server.h"

struct application {
	unsigned references;
	struct worker *worker;
	const struct config *config; /* keeps settings alive */
	const struct config_application *settings;
	struct remark *remark;           /* of its name; for ever */
	struct meter_application *meter; /* the same, the worker's */
	unsigned max_connections;        /* per server, this worker's share */
	unsigned max_idle;
	struct server *servers;
	size_t server_count;
	bool reads_php;                      /* its adapter says so: see application.h */
	struct plain_folders *plain_folders; /* that its adapter has told of; NULL: none */
	size_t next_server;                  /* round robin, and who is first among equals */
	struct queue queue;
	unsigned queued;
	struct chore dispatch;
	struct deadline retry;    /* servers whose listen queue was full */
	struct deadline fairness; /* while a fresh connection waits and another is kept */
};

enum { APPLICATION_FAIR_MS = 50 }; /* waiting longer than this behind a kept connection is unfair */

/* The queue, or what it waits for, has changed: look at it at the end of this turn. */
void application_look(struct application *a);
/* A connection is busy: look after fairness until none is fresh any more. Needed only where
 * connections are kept. */
void application_watch_fairness(struct application *a);

struct exchange *exchange_of_link(struct link *l);
/* Into the queue, before those that have waited less. */
void exchange_enqueue_first(struct exchange *e);
/* Out of it, if it is there. */
void exchange_unlink(struct exchange *e);
/* Its connection is being made: its deadline is that of connecting. */
void exchange_connects(struct exchange *e);
/* Its request goes out: its deadline is the read timeout. */
void exchange_begins(struct exchange *e);
/* Back to the queue, for another connection. */
void exchange_again(struct exchange *e);
/* Over: nothing here knows it any more. The second tells its owner. */
void exchange_leave(struct exchange *e);
void exchange_fail(struct exchange *e, enum exchange_failure why);

#endif
