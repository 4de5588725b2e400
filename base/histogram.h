/* histogram.h - how long something took, each time, in buckets of fixed bounds.
 * Thread   histogram_note(): always the same one; histogram_sum_add(): any. */
#ifndef SG_HISTOGRAM_H
#define SG_HISTOGRAM_H

#include "base/counter.h"

#include <stddef.h>

/* Bounds in microseconds, each with the seconds that a metric says for it. */
/* clang-format off */
#define HISTOGRAM_BOUNDS(X)						\
	X(100, "0.0001") X(250, "0.00025") X(500, "0.0005")		\
	X(1000, "0.001") X(2500, "0.0025") X(5000, "0.005")		\
	X(10000, "0.01") X(25000, "0.025") X(50000, "0.05")		\
	X(100000, "0.1") X(250000, "0.25") X(500000, "0.5")		\
	X(1000000, "1.0") X(2500000, "2.5") X(5000000, "5.0")		\
	X(10000000, "10.0") X(30000000, "30.0")
/* clang-format on */

enum {
#define HISTOGRAM_BUCKET(us, text) HISTOGRAM_UP_TO_##us,
	HISTOGRAM_BOUNDS(HISTOGRAM_BUCKET)
#undef HISTOGRAM_BUCKET
		HISTOGRAM_BEYOND,
	HISTOGRAM_BUCKETS
};

/* Of each bucket; beyond the last there is none that a duration could pass. */
extern const int64_t histogram_bounds_us[HISTOGRAM_BUCKETS];

struct histogram {
	struct counter buckets[HISTOGRAM_BUCKETS]; /* each without those before it */
	struct counter sum_us;
};

/* The first bucket that a number of so many bits may belong to: bounds are at least twice the one before, so no other
 * but the next may be it as well. */
enum { HISTOGRAM_BITS = 26 };
extern const uint8_t histogram_first[HISTOGRAM_BITS];

static inline size_t histogram_bucket(int64_t us)
{
	unsigned bits = 64 - (unsigned)__builtin_clzll((uint64_t)us | 1);
	size_t first = bits < HISTOGRAM_BITS ? histogram_first[bits] : HISTOGRAM_BEYOND;

	return first + (us > histogram_bounds_us[first]);
}

static inline void histogram_note(struct histogram *h, int64_t duration_us)
{
	int64_t us = duration_us > 0 ? duration_us : 0;

	counter_add(&h->buckets[histogram_bucket(us)], 1);
	counter_add(&h->sum_us, (uint64_t)us);
}

/* Several of them, added up at one moment. */
struct histogram_sum {
	uint64_t buckets[HISTOGRAM_BUCKETS];
	uint64_t count, sum_us;
};

void histogram_sum_add(struct histogram_sum *sum, const struct histogram *h);
/* What was noted after before, an earlier sum of the same ones. */
struct histogram_sum histogram_sum_since(const struct histogram_sum *sum,
					 const struct histogram_sum *before);
/* The bound of the bucket that holds the quantile; -1: nothing was noted. Beyond the last bound: that. */
int64_t histogram_sum_quantile_us(const struct histogram_sum *sum, unsigned percent);

#endif
