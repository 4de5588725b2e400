/* decimal.h - numbers as text, on the way of every request, where snprintf(3) would cost more than
 * all else that is written. Thread: any. */
#ifndef SG_DECIMAL_H
#define SG_DECIMAL_H

#include "base/slice.h"

#include <assert.h>

enum { DECIMAL_BYTES = 20 }; /* of the longest: -9223372036854775808 */

/* Writes number without a NUL; the length, at most DECIMAL_BYTES. */
size_t decimal_write(int64_t number, char out[DECIMAL_BYTES]);

/* The same, borrowed from out. */
static inline struct slice decimal_text(int64_t number, char out[DECIMAL_BYTES])
{
	size_t len = decimal_write(number, out);

	assert(len <= DECIMAL_BYTES);
	return slice_of(out, len);
}

#endif
