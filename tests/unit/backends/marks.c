/* marks.c - tests of marks.h: how many there may be, and that they go. What they are for is tried in tests/backends/. */
#include "backends/marks.h"

#include <criterion/criterion.h>

static bool add(struct marks *m, const char *realm, uint64_t number, int64_t until_ms)
{
	uint8_t hash[STORE_MARK_BYTES] = { 0 };
	struct store_mark mark = { hash, until_ms };

	memcpy(hash, &number, sizeof(number));
	return marks_add(m, slice_from(realm), &mark, 10) != NULL;
}

static bool forbids(const struct marks *m, const char *realm, uint64_t number, int64_t now_ms)
{
	uint8_t hash[STORE_MARK_BYTES] = { 0 };
	struct store_mark mark = { hash, INT64_MAX };

	int64_t made_ms;
	bool stands;

	memcpy(hash, &number, sizeof(number));
	stands = marks_forbid(m, slice_from(realm), &mark, now_ms, &made_ms);
	cr_expect_eq(made_ms, stands ? 10 : 0);
	return stands;
}

Test(marks, stand_until_their_time_in_their_realm)
{
	struct marks m = { 0 };

	marks_init(&m);
	cr_expect(add(&m, "default", 1, 100));
	cr_expect(forbids(&m, "default", 1, 99));
	cr_expect_not(forbids(&m, "default", 1, 100));
	cr_expect_not(forbids(&m, "default", 2, 99));
	cr_expect_not(forbids(&m, "other", 1, 99));
	cr_expect_not(forbids(&m, "", 1, 99));
	marks_fini(&m);
}

Test(marks, are_made_anew_in_their_place)
{
	struct marks m = { 0 };

	marks_init(&m);
	cr_expect(add(&m, "default", 1, 100));
	cr_expect(add(&m, "default", 1, 200));
	cr_expect_eq(m.marks.count, 1);
	cr_expect(forbids(&m, "default", 1, 199));
	cr_expect_eq(marks_expire(&m, 100, 10), 0);
	cr_expect_eq(marks_expire(&m, 200, 10), 1);
	marks_fini(&m);
}

Test(marks, are_bounded_and_forgotten)
{
	struct marks m = { 0 };
	size_t gone = 0;

	marks_init(&m);
	for (uint64_t i = 0; i < MARKS_MAX; i++)
		cr_assert(add(&m, "default", i * UINT64_C(0x9e3779b97f4a7c15), (int64_t)i % 7));
	cr_expect(marks_full(&m));
	cr_expect_not(add(&m, "default", 1, 7));
	cr_expect_eq(marks_expire(&m, 3, 1000), 1000);
	cr_expect_not(marks_full(&m));
	cr_expect(add(&m, "default", 1, 7));
	for (size_t n; (n = marks_expire(&m, 7, 1000)) > 0;)
		gone += n;
	cr_expect_eq(gone, MARKS_MAX - 1000 + 1);
	cr_expect_eq(m.marks.count + m.due.count, 0);
	cr_expect_lt(m.marks.chain_count, 100);
	marks_fini(&m);
}
