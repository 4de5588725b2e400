/* strangers.c - tests of gateway/strangers.c. */
#include "gateway/strangers.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { MINUTE_MS = 60000, NOW = 1000000 };

static struct strangers *some(void)
{
	struct strangers *s = NULL;

	cr_assert_eq(strangers_new(&s), 0);
	return s;
}

static bool over(struct strangers *s, const char *address, unsigned id, uint64_t limit,
		 int64_t now_ms)
{
	char text[21];

	snprintf(text, sizeof(text), "%020u", id);
	return strangers_over(s, slice_from(address), slice_of(text, 20), limit, now_ms);
}

/* How many different ids until it is too much. */
static unsigned until_over(struct strangers *s, const char *address, uint64_t limit, int64_t now_ms)
{
	unsigned id = 1;

	while (id < 100000 && !over(s, address, id, limit, now_ms))
		id++;
	return id;
}

Test(strangers, limit_is_exact)
{
	static const uint64_t limits[] = { 1, 2, 3, 600, 5000 };

	for (size_t i = 0; i < ROWS(limits); i++) {
		struct strangers *s = some();

		cr_expect_eq(until_over(s, "192.0.2.1", limits[i], NOW), limits[i] + 1, "%zu", i);
		strangers_free(&s);
		cr_expect_null(s);
	}
}

Test(strangers, an_id_counts_once)
{
	struct strangers *s = some();

	for (unsigned i = 0; i < 1000; i++)
		cr_assert_not(over(s, "192.0.2.1", i % 3, 3, NOW));
	cr_expect(over(s, "192.0.2.1", 3, 3, NOW));
	cr_expect(over(s, "192.0.2.1", 0, 3, NOW), "a known one of who is over the limit");
	strangers_free(&s);
}

Test(strangers, after_a_minute_it_begins_anew)
{
	struct strangers *s = some();

	until_over(s, "192.0.2.1", 5, NOW);
	cr_expect(over(s, "192.0.2.1", 99, 5, NOW + MINUTE_MS - 1));
	cr_expect_eq(until_over(s, "192.0.2.1", 5, NOW + MINUTE_MS), 6);
	strangers_free(&s);
}

Test(strangers, addresses_are_apart_and_an_ipv6_network_is_one)
{
	static const struct {
		const char *first, *then;
		bool same;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
		{ "::1", "0.0.0.1", false },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct strangers *s = some();

		until_over(s, rows[i].first, 5, NOW);
		cr_expect_eq(over(s, rows[i].then, 99, 5, NOW), rows[i].same, "%s, %s",
			     rows[i].first, rows[i].then);
		strangers_free(&s);
	}
}

Test(strangers, who_has_no_address_is_nobody)
{
	struct strangers *s = some();

	cr_expect_eq(until_over(s, "unix:", 5, NOW), 100000);
	cr_expect_eq(until_over(s, "", 5, NOW), 100000);
	strangers_free(&s);
}

/* However many come, an address that brings many stays known, and one that brings few is not blamed. */
Test(strangers, crowd)
{
	struct strangers *s = some();
	char address[32];

	cr_expect_eq(until_over(s, "192.0.2.1", 100, NOW), 101);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		cr_assert_not(over(s, address, 7, 1, NOW + 1));
	}
	cr_expect(over(s, "192.0.2.1", 1, 100, NOW + 2));
	strangers_free(&s);
}
