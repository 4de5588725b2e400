/* decimal.c - see decimal.h. */
#include "base/decimal.h"

#include <string.h>

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

size_t decimal_write(int64_t number, char out[DECIMAL_BYTES])
{
	/* negated as unsigned: the lowest number has no positive counterpart */
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[DECIMAL_BYTES];
	size_t at = sizeof(digits), len;

	for (; rest >= 100; rest /= 100) {
		at -= 2;
		memcpy(digits + at, decimal_pairs + 2 * (rest % 100), 2);
	}
	if (rest >= 10) {
		at -= 2;
		memcpy(digits + at, decimal_pairs + 2 * rest, 2);
	} else
		digits[--at] = (char)('0' + rest);
	if (number < 0)
		digits[--at] = '-';
	len = sizeof(digits) - at;
	memcpy(out, digits + at, len);
	return len;
}
