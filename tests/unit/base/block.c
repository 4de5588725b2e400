/* block.c - tests of base/block.c. */
#include "base/block.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

Test(block, sizes_are_rounded_so_that_they_fit_again)
{
	static const struct {
		const char *name;
		size_t asked, lent;
	} rows[] = {
		{ "nothing", 0, 2048 },
		{ "a byte", 1, 2048 },
		{ "the smallest", 2048, 2048 },
		{ "a byte more", 2049, 4096 },
		{ "a page", 4096, 4096 },
		{ "the largest that is kept", 16384, 16384 },
		{ "larger: whole pages", 16385, 20480 },
		{ "much larger", 1000000, 1003520 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t bytes = rows[i].asked;
		uint64_t before = block_bytes();
		void *block = block_borrow(&bytes);

		cr_assert_not_null(block, "%s", rows[i].name);
		cr_expect_eq(bytes, rows[i].lent, "%s: %zu", rows[i].name, bytes);
		cr_expect(block_bytes() == before + bytes || bytes <= 16384, "%s", rows[i].name);
		memset(block, 0xff, bytes);
		block_return(block, bytes);
	}
}

Test(block, refuses_what_no_machine_has)
{
	size_t bytes = SIZE_MAX - 1;

	cr_expect_null(block_borrow(&bytes));
	cr_expect_eq(bytes, SIZE_MAX - 1);
	block_return(NULL, 2048);
}

enum { BLOCKS = 1000 };

/* As a worker that had its busiest moment. */
static void *borrow_many(void *ctx)
{
	void *blocks[BLOCKS];
	size_t bytes = 4096;

	for (size_t i = 0; i < BLOCKS; i++)
		blocks[i] = block_borrow(&bytes);
	*(uint64_t *)ctx = block_bytes();
	for (size_t i = 0; i < BLOCKS; i++)
		block_return(blocks[i], bytes);
	((uint64_t *)ctx)[1] = block_bytes();
	return NULL;
}

Test(block, counts_what_is_held_and_keeps_little_and_nothing_of_an_ended_thread)
{
	uint64_t at[2], before = block_bytes();
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, borrow_many, at), 0);
	pthread_join(thread, NULL);
	cr_expect_eq(at[0], before + BLOCKS * 4096);
	cr_expect_eq(block_peak(), at[0], "however short it was");
	cr_expect_eq(block_peak(), before);
	cr_expect_leq(at[1], before + 1024 * 1024);
	cr_expect_eq(block_bytes(), before);
}

enum { LIMIT = 64 * 1024 * 1024, LARGE = 1024 * 1024, SHARE = BLOCK_SHARE_BYTES };

/* So many blocks of a size as are lent; the caller gives them back. */
static size_t borrow_all(void **blocks, size_t most, size_t bytes)
{
	size_t count = 0;

	while (count < most && (blocks[count] = block_borrow(&bytes)) != NULL)
		count++;
	return count;
}

static void return_all(void **blocks, size_t count, size_t bytes)
{
	while (count > 0)
		block_return(blocks[--count], bytes);
}

Test(block, a_limit_keeps_a_reserve_for_small_ones)
{
	static void *large[1000], *small[10000];
	uint64_t before = block_bytes();
	size_t larges, smalls;

	block_limit(LIMIT);
	larges = borrow_all(large, 1000, LARGE);
	cr_expect_leq(block_bytes(), LIMIT);
	cr_expect_gt(block_bytes(), LIMIT - LARGE);
	smalls = borrow_all(small, 10000, SHARE);
	cr_expect_leq(block_bytes(), LIMIT + BLOCK_RESERVE_BYTES);
	cr_expect_gt(block_bytes(), LIMIT + BLOCK_RESERVE_BYTES - SHARE);
	cr_expect(block_spent());
	return_all(small, smalls, SHARE);
	return_all(large, larges, LARGE);
	cr_expect_leq(block_bytes(), before + 1024 * 1024);
}

Test(block, it_is_scarce_above_three_quarters_and_then_nothing_is_kept)
{
	static void *large[48], *small[64];

	block_limit(LIMIT);
	cr_assert_eq(borrow_all(large, 47, LARGE), 47);
	cr_expect_not(block_scarce());
	cr_assert_eq(borrow_all(small, 64, SHARE), 64); /* a MiB */
	large[47] = NULL;
	cr_assert_eq(borrow_all(large + 47, 1, LARGE), 1);
	cr_expect(block_scarce());
	cr_expect_not(block_spent());
	return_all(small, 32, SHARE);
	cr_expect_eq(block_bytes(), 48 * LARGE + 32 * SHARE, "given back, not kept: %zu",
		     (size_t)block_bytes());
	return_all(large, 48, LARGE);
	cr_expect_not(block_scarce());
	block_limit(0);
	cr_expect_not(block_scarce());
	return_all(small + 32, 32, SHARE);
}
