/* event_log.h - what happened to sessions, as lines of the log, and as news for the admin API. One worker reads it from the
 * store, when it tends and when somebody asks for news: what all of them do is told by one of them, and nobody else in the
 * process reads it. The same one brings the store what this process says of itself.
 *
 * A session's event without a user is a debug line, and so is each creation, since a rush of visitors is told by the
 * access log; late saves are not told here, since the request that made one tells it with its id.
 * Owner    the worker; zeroed, event_log_stop() before the store is closed.
 * Thread   the worker's; event_log_totals(): any. */
#ifndef SG_EVENT_LOG_H
#define SG_EVENT_LOG_H

#include "backends/backend.h"
#include "rest/outbox.h"

struct event_log {
	struct store *store;
	struct news *news;     /* NULL: nobody wants them */
	struct outbox *outbox; /* NULL: this process says nothing of itself */
	int64_t since_ms; /* what a shared store still has from before was logged by an earlier process */
	struct store_op *op;      /* NULL: not asking */
	struct store_op *telling; /* NULL: not telling */
	bool down;                /* the store did not answer the last time */
	uint64_t question;        /* of the news, which the answer to op answers */
	int64_t began_ms;         /* when op was begun, or the last one; monotonic */
	int64_t rested_ms;        /* when it had found all there was; monotonic */
	int64_t rest_ms;          /* so long after that nobody reads without being asked */
	struct event *asked;      /* by somebody who wants news; NULL: nobody can */
	struct event *soon;       /* he has been told so lately that he waits for a moment */
	char position[STORE_POSITION_BYTES];
	size_t position_bytes;
};

/* The rest is set, and was zeroed. SG_ENOMEM. */
SG_MUST_CHECK int event_log_open(struct event_log *l, struct event_base *loop);
/* All that is new, later; nothing if it is being read already. And what is in the outbox is told. */
void event_log_read(struct event_log *l);
/* The same, again and again, as often as the store likes it. */
void event_log_tend(struct event_log *l);
/* The store is not asked any more. */
void event_log_stop(struct event_log *l);

/* How often what happened, in one line. */
void event_log_totals(const struct event_counts *counts);

#endif
