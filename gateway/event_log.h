/* event_log.h - what happened to sessions, as lines of the log. One worker reads it from the store, when it tends:
 * what all of them do is told by one of them.
 *
 * A session's event without a user is a debug line, and so is each creation, since a rush of visitors is told by the
 * access log; late saves are not told here, since the request that made one tells it with its id.
 * Owner    the worker; zeroed, event_log_stop() before the store is closed.
 * Thread   the worker's; event_log_totals(): any. */
#ifndef SG_EVENT_LOG_H
#define SG_EVENT_LOG_H

#include "backends/backend.h"

struct event_log {
	struct store *store;
	struct store_op *op; /* NULL: not asking */
	char position[STORE_POSITION_BYTES];
	size_t position_bytes;
};

/* All that is new, later; nothing if it is being read already. */
void event_log_read(struct event_log *l);
/* The store is not asked any more. */
void event_log_stop(struct event_log *l);

/* How often what happened, in one line. */
void event_log_totals(const struct event_counts *counts);

#endif
