/* random.c - tests of base/random.c. */
#include "base/random.h"

#include <criterion/criterion.h>
#include <string.h>

Test(random, no_bytes_come_twice)
{
	uint64_t seen[2000];

	for (size_t i = 0; i < 2000; i++) {
		cr_assert_eq(random_u64(&seen[i]), 0);
		for (size_t n = 0; n < i; n++)
			cr_assert_neq(seen[n], seen[i]);
	}
}

Test(random, odd_lengths_over_the_end_of_a_page)
{
	uint8_t bytes[RANDOM_MAX_BYTES], zeros[16] = { 0 };

	for (size_t len = 16; len <= sizeof(bytes); len += 37) {
		memset(bytes, 0, sizeof(bytes));
		cr_assert_eq(random_bytes(bytes, len), 0);
		cr_expect_arr_neq(bytes, zeros, sizeof(zeros));
		cr_expect_arr_neq(bytes + len - 16, zeros, sizeof(zeros));
	}
}
