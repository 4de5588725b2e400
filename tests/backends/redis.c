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

static void redis_run(suite_case_fn *run)
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
	suite_run(&fixture, run);
}

#define REDIS_TEST(name)                 \
	Test(redis, name)                \
	{                                \
		redis_run(suite_##name); \
	}
SUITE_CASES(REDIS_TEST)
