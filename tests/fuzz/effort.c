/* effort.c - see effort.h. */
#include "tests/fuzz/effort.h"

#include "tests/fuzz/claim.h"

#include <time.h>

static int64_t effort_now_us(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct effort effort_begin(void)
{
	return (struct effort){ effort_now_us() };
}

void effort_end(const struct effort *e, int64_t max_ms)
{
	int64_t spent_us = effort_now_us() - e->began_us;

	CLAIM(spent_us <= max_ms * 1000, "%lld ms of CPU", (long long)spent_us / 1000);
}
