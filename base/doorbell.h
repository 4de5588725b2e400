/* doorbell.h - how one thread wakes another's loop: rings add up until they are heard (eventfd(2)).
 * Owner    whoever opens it.
 * Thread   doorbell_ring() any, the rest the one that listens. */
#ifndef SG_DOORBELL_H
#define SG_DOORBELL_H

#include "base/error.h"

#include <stdint.h>

/* *bell becomes a descriptor that can be read once it rings, for the loop to watch. SG_ESYSTEM: it becomes -1. */
SG_MUST_CHECK int doorbell_open(int *bell);
void doorbell_close(int *bell); /* *bell may be -1, becomes -1 */

void doorbell_ring(int bell);
/* How often it rang since it was heard last; 0: not at all. */
uint64_t doorbell_hear(int bell);

#endif
