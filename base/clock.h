/* clock.h - the two times: the wall's, which sessions are kept by, and one that never jumps,
 * which deadlines and durations are measured by. Thread: any. */
#ifndef SG_CLOCK_H
#define SG_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970. A function type, so that tests can bring their own time. */
typedef int64_t clock_fn(void);

int64_t clock_wall_ms(void);
/* The same for the log, and for the store in memory, which asks in each step, and what is to be compared with its
 * times: behind it by up to the kernel's tick (1 to 10 ms). */
int64_t clock_wall_coarse_ms(void);
/* For durations. */
int64_t clock_mono_us(void);
/* For deadlines: behind the other by up to the kernel's tick (1 to 10 ms). */
int64_t clock_mono_ms(void);

#endif
