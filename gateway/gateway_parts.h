/* gateway_parts.h - what the files of the process share: all that it consists of.
 * Owner    gateway.c, which makes and ends the parts; gateway_reload.c replaces config, and tells it to the others.
 * Thread   the main one, but for the parts that are handed to threads as their headers say. */
#ifndef SG_GATEWAY_PARTS_H
#define SG_GATEWAY_PARTS_H

#include "gateway/meters.h"
#include "gateway/observe_socket.h"
#include "gateway/observer.h"
#include "gateway/reloads.h"
#include "gateway/session_socket.h"
#include "gateway/trim.h"
#include "gateway/worker.h"
#include "rest/admin.h"

enum { GATEWAY_SIGNALS = 5 };

struct gateway {
	const struct config_arguments *arguments;
	const struct config *config; /* the newest; a reference */
	unsigned long generation;    /* its number: 1 at the start */
	const struct config
		*started; /* the one whose listeners, workers and store we have; a reference */
	struct backend *backend;
	struct tally tally;
	struct meters meters;
	struct decisions_set decisions; /* beside admin */
	int *listeners;                 /* fds, beside started->listen */
	struct session_sockets session_sockets;
	struct observer *observer;
	struct observe_socket observe_socket;
	int *admin_listeners;    /* beside started->admin.listen */
	struct admin *admin;     /* NULL: nobody asked for one */
	struct news *news;       /* beside it */
	struct outbox *outbox;   /* and what becomes news at other gateways, too */
	struct worker **workers; /* beside started->workers */
	struct reloads reloads;
	struct event_base *loop; /* of signals, and reloads */
	struct event *signals[GATEWAY_SIGNALS];
	int ended; /* the doorbell that each worker rings when it has ended */
	struct event *on_ended;
	uint64_t ended_count;
	struct trim trim;
	bool draining;
	bool finishing;        /* only the admin API has not ended */
	int64_t grace_over_ms; /* monotonic; while draining */
	bool hidden; /* nobody new finds our sockets; what is there now may be another process's */
};

#endif
