/* gather.h - all sessions that a filter matches, one after another, a page of the store's at a time.
 * Owner    the call, in its arena. Borrow: the filter and the ids, until done.
 * Thread   the admin API's. */
#ifndef SG_GATHER_H
#define SG_GATHER_H

#include "rest/call.h"
#include "session/filter.h"

struct gather;

struct gather {
	struct call *call;
	const struct filter *filter;
	const struct slice *except; /* ids of those that are left out */
	size_t except_count;
	size_t most;      /* after so many it ends */
	int64_t until_ms; /* and then, monotonic, whatever is left; 0: when all are there */
	/* Called for each; the record is borrowed for the call. Not 0: SG_ENOMEM, which refuses the call. */
	int (*visit)(struct gather *g, const struct session *s);
	call_fn *done; /* when all have been visited, or as many as that, or the time is over */

	size_t count; /* visited so far */
	bool more;    /* there may be others that were not */
	char cursor[STORE_CURSOR_BYTES];
	size_t cursor_bytes;
};

/* All above the blank line is filled in, the rest is zero. Refuses the call when the store fails. */
void gather_start(struct gather *g);

#endif
