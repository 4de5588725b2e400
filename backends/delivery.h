/* delivery.h - answers that wait for the loop: operations of a store that does at once what it is asked (the memory
 * store's), and must not call back before the call has returned.
 * Owner    the struct is the store's; operations are its own, and lent until they have called back or are cancelled.
 *          result.session holds a reference, which goes with the callback, and so do page, roster, batch
 *          and headcount.
 * Thread   the loop's. */
#ifndef SG_DELIVERY_H
#define SG_DELIVERY_H

#include "backends/backend.h"
#include "backends/headcount.h"
#include "backends/journal.h"
#include "backends/page.h"
#include "backends/roster.h"

#include <sys/queue.h>

TAILQ_HEAD(op_list, store_op);

struct delivery;

struct store_op {
	TAILQ_ENTRY(store_op) link;
	struct op_list *list; /* where it is linked */
	struct delivery *delivery;
	store_done_fn *done;
	void *ctx;
	struct store_result result;
	/* what the result's lists are set from; on the heap, NULL: none */
	struct page *page;
	struct roster *roster;
	struct journal_batch *batch;
	struct headcount *headcount;
};

struct delivery {
	struct event *event;
	bool delivering;
	bool scheduled;       /* the event will come */
	struct op_list done;  /* wait for their callback */
	struct op_list round; /* have their callback now */
	struct op_list late;  /* have no result yet */
	struct op_list
		unused; /* as many as there ever were at a time: so the hot path allocates none */
};

/* d is zeroed. SG_ENOMEM. */
SG_MUST_CHECK int delivery_open(struct delivery *d, struct event_base *loop);
/* Nothing waits. */
void delivery_close(struct delivery *d);

/* Before anything is done, since what cannot be reported must not happen: NULL, no memory. The result is zeroed. */
struct store_op *delivery_begin(struct delivery *d, store_done_fn *done, void *ctx);
/* The result comes later, on this loop. */
void delivery_wait(struct store_op *op);
/* The result is there: the callback comes. The operation, for the caller's caller. */
struct store_op *delivery_finish(struct store_op *op);
void delivery_cancel(struct store_op **op);

#endif
