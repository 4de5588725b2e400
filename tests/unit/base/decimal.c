/* decimal.c - numbers as text. */
#include "base/decimal.h"

#include <criterion/criterion.h>
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

Test(decimal, writes_what_printf_would)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[DECIMAL_BYTES];
		size_t len = decimal_write(rows[i].number, out);

		cr_expect(len == strlen(rows[i].text) && memcmp(out, rows[i].text, len) == 0,
			  "%s: got %.*s", rows[i].text, (int)len, out);
	}
}
