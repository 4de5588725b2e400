/* memory.c - the suite against "memory:", with a clock that stands until it is moved. */
#include "tests/backends/suite.h"

#include <criterion/criterion.h>
#include <stdatomic.h>

static _Atomic int64_t now_ms = 1780000000000;

static int64_t memory_now(void)
{
	return now_ms;
}

static void memory_pass(int64_t ms)
{
	now_ms += ms;
}

static const struct fixture memory_fixture = {
	.url = "memory:",
	.now = memory_now,
	.pass = memory_pass,
};

#define MEMORY_TEST(name)                                 \
	Test(memory, name)                                \
	{                                                 \
		suite_run(&memory_fixture, suite_##name); \
	}
SUITE_CASES(MEMORY_TEST)

#define SEALED_TEST(name)                                        \
	Test(sealed_memory, name)                                \
	{                                                        \
		suite_run_sealed(&memory_fixture, suite_##name); \
	}
SUITE_CASES(SEALED_TEST)
