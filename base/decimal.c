/* decimal.c - see decimal.h. */
#include "base/decimal.h"

#include <string.h>

size_t decimal_write(int64_t number, char out[DECIMAL_BYTES])
{
	/* negated as unsigned: the lowest number has no positive counterpart */
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[DECIMAL_BYTES];
	size_t at = sizeof(digits), len;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		digits[--at] = '-';
	len = sizeof(digits) - at;
	memcpy(out, digits + at, len);
	return len;
}
