/* redis.c - the suite against the Redis that STORE_URL names, whichever deployment that is (harness/stores.py), and against
 * the memory store, to which the same must happen. Its time stands until it is moved, as that of "memory:" does: scripts
 * are told it (redis_clock.c). Leases, waits and patience are Redis's own. */
#include "tests/backends/twins.h"
#include "tests/backends/visitor.h"

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

static struct fixture redis_fixture(void)
{
	struct fixture fixture = {
		.url = getenv("STORE_URL"),
		.tls = { getenv("STORE_CA"), getenv("STORE_CERTIFICATE"), getenv("STORE_KEY"),
			 true },
		.now = standing_now,
		.pass = standing_pass,
	};

	cr_assert_not_null(fixture.url, "STORE_URL says where the Redis is");
	return fixture;
}

typedef void suite_run_fn(const struct fixture *fixture, suite_case_fn *run);

static void redis_run(suite_run_fn *suite, suite_case_fn *run)
{
	const struct fixture fixture = redis_fixture();

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

/* Nobody knows what was lost while no gateway was there. */
Test(redis, bucket_that_nobody_has_spoken_for_is_not_whole)
{
	enum { SILENCE_MS = 60001 };
	const struct fixture there = redis_fixture();
	struct bench b = { .fixture = &there };
	struct visitor v;
	struct answer a;
	int64_t since_ms;

	bench_open(&b, false);
	bench_connect(&b);
	visitor_init(&v);
	a = bench_find(&b, v.id);
	since_ms = a.whole_since_ms;
	standing_pass(SILENCE_MS);
	a = bench_find(&b, v.id);
	cr_expect_eq(a.whole_since_ms, since_ms + SILENCE_MS);
	a = bench_find(&b, v.id);
	cr_expect_eq(a.whole_since_ms, since_ms + SILENCE_MS);
	bench_close(&b);
}

/* TWINS=10000: so many of them. */
Test(redis, equal_deltas_make_equal_records)
{
	const struct fixture there = redis_fixture();
	const struct fixture here = {
		.url = "memory:", .now = standing_now, .pass = standing_pass
	};
	struct bench redis = { .fixture = &there }, memory = { .fixture = &here };
	const char *sessions = getenv("TWINS");

	bench_open(&redis, false);
	bench_open(&memory, false);
	bench_connect(&redis);
	bench_connect(&memory);
	twins_live(&memory, &redis, sessions != NULL ? (unsigned)strtoul(sessions, NULL, 10) : 100);
	bench_close(&redis);
	bench_close(&memory);
}
