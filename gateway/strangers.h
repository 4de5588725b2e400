/* strangers.h - addresses that bring tokens which the store has never heard of, and how many different ones
 * each has brought within a minute (limits.unknown_tokens).
 *
 * A minute begins with an address's first unknown id, so within any 60 s it may bring up to twice as many, half of
 * them at the end of one minute, half at the beginning of the next. An id that comes again in that minute counts
 * once, as long as it is remembered: which it is until more ids of all addresses than there is room for have come
 * since; then it counts again. Nobody is counted for another's ids: addresses are kept whole (IPv6 by its /64),
 * and a new id is taken for a known one once in a thousand million times.
 *
 * Memory   fixed, some 650 KiB, taken when the first one comes. Of more addresses than there is room for, those
 *          with the fewest ids are forgotten first.
 * Owner    a worker. Time is handed in, monotonic.
 * Thread   the worker's. */
#ifndef SG_STRANGERS_H
#define SG_STRANGERS_H

#include "base/error.h"
#include "base/slice.h"

struct strangers;

/* SG_ENOMEM, SG_ERANDOM. */
SG_MUST_CHECK int strangers_new(struct strangers **out);
void strangers_free(struct strangers **s); /* *s may be NULL, becomes NULL */

/* The id that address has brought is absent. True: with it, or before, it was more than limit within its minute.
 * Never for what is no address, such as "unix:", since that would be everybody. */
bool strangers_over(struct strangers *s, struct slice address, struct slice id, uint64_t limit,
		    int64_t now_ms);

#endif
