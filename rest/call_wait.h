/* call_wait.h - what a call waits for that cannot be answered at once: the store, or the news; and for how long. Who waits is
 * listed with the desk, whose desk_tick() and desk_hear() are here.
 * Thread   the admin API's. */
#ifndef SG_CALL_WAIT_H
#define SG_CALL_WAIT_H

#include "rest/call.h"

/* Answered later, by op's callback; NULL: there was no memory for it. */
void call_wait(struct call *c, struct store_op *op);
/* Its callback has come. */
void call_woken(struct call *c);
/* The outcome of a write is unknown: ask again a little later. */
void call_again(struct call *c, call_fn *again);
/* Answered later, by then, when all is known that has happened until now; or, where that takes longer than 300 to 400 ms, what
 * is known by then. */
void call_wait_for_news(struct call *c, call_fn *then);
/* So long it may take from now on, where it waits. */
void call_set_deadline(struct call *c, int64_t ms);
/* It waits, and may take as long as that from now on. */
void call_extend(struct call *c, int64_t ms);

#endif
