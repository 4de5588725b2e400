/* world.h - a clock that goes when it is told to, and dice that fall the same way every time.
 * Linked with --wrap: the clocks, random_bytes(), random_u64().
 * Thread   one. */
#ifndef SG_FUZZ_WORLD_H
#define SG_FUZZ_WORLD_H

#include <stdint.h>

/* As at the beginning of every input. */
void world_begin(void);
void world_pass(int64_t ms);
int64_t world_mono_ms(void);
/* A clock_fn. */
int64_t world_wall_ms(void);

#endif
