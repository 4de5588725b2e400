/* loop.h - the event loop of a thread that asks the store: it has no locks inside, since other threads only ring a
 * doorbell of it (base/doorbell.h).
 * Owner    the caller: event_base_free(). */
#ifndef SG_LOOP_H
#define SG_LOOP_H

struct event_base;

/* NULL: out of memory, or of descriptors. */
struct event_base *loop_new(void);

#endif
