/* redis.c - the suite against the Redis that STORE_URL names, whichever deployment that is (harness/stores.py). Its time stands until it is moved,
 * as that of "memory:" does: scripts are told it (redis_clock.c). Leases, waits and patience are Redis's own. */
#include "tests/backends/suite.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>

static _Atomic int64_t now_ms = 1780000000000;

static int64_t standing_now(void)
{
	return now_ms;
}

static void standing_pass(int64_t ms)
{
	now_ms += ms;
}

typedef void suite_run_fn(const struct fixture *fixture, suite_case_fn *run);

static void redis_run(suite_run_fn *suite, suite_case_fn *run)
{
	const char *url = getenv("STORE_URL");
	const struct fixture fixture = {
		.url = url,
		.tls = { getenv("STORE_CA"), getenv("STORE_CERTIFICATE"), getenv("STORE_KEY"),
			 true },
		.now = standing_now,
		.pass = standing_pass,
	};

	cr_assert_not_null(url, "STORE_URL says where the Redis is");
	suite(&fixture, run);
}

#define REDIS_TEST(name)                            \
	Test(redis, name)                           \
	{                                           \
		redis_run(suite_run, suite_##name); \
	}
SUITE_CASES(REDIS_TEST)

/* Where values that are any bytes, and longer than they count, could make a difference. That a sealed store is one, the
 * whole suite shows in memory. */
#define SEALED_CASES(X)                            \
	X(find_gives_what_was_created)             \
	X(save_changes_attributes)                 \
	X(save_repeated_is_applied_once)           \
	X(login_as_another_user_clears_attributes) \
	X(different_attributes_all_stay)           \
	X(limits_refuse_a_save_whole)              \
	X(limits_hold_for_parallel_saves)          \
	X(values_hold_every_byte_of_json)          \
	X(session_of_256_attributes)               \
	X(session_of_a_mebibyte)                   \
	X(list_user_gives_the_newest_first)

#define SEALED_TEST(name)                                  \
	Test(sealed_redis, name)                           \
	{                                                  \
		redis_run(suite_run_sealed, suite_##name); \
	}
SEALED_CASES(SEALED_TEST)
