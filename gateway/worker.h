/* worker.h - one thread with its own loop, front connections, application pools and store handle.
 * Nothing here is shared but the tally, the configuration (immutable) and what the store locks for itself.
 * Thread   the worker's own, where not said. */
#ifndef SG_WORKER_H
#define SG_WORKER_H

#include "backends/backend.h"
#include "gateway/complaint.h"
#include "gateway/config.h"
#include "gateway/deadline.h"
#include "gateway/decisions.h"
#include "gateway/event_log.h"
#include "gateway/generation.h"
#include "gateway/listener.h"
#include "gateway/meter.h"
#include "gateway/session_note.h"
#include "gateway/session_socket.h"
#include "gateway/strangers.h"
#include "gateway/tally.h"
#include "gateway/ticket.h"
#include "gateway/turn.h"

enum { WORKER_SCRATCH_BYTES = 65536 };

struct front;
struct observer;
struct session_api;
struct worker_mail;

struct worker {
	unsigned index, count; /* which of how many; a reload does not change that */
	struct event_base *loop;
	struct deadlines deadlines;
	struct turn turn;
	struct store *store;
	struct generation *generation; /* what new requests begin with */
	struct link *doors;            /* struct door: where applications listen */
	struct tally *tally;
	struct meter *meter;
	struct decisions *decisions; /* NULL: nobody can ask for them */
	struct observer *observer;
	struct listener *listeners;
	size_t listener_count;
	struct link *fronts;         /* struct front: all of them */
	struct queue idle_fronts;    /* those without a request, the longest idle first */
	struct queue stalled_fronts; /* those that take nothing, the longest first */
	unsigned requests;           /* in flight here */
	bool draining;               /* no new requests */
	bool shared; /* other gateways have our sessions: what we refuse they serve */
	struct complaint_second complaints;
	struct strangers *strangers; /* NULL until one comes */
	struct tickets tickets;
	struct link *session_calls;      /* struct session_call: all that are not over */
	struct session_api *session_api; /* NULL: no application has needed it so far */
	struct session_notes session_notes;
	const struct session_socket
		*session_socket;   /* NULL: no application has needed one so far */
	struct event_log events;   /* read by the first worker alone */
	struct event *sweep;       /* ends sessions whose time has come */
	struct store_op *sweeping; /* while it does */
	struct event *tend;        /* hands log lines on, looks after memory */
	struct worker_mail *mail;  /* from the main thread */
	char scratch
		[WORKER_SCRATCH_BYTES]; /* what was read last, on whatever connection; borrowed for
						 * the length of a callback */
};

/* What the main thread gives a new worker; borrowed. */
struct worker_start {
	unsigned index;
	const struct config *config;
	struct backend *backend;
	struct tally *tally;
	struct meter *meter;         /* this worker's alone; until nobody reads it any more */
	struct decisions *decisions; /* the same; or NULL */
	struct observer *observer;
	const int *listeners; /* fds, beside config->listen; the worker does not close them */
	const struct session_socket *session_socket; /* NULL: none; until the worker has ended */
	struct news
		*news; /* what it hears of what happened to sessions; NULL: nobody wants to know */
	struct outbox *
		outbox; /* with it, what the process says of itself; NULL: another worker tells it */
	int ended;      /* a doorbell, rung when the thread has ended, */
	int reloaded;   /* and this one when it goes by another configuration */
};

/* Main thread: open, start its thread. SG_ENOMEM, SG_ESYSTEM. */
SG_MUST_CHECK int worker_open(const struct worker_start *start, struct worker **out);
/* Main thread: use this configuration for new requests (the worker takes a reference of its own), and this socket. */
void worker_reload(struct worker *w, const struct config *config, unsigned long generation,
		   const struct session_socket *socket);
/* Any thread: the last one that it was given and has looked at, from 1 on. */
unsigned long worker_generation(const struct worker *w);
/* Main thread: no new requests; the thread ends when the running ones have, or after grace_ms. */
void worker_drain(struct worker *w, int64_t grace_ms);
/* Main thread: end now. */
void worker_stop(struct worker *w);
/* Main thread: wait for the thread's end, free. */
void worker_join(struct worker **w);

/* A request has ended: when draining, that may have been the last. */
void worker_request_ended(struct worker *w);

#endif
