/* pattern.h - the content of bodies in both directions: what is lost, doubled or out of place is seen, since the
 * pattern's period is a prime that no buffer's size divides. */
#ifndef SG_BENCH_PATTERN_H
#define SG_BENCH_PATTERN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { PATTERN_PERIOD = 65521 };

static inline const char *pattern(void)
{
	static char bytes[PATTERN_PERIOD];

	if (bytes[1] == 0) {
		for (uint32_t i = 0; i < PATTERN_PERIOD; i++)
			bytes[i] = (char)(i * 2654435761u >> 24);
	}
	return bytes;
}

/* How many of len bytes can be had in one piece from at on. */
static inline size_t pattern_run(uint64_t at, size_t len)
{
	size_t left = (size_t)(PATTERN_PERIOD - at % PATTERN_PERIOD);

	return len < left ? len : left;
}

static inline void pattern_write(char *to, size_t len, uint64_t at)
{
	for (size_t n; len > 0; to += n, at += n, len -= n) {
		n = pattern_run(at, len);
		memcpy(to, pattern() + at % PATTERN_PERIOD, n);
	}
}

static inline bool pattern_is(const char *bytes, size_t len, uint64_t at)
{
	for (size_t n; len > 0; bytes += n, at += n, len -= n) {
		n = pattern_run(at, len);
		if (memcmp(bytes, pattern() + at % PATTERN_PERIOD, n) != 0)
			return false;
	}
	return true;
}

#endif
