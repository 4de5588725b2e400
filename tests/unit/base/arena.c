/* arena.c - tests of base/arena.c. */
#include "base/arena.h"

#include <criterion/criterion.h>
#include <stddef.h>

Test(arena, memory_is_zeroed_aligned_and_apart)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < 3000; i++) {
		size_t bytes = i % 97;
		unsigned char *p = arena_alloc(&a, bytes);

		cr_assert_not_null(p);
		cr_assert_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t n = 0; n < bytes; n++)
			cr_assert_eq(p[n], 0);
		memset(p, 0xff, bytes);
	}
	arena_fini(&a);
	cr_expect_null(a.blocks);
}

Test(arena, a_large_thing_leaves_the_block_being_filled)
{
	struct arena a = { 0 };
	char *before = arena_alloc(&a, 16), *large = arena_alloc(&a, 100000), *after;

	cr_assert_not_null(large);
	memset(large, 1, 100000);
	after = arena_alloc(&a, 16);
	cr_expect_eq(after, before + 16);
	cr_expect_null(arena_alloc(&a, SIZE_MAX));
	arena_fini(&a);
}

Test(arena, copies_end_in_nul)
{
	struct arena a = { 0 };
	struct slice copy = arena_copy(&a, slice_of("a\0bc", 3));

	cr_expect_eq(copy.len, 3);
	cr_expect_arr_eq(copy.ptr, "a\0b", 4);
	cr_expect_str_eq(arena_text(&a, SLICE("text")), "text");
	cr_expect_str_eq(arena_text(&a, slice_of(NULL, 0)), "");
	arena_fini(&a);
}

Test(arena, what_is_not_needed_is_free_again)
{
	struct arena a = { 0 };
	char *first = arena_room(&a, 100), *large;

	cr_assert_not_null(first);
	arena_shrink(&a, first, 100, 33);
	cr_expect_eq(arena_room(&a, 1), first + 48);
	large = arena_room(&a, 100000);
	cr_assert_not_null(large);
	arena_shrink(&a, large, 100000, 5);
	cr_expect_eq(arena_room(&a, 1), first + 64);
	arena_fini(&a);
}
