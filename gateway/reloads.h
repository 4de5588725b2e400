/* reloads.h - reloads that the admin API wants, on their way to the main thread: there one after the other is done, and
 * answered when all workers go by what came of it, so that whoever has the answer finds it so. Those that a signal
 * wants are told of as late.
 * Owner    the gateway: zero it, open, close.
 * Thread   the main one, but for reloads_ask() and the bell. */
#ifndef SG_RELOADS_H
#define SG_RELOADS_H

#include "rest/reload.h"

#include <event2/event.h>
#include <pthread.h>

typedef void reloads_fn(void *ctx, struct reload *reload);

struct reloads {
	bool open;
	pthread_mutex_t lock;
	struct queue asked; /* struct reload: nobody has looked at them */
	int bell; /* a doorbell; a worker rings it, too, when it goes by another configuration */
	struct event *rung;
	struct queue done; /* wait for the workers; the main thread's alone */
	reloads_fn *run, *answer;
	bool (*settled)(void *ctx, unsigned long generation); /* all workers go by it */
	void *ctx;
};

/* run: do it, and then reloads_done(); answer takes it over. SG_ENOMEM, SG_ESYSTEM: it is not open. */
SG_MUST_CHECK int reloads_open(struct reloads *r, struct event_base *loop);
/* One that is not open is fine; those that are not answered go. */
void reloads_close(struct reloads *r);

/* A reloader's (reload.h); ctx is the reloads. */
void reloads_ask(void *ctx, struct reload *reload);
/* Of run, and of who reloads by himself: it is answered when reload->generation is in force everywhere. */
void reloads_done(struct reloads *r, struct reload *reload);

#endif
