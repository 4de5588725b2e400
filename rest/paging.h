/* paging.h - lists, a page at a time: what a caller says of it, and what he is told.
 * Borrow   the call's arena. Thread: the admin API's. */
#ifndef SG_PAGING_H
#define SG_PAGING_H

#include "rest/call.h"

enum { PAGING_STANDARD = 50, PAGING_MOST = 500 };

struct paging {
	size_t limit;
	struct slice cursor; /* the store's; empty: the first page */
	struct slice bound;  /* what a cursor is good for: the list, its order, its filter */
};

/* limit and cursor of the URL. False: refused. */
bool paging_read(struct paging *p, struct call *c, struct slice bound);
/* The member "page", and the Link fields. next: the store's cursor, empty at the end; total -1: not told. */
bool paging_add(const struct paging *p, struct call *c, cJSON *object, struct slice next,
		int64_t total, bool exact);

#endif
