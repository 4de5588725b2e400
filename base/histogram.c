/* histogram.c - see histogram.h. */
#include "base/histogram.h"

const int64_t histogram_bounds_us[HISTOGRAM_BUCKETS] = {
#define HISTOGRAM_BOUND_US(us, text) us,
	HISTOGRAM_BOUNDS(HISTOGRAM_BOUND_US)
#undef HISTOGRAM_BOUND_US
		INT64_MAX,
};

const uint8_t histogram_first[HISTOGRAM_BITS] = {
	0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 13, 14, 15, 16,
};

void histogram_sum_add(struct histogram_sum *sum, const struct histogram *h)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t count = counter_get(&h->buckets[i]);

		sum->buckets[i] += count;
		sum->count += count;
	}
	sum->sum_us += counter_get(&h->sum_us);
}

struct histogram_sum histogram_sum_since(const struct histogram_sum *sum,
					 const struct histogram_sum *before)
{
	struct histogram_sum since = *sum;

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		since.buckets[i] -= before->buckets[i];
	since.count -= before->count;
	since.sum_us -= before->sum_us;
	return since;
}

int64_t histogram_sum_quantile_us(const struct histogram_sum *sum, unsigned percent)
{
	uint64_t below = 0, wanted = (sum->count * percent + 99) / 100;

	if (sum->count == 0)
		return -1;
	for (size_t i = 0; i < HISTOGRAM_BEYOND; i++) {
		below += sum->buckets[i];
		if (below >= wanted)
			return histogram_bounds_us[i];
	}
	return histogram_bounds_us[HISTOGRAM_BEYOND - 1];
}
