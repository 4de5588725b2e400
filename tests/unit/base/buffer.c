/* buffer.c - tests of base/buffer.c. */
#include "base/buffer.h"

#include <criterion/criterion.h>

static void expect_content(const struct buffer *b, const char *text)
{
	cr_expect(slice_equal(buffer_content(b), slice_from(text)), "%.*s, not %s",
		  SLICE_ARGS(buffer_content(b)), text);
}

Test(buffer, what_goes_in_comes_out)
{
	struct buffer b = { 0 };

	cr_expect_eq(buffer_append(&b, "hello ", 6), 0);
	cr_expect_eq(buffer_append_slice(&b, SLICE("world")), 0);
	cr_expect_eq(buffer_append(&b, NULL, 0), 0);
	expect_content(&b, "hello world");
	buffer_consume(&b, 6);
	expect_content(&b, "world");
	buffer_truncate(&b, 3);
	expect_content(&b, "wor");
	buffer_consume(&b, 3);
	cr_expect_eq(b.head, 0, "an emptied buffer starts again");
	buffer_fini(&b);
	cr_expect_null(b.data);
	cr_expect_eq(buffer_append(&b, "x", 1), 0);
	buffer_wipe(&b);
}

Test(buffer, stays_small_when_read_as_it_is_written)
{
	struct buffer b = { 0 };
	char next = 0, expected = 0;

	for (unsigned i = 0; i < 100000; i++) {
		for (unsigned n = 0; n < 7; n++, next++)
			cr_assert_eq(buffer_append(&b, &next, 1), 0);
		for (unsigned n = 0; n < 7 - (i % 100 == 0); n++, expected++) {
			cr_assert_eq(buffer_content(&b).ptr[0], expected);
			buffer_consume(&b, 1);
		}
	}
	cr_expect_eq(buffer_len(&b), 1000);
	cr_expect_leq(b.cap, 4096);
	buffer_fini(&b);
}

Test(buffer, prints_longer_than_its_first_guess)
{
	struct buffer b = { 0 };

	cr_expect_eq(buffer_printf(&b, "%s-%d", "a", 7), 0);
	expect_content(&b, "a-7");
	cr_expect_eq(buffer_printf(&b, "%0*d", 1000, 1), 0);
	cr_expect_eq(buffer_len(&b), 1003);
	cr_expect_eq(buffer_content(&b).ptr[1002], '1');
	buffer_fini(&b);
}

Test(buffer, refuses_what_no_memory_holds)
{
	struct buffer b = { 0 };
	char *room;

	cr_expect_eq(buffer_append(&b, "kept", 4), 0);
	cr_expect_eq(buffer_reserve(&b, SIZE_MAX - 2, &room), SG_ENOMEM);
	expect_content(&b, "kept");
	buffer_fini(&b);
}
