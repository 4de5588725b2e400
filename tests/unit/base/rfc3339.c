/* rfc3339.c - moments as text. */
#include "base/rfc3339.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
	int64_t ms;
	const char *text;
} rows[] = {
	{ 0, "1970-01-01T00:00:00.000Z" },
	{ 999, "1970-01-01T00:00:00.999Z" },
	{ 951782400001, "2000-02-29T00:00:00.001Z" },
	{ 1795608000120, "2026-11-25T12:00:00.120Z" },
	{ 253402300799999, "9999-12-31T23:59:59.999Z" },
};

Test(rfc3339, writes_moments)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[RFC3339_CHARS];

		rfc3339_write(rows[i].ms, out);
		cr_expect_eq(memcmp(out, rows[i].text, sizeof(out)), 0, "%s: got %.*s",
			     rows[i].text, RFC3339_CHARS, out);
	}
}

Test(rfc3339, another_moment_of_the_same_second)
{
	char out[RFC3339_CHARS];

	rfc3339_write(951782400001, out);
	rfc3339_write_ms(951782400987, out);
	cr_expect_eq(memcmp(out, "2000-02-29T00:00:00.987Z", sizeof(out)), 0);
}
