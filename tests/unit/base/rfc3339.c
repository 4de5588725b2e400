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

static const struct {
	const char *text;
	int64_t ms; /* -1: no moment */
} written[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "2026-11-25T12:00:00.120Z", 1795608000120 },
	{ "2026-11-25t12:00:00.1209z", 1795608000120 },
	{ "2026-11-25T12:00:00.1Z", 1795608000100 },
	{ "2026-11-25T14:00:00+02:00", 1795608000000 },
	{ "2026-11-25T06:30:00.120-05:30", 1795608000120 },
	{ "2000-02-29T00:00:00Z", 951782400000 },
	{ "9999-12-31T23:59:59.999Z", 253402300799999 },
	{ "9999-12-31T23:59:59-01:00", -1 },
	{ "1970-01-01T00:00:00+01:00", -1 },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "2001-02-29T00:00:00Z", -1 },
	{ "2026-11-25T24:00:00Z", -1 },
	{ "2026-11-25T12:00:60Z", -1 },
	{ "2026-13-25T12:00:00Z", -1 },
	{ "2026-00-25T12:00:00Z", -1 },
	{ "2026-11-25T12:00:00", -1 },
	{ "2026-11-25T12:00Z", -1 },
	{ "2026-11-25 12:00:00Z", -1 },
	{ "2026-11-25T12:00:00.Z", -1 },
	{ "2026-11-25T12:00:00+2:00", -1 },
	{ "2026-11-25T12:00:00+0200", -1 },
	{ "2026-11-25T12:00:00+24:00", -1 },
	{ "2026-11-25T12:00:00ZZ", -1 },
	{ "2026-11-25", -1 },
	{ "+026-11-25T12:00:00Z", -1 },
	{ "", -1 },
};

Test(rfc3339, reads_moments)
{
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		int64_t ms = -1;
		bool read = rfc3339_read(slice_from(written[i].text), &ms);

		cr_expect_eq(ms, written[i].ms, "%s: got %lld", written[i].text, (long long)ms);
		cr_expect_eq(read, written[i].ms >= 0, "%s", written[i].text);
	}
}
