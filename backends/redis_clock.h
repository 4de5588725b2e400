/* redis_clock.h - the time that scripts go by: Redis's own, that of the server which runs them. In a file of its own: the
 * suite's time stands until it is moved, so the suite's program has another in the place of redis_clock.c. */
#ifndef SG_REDIS_CLOCK_H
#define SG_REDIS_CLOCK_H

#include "backends/redis_call.h"
#include "base/clock.h"

/* Defines clock(): milliseconds since 1970. */
extern const char redis_clock_lua[];

/* What it needs for that is added to the call, behind all other arguments, and taken off them by the script's first
 * lines. now is what the backend was opened with. */
void redis_clock_add(struct redis_call *call, clock_fn *now);

#endif
