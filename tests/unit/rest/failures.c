/* failures.c - addresses whose tokens were none. */
#include "rest/failures.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { NOW_MS = 1000000, LATER_MS = 1000 };

static struct failures failures;

static int64_t add(const char *address, int64_t now_ms)
{
	return failures_add(&failures, slice_from(address), now_ms);
}

Test(failures, ten_within_a_minute_of_each_address)
{
	for (int i = 0; i < FAILURES_PER_MINUTE; i++) {
		cr_expect_eq(add("192.0.2.1", NOW_MS + i * LATER_MS), 0);
		cr_expect_eq(add("2001:db8::1", NOW_MS + i * LATER_MS), 0);
	}
	cr_expect_eq(add("192.0.2.1", NOW_MS + FAILURES_PER_MINUTE * LATER_MS),
		     FAILURES_MINUTE_MS - FAILURES_PER_MINUTE * LATER_MS);
	cr_expect_gt(add("2001:db8::2:3", NOW_MS + FAILURES_PER_MINUTE * LATER_MS), 0);
	cr_expect_eq(add("2001:db8:0:1::1", NOW_MS), 0);
	cr_expect_eq(add("192.0.2.2", NOW_MS), 0);
}

/* Those that are told do not count: who waits as long as he is told gets through, and once. */
Test(failures, the_oldest_leaves_after_a_minute)
{
	for (int i = 0; i < FAILURES_PER_MINUTE; i++)
		cr_assert_eq(add("192.0.2.1", NOW_MS + i * LATER_MS), 0);
	cr_expect_eq(add("192.0.2.1", NOW_MS + FAILURES_MINUTE_MS - 1), 1);
	cr_expect_eq(add("192.0.2.1", NOW_MS + FAILURES_MINUTE_MS), 0);
	cr_expect_eq(add("192.0.2.1", NOW_MS + FAILURES_MINUTE_MS), LATER_MS);
}

Test(failures, what_is_no_address_is_nobodys)
{
	for (int i = 0; i < 3 * FAILURES_PER_MINUTE; i++) {
		cr_expect_eq(add("", NOW_MS), 0);
		cr_expect_eq(add("unix:", NOW_MS), 0);
	}
	cr_expect_eq(failures.count, 0);
}

Test(failures, of_many_addresses_the_one_that_failed_longest_ago_is_forgotten)
{
	char address[32];

	for (int i = 0; i < FAILURES_PER_MINUTE; i++) {
		cr_assert_eq(add("192.0.2.1", NOW_MS), 0);
		cr_assert_eq(add("192.0.2.2", NOW_MS + 1), 0);
	}
	for (int i = 0; i < FAILURES_ADDRESSES - 1; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 256, i % 256);
		cr_assert_eq(add(address, NOW_MS + 2), 0);
	}
	cr_expect_gt(add("192.0.2.2", NOW_MS + 3), 0);
	cr_expect_eq(add("192.0.2.1", NOW_MS + 3), 0);
	cr_expect_eq(failures.count, FAILURES_ADDRESSES);
}
