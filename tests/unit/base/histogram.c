/* histogram.c - durations in buckets. */
#include "base/histogram.h"

#include <criterion/criterion.h>

/* The first bound that it does not pass. */
static size_t expected_bucket(int64_t us)
{
	size_t bucket = 0;

	while (bucket < HISTOGRAM_BEYOND && us > histogram_bounds_us[bucket])
		bucket++;
	return bucket;
}

static void expect_bucket(int64_t us)
{
	struct histogram h = { 0 };
	size_t bucket = expected_bucket(us);

	histogram_note(&h, us);
	cr_expect_eq(counter_get(&h.buckets[bucket]), 1, "%lld us", (long long)us);
	cr_expect_eq(counter_get(&h.sum_us), us > 0 ? (uint64_t)us : 0, "%lld us", (long long)us);
}

Test(histogram, each_duration_is_in_the_first_bucket_that_holds_it)
{
	for (int64_t us = -1; us < 1100; us++)
		expect_bucket(us);
	for (size_t i = 0; i < HISTOGRAM_BEYOND; i++)
		for (int64_t us = histogram_bounds_us[i] - 1; us <= histogram_bounds_us[i] + 1;
		     us++)
			expect_bucket(us);
	for (unsigned bits = 0; bits < 63; bits++)
		for (int64_t us = (INT64_C(1) << bits) - 1; us <= (INT64_C(1) << bits) + 1; us++)
			expect_bucket(us);
}

Test(histogram, quantiles_are_bounds)
{
	struct histogram h = { 0 };
	struct histogram_sum sum = { .count = 0 }, before;

	cr_expect_eq(histogram_sum_quantile_us(&sum, 95), -1);
	for (unsigned i = 0; i < 95; i++)
		histogram_note(&h, 80);
	for (unsigned i = 0; i < 4; i++)
		histogram_note(&h, 1200);
	histogram_note(&h, 90000000);
	histogram_sum_add(&sum, &h);
	cr_expect_eq(sum.count, 100);
	cr_expect_eq(histogram_sum_quantile_us(&sum, 50), 100);
	cr_expect_eq(histogram_sum_quantile_us(&sum, 95), 100);
	cr_expect_eq(histogram_sum_quantile_us(&sum, 96), 2500);
	cr_expect_eq(histogram_sum_quantile_us(&sum, 100), 30000000);
	before = sum;
	histogram_note(&h, 300);
	sum = (struct histogram_sum){ .count = 0 };
	histogram_sum_add(&sum, &h);
	sum = histogram_sum_since(&sum, &before);
	cr_expect_eq(sum.count, 1);
	cr_expect_eq(sum.sum_us, 300);
	cr_expect_eq(histogram_sum_quantile_us(&sum, 50), 500);
}
