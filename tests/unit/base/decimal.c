/* decimal.c - numbers as text. */
#include "base/decimal.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int64_t number;
	const char *text;
} rows[] = {
	{ 0, "0" },
	{ 7, "7" },
	{ 10, "10" },
	{ -1, "-1" },
	{ 1763668800123, "1763668800123" },
	{ INT64_MAX, "9223372036854775807" },
	{ INT64_MIN, "-9223372036854775808" },
};

static void expect_as_printf(int64_t number)
{
	char out[DECIMAL_BYTES], expected[DECIMAL_BYTES + 1];
	size_t len = decimal_write(number, out);

	cr_expect_eq((int)len, snprintf(expected, sizeof(expected), "%lld", (long long)number));
	cr_expect(memcmp(out, expected, len) == 0, "%s: got %.*s", expected, (int)len, out);
}

/* Where a number gets one digit more, in both bases. */
Test(decimal, writes_each_length)
{
	for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10)
		for (int64_t near = -1; near <= 1; near++) {
			expect_as_printf(10 * power + near);
			expect_as_printf(-10 * power + near);
		}
	for (int bit = 0; bit < 62; bit++)
		for (int64_t near = -1; near <= 1; near++)
			expect_as_printf((INT64_C(1) << bit) + near);
}

Test(decimal, writes_what_printf_would)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[DECIMAL_BYTES];
		size_t len = decimal_write(rows[i].number, out);

		cr_expect(len == strlen(rows[i].text) && memcmp(out, rows[i].text, len) == 0,
			  "%s: got %.*s", rows[i].text, (int)len, out);
	}
}
