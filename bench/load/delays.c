/* delays.c - see delays.h. */
#include "bench/load/delays.h"

#include <stdio.h>
#include <stdlib.h>

enum { DELAYS_ROOM = 1 << 16 };

void delays_add(struct delays *d, int64_t us)
{
	if (d->count == d->room) {
		d->room = d->room > 0 ? 2 * d->room : DELAYS_ROOM;
		d->us = reallocarray(d->us, d->room, sizeof(d->us[0]));
		if (d->us == NULL)
			abort();
	}
	d->us[d->count++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static int us_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* What so many of a thousand do not exceed. */
static unsigned delays_permille(const struct delays *d, size_t permille)
{
	return d->count > 0 ? d->us[(d->count - 1) * permille / 1000] : 0;
}

static size_t delays_beyond(const struct delays *d, uint32_t us)
{
	size_t beyond = 0;

	while (beyond < d->count && d->us[d->count - 1 - beyond] > us)
		beyond++;
	return beyond;
}

void delays_print(struct delays *d)
{
	if (d->count > 0)
		qsort(d->us, d->count, sizeof(d->us[0]), us_compare);
	printf("{\"count\": %zu, \"median_us\": %u, \"p99_us\": %u, \"p999_us\": %u, \"longest_us\": %u, "
	       "\"pauses\": %zu}",
	       d->count, delays_permille(d, 500), delays_permille(d, 990), delays_permille(d, 999),
	       delays_permille(d, 1000), delays_beyond(d, DELAYS_PAUSE_US));
}
