/* delays.h - how long each request took, from its first byte to the end of its answer.
 * Owner    who it lies in, zeroed; it is never given back.
 * Errors   none: without memory the load generator ends. */
#ifndef SG_BENCH_DELAYS_H
#define SG_BENCH_DELAYS_H

#include <stddef.h>
#include <stdint.h>

enum { DELAYS_PAUSE_US = 5000 };

struct delays {
	uint32_t *us;
	size_t count, room;
};

void delays_add(struct delays *d, int64_t us);
/* As an object of JSON: how many, the median, what 99 and 999 of a thousand did not exceed, the longest, and how many
 * took longer than DELAYS_PAUSE_US. */
void delays_print(struct delays *d);

#endif
