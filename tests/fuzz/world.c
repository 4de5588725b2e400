/* world.c - see world.h. */
#include "tests/fuzz/world.h"

#include "tests/fuzz/claim.h"

#include <stddef.h>

int64_t __wrap_clock_mono_ms(void);
int64_t __wrap_clock_mono_us(void);
int64_t __wrap_clock_wall_ms(void);
int __wrap_random_bytes(void *out, size_t len);
int __wrap_random_u64(uint64_t *out);

static int64_t now_ms;
static uint64_t random_state;

void world_begin(void)
{
	now_ms = 1000000;
	random_state = 88172645463325252u;
}

void world_pass(int64_t ms)
{
	now_ms += ms;
}

int64_t world_mono_ms(void)
{
	return now_ms;
}

int64_t world_wall_ms(void)
{
	return 1700000000000 + now_ms;
}

int64_t __wrap_clock_mono_ms(void)
{
	return now_ms;
}

int64_t __wrap_clock_mono_us(void)
{
	return now_ms * 1000;
}

int64_t __wrap_clock_wall_ms(void)
{
	return world_wall_ms();
}

/* xorshift64* */
int __wrap_random_u64(uint64_t *out)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	*out = random_state * 2685821657736338717u;
	return 0;
}

int __wrap_random_bytes(void *out, size_t len)
{
	uint8_t *bytes = out;
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++, word >>= 8) {
		if (i % sizeof(word) == 0)
			CLAIM(__wrap_random_u64(&word) == 0);
		bytes[i] = (uint8_t)word;
	}
	return 0;
}
