/* digits.h - bytes as published test vectors spell them. */
#ifndef SG_TESTS_DIGITS_H
#define SG_TESTS_DIGITS_H

#include "base/hex.h"
#include "base/slice.h"

#include <criterion/criterion.h>

enum { DIGITS_BYTES = 128 };

struct digits {
	uint8_t bytes[DIGITS_BYTES];
	size_t len;
};

static inline struct digits digits_read(const char *text)
{
	struct digits d = { .len = strlen(text) / 2 };

	cr_assert(d.len <= DIGITS_BYTES);
	for (size_t i = 0; i < d.len; i++)
		d.bytes[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return d;
}

/* Borrowed. */
static inline struct slice digits_slice(const struct digits *d)
{
	return slice_of((const char *)d->bytes, d->len);
}

#endif
