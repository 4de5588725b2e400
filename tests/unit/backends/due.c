/* due.c - tests of backends/due.c. */
#include "backends/due.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { ITEMS = 1000 };

/* Not random, and in no order. */
static int64_t scattered(size_t i)
{
	return (int64_t)((i * 7919) % 1009);
}

Test(due, comes_in_order_whatever_happens)
{
	struct due_item items[ITEMS];
	struct due due = { 0 };
	int64_t last = INT64_MIN;
	size_t left = ITEMS;

	for (size_t i = 0; i < ITEMS; i++)
		cr_assert_eq(due_add(&due, &items[i], scattered(i)), 0);
	for (size_t i = 0; i < ITEMS; i += 3)
		due_move(&due, &items[i], scattered(i + 5) - 300);
	for (size_t i = 1; i < ITEMS; i += 5, left--)
		due_drop(&due, &items[i]);
	for (struct due_item *item; (item = due_first(&due)) != NULL; left--) {
		cr_assert_geq(due_at(&due, item), last);
		last = due_at(&due, item);
		due_drop(&due, item);
	}
	cr_expect_eq(left, 0);
	cr_expect_leq(due.cap, 64, "gives its memory back");
	due_fini(&due);
}

Test(due, empty_has_no_first)
{
	struct due due = { 0 };
	struct due_item item;

	cr_expect_null(due_first(&due));
	cr_assert_eq(due_add(&due, &item, INT64_MAX), 0);
	due_move(&due, &item, 7);
	cr_expect_eq(due_first(&due), &item);
	cr_expect_eq(due_at(&due, &item), 7);
	due_drop(&due, &item);
	cr_expect_null(due_first(&due));
	due_fini(&due);
}
