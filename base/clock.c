/* clock.c - see clock.h. */
#include "base/clock.h"

#include <time.h>

static struct timespec clock_read(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts); /* fails for no clock that Linux has had since 2.6 */
	return ts;
}

int64_t clock_wall_ms(void)
{
	struct timespec ts = clock_read(CLOCK_REALTIME);

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_wall_coarse_ms(void)
{
	struct timespec ts = clock_read(CLOCK_REALTIME_COARSE);

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_mono_us(void)
{
	struct timespec ts = clock_read(CLOCK_MONOTONIC);

	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* The coarse clock costs a quarter of the other, and is read several times for each request. */
int64_t clock_mono_ms(void)
{
	struct timespec ts = clock_read(CLOCK_MONOTONIC_COARSE);

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
