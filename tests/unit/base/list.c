/* list.c - tests of base/list.h: a queue that moves takes its end along. */
#include "base/list.h"

#include <criterion/criterion.h>

Test(list, a_queue_moves_whole_and_both_go_on)
{
	struct queue from, to;
	struct link first = { 0 }, last = { 0 }, later = { 0 }, behind = { 0 };

	queue_init(&from);
	queue_append(&from, &first);
	queue_append(&from, &last);
	queue_move(&from, &to);
	cr_assert_null(from.first);
	queue_append(&from, &later);
	queue_append(&to, &behind);
	cr_expect_eq(from.first, &later);
	cr_expect_null(later.next);
	queue_remove(&to, &first);
	cr_expect_eq(to.first, &last);
	queue_remove(&to, &behind);
	cr_expect_eq(queue_last(&to), &last);
	queue_remove(&to, &last);
	cr_expect_null(to.first);
}

Test(list, an_empty_queue_moves_too)
{
	struct queue from, to;
	struct link next = { 0 };

	queue_init(&from);
	queue_move(&from, &to);
	queue_append(&to, &next);
	cr_expect_eq(to.first, &next);
	cr_expect_null(from.first);
	queue_remove(&to, &next);
	cr_expect_null(to.first);
}
