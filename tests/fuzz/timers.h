/* timers.h - a loop's timers, which come when they are told to: none by itself but those of no length.
 * Linked with --wrap: event_add(), whose milliseconds are minutes to libevent.
 * Thread   one. */
#ifndef SG_FUZZ_TIMERS_H
#define SG_FUZZ_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;

/* Of an input; world.h's clock is at its beginning. */
void timers_begin(void);
/* The next one, if it is due within so much: the clock goes as far, and it comes in the loop's next turn. False: there is
 * none, and the clock has gone all the way. */
bool timers_next(struct event_base *loop, int64_t within_ms);

#endif
