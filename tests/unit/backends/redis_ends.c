/* redis_ends.c - tests of backends/redis_ends.c. */
#include "backends/redis_ends.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static void note(struct redis_ends *ends, unsigned number)
{
	char id[TOKEN_ID_CHARS + 1];

	snprintf(id, sizeof(id), "%020u", number);
	redis_ends_note(ends, slice_of(id, TOKEN_ID_CHARS), STORE_CAUSE_LOGOUT);
}

static unsigned number_of(const struct redis_end *end)
{
	char id[TOKEN_ID_CHARS + 1] = { 0 };

	memcpy(id, end->id, TOKEN_ID_CHARS);
	return (unsigned)strtoul(id, NULL, 10);
}

/* So many were noted: these are kept, in order. */
static void expect_kept(unsigned noted, unsigned kept)
{
	struct redis_end *copy;
	struct redis_ends ends;
	size_t count;

	redis_ends_init(&ends);
	for (unsigned i = 0; i < noted; i++)
		note(&ends, i);
	copy = redis_ends_copy(&ends, &count);
	cr_assert_eq(count, kept, "%u: %zu", noted, count);
	for (unsigned i = 0; i < kept; i++)
		cr_assert_eq(number_of(&copy[i]), noted - kept + i, "%u: the %u.", noted, i);
	free(copy);
	redis_ends_fini(&ends);
}

Test(redis_ends, keeps_the_last_ones)
{
	expect_kept(0, 0);
	expect_kept(1, 1);
	expect_kept(256, 256);
	expect_kept(257, 257);
	expect_kept(REDIS_ENDS, REDIS_ENDS);
	expect_kept(REDIS_ENDS + 1000, REDIS_ENDS);
}

Test(redis_ends, keeps_the_cause)
{
	struct redis_end *copy;
	struct redis_ends ends;
	size_t count;

	redis_ends_init(&ends);
	redis_ends_note(&ends, SLICE("AAAAAAAAAAAAAAAAAAAA"), STORE_CAUSE_REVOKED);
	copy = redis_ends_copy(&ends, &count);
	cr_assert_eq(count, 1);
	cr_expect_eq(copy[0].cause, STORE_CAUSE_REVOKED);
	free(copy);
	redis_ends_fini(&ends);
}
