/* locks.c - the line for a lock: who gets it, who is late, and that nothing is left. */
#include "backends/locks.h"

#include <criterion/criterion.h>

enum { MANY = 1000 };

static const struct slice id = { "AbCdEfGhIjKlMnOpQrSt", 20 };
static const struct slice other = { "BbCdEfGhIjKlMnOpQrSt", 20 };
enum { HASH = 5, SAME_BUCKET = HASH + LOCKS_BUCKETS };

static void join(struct locks *l, struct locker *who)
{
	cr_assert_eq(locks_join(l, HASH, id, who), 0);
}

static void expect_nothing_left(const struct locks *l)
{
	for (size_t i = 0; i < LOCKS_BUCKETS; i++)
		cr_expect_null(l->buckets[i], "bucket %zu", i);
}

Test(locks, first_come_first_served)
{
	struct locker line[MANY] = { 0 };
	struct locks l = { 0 };
	uint64_t before = 0;

	for (size_t i = 0; i < MANY; i++)
		join(&l, &line[i]);
	for (size_t i = 0; i < MANY; i++) {
		if (i > 0) {
			cr_assert_eq(locks_next(&l, HASH, id), &line[i], "place %zu", i);
			locks_give(&l, &line[i]);
		}
		cr_assert_gt(line[i].fence, before);
		before = line[i].fence;
		cr_assert_null(locks_next(&l, HASH, id), "held");
		locks_leave(&line[i]);
	}
	expect_nothing_left(&l);
}

Test(locks, who_leaves_the_line_is_passed_over)
{
	struct locker line[4] = { 0 };
	struct locks l = { 0 };

	for (size_t i = 0; i < 4; i++)
		join(&l, &line[i]);
	locks_leave(&line[1]);
	locks_leave(&line[3]);
	locks_leave(&line[3]);
	cr_expect_eq(locks_first(&l, HASH, id), &line[2]);
	locks_leave(&line[0]);
	cr_expect_eq(locks_next(&l, HASH, id), &line[2]);
	locks_leave(&line[2]);
	expect_nothing_left(&l);
}

Test(locks, who_is_late_is_known_until_he_leaves)
{
	struct locker first = { 0 }, second = { 0 };
	struct locks l = { 0 };

	join(&l, &first);
	locks_lapse(&first);
	cr_expect(locker_is_last(&first), "nobody else has had it");
	join(&l, &second);
	cr_expect_neq(second.fence, 0, "nobody holds it");
	cr_expect_not(locker_is_last(&first));
	cr_expect(locker_is_last(&second));
	locks_lapse(&first);
	cr_expect_eq(locks_find(&l, HASH, id, first.fence), &first);
	locks_leave(&second);
	cr_expect_not(locker_is_last(&first), "also when that one has gone");
	locks_leave(&first);
	cr_expect_null(locks_find(&l, HASH, id, first.fence));
	expect_nothing_left(&l);
}

Test(locks, late_one_who_leaves_takes_no_lock_along)
{
	struct locker first = { 0 }, second = { 0 }, third = { 0 };
	struct locks l = { 0 };

	join(&l, &first);
	locks_lapse(&first);
	join(&l, &second);
	join(&l, &third);
	locks_leave(&first);
	cr_expect_null(locks_next(&l, HASH, id), "the second holds it");
	locks_leave(&second);
	cr_expect_eq(locks_next(&l, HASH, id), &third);
	locks_leave(&third);
	expect_nothing_left(&l);
}

Test(locks, sessions_of_one_bucket_are_apart)
{
	struct locker one = { 0 }, two = { 0 };
	struct locks l = { 0 };

	join(&l, &one);
	cr_assert_eq(locks_join(&l, SAME_BUCKET, other, &two), 0);
	cr_expect_neq(two.fence, 0);
	cr_expect_null(locks_find(&l, HASH, id, two.fence));
	locks_leave(&one);
	cr_expect_eq(locks_find(&l, SAME_BUCKET, other, two.fence), &two);
	locks_leave(&two);
	expect_nothing_left(&l);
}
