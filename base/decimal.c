/* decimal.c - see decimal.h. */
#include "base/decimal.h"

/* Two digits at a time: half the divisions. */
static const char decimal_pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";

/* How many a number has, but 0. */
static size_t decimal_digits(uint64_t number)
{
	static const uint64_t powers[] = {
		1u,
		10u,
		100u,
		1000u,
		10000u,
		100000u,
		1000000u,
		10000000u,
		100000000u,
		1000000000u,
		10000000000u,
		100000000000u,
		1000000000000u,
		10000000000000u,
		100000000000000u,
		1000000000000000u,
		10000000000000000u,
		100000000000000000u,
		1000000000000000000u,
		10000000000000000000u,
	};
	/* 1233 / 4096 is a little more than the logarithm of 2 */
	unsigned bits = 64 - (unsigned)__builtin_clzl(number), digits = bits * 1233 >> 12;

	return digits + (number >= powers[digits]);
}

size_t decimal_write(int64_t number, char out[DECIMAL_BYTES])
{
	/* negated as unsigned: the lowest number has no positive counterpart */
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	size_t sign = number < 0, at, len;

	if (number < 0)
		out[0] = '-';
	at = len = sign + (rest < 10 ? 1 : decimal_digits(rest));
	for (; rest >= 100; rest /= 100) {
		at -= 2;
		memcpy(out + at, decimal_pairs + 2 * (rest % 100), 2);
	}
	if (rest >= 10)
		memcpy(out + sign, decimal_pairs + 2 * rest, 2);
	else
		out[sign] = (char)('0' + rest);
	return len;
}
