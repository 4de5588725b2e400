/* percent.c - tests of base/percent.c. */
#include "base/percent.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(percent, decodes)
{
	static const struct {
		const char *name, *text;
		int rc;
		struct slice decoded;
	} rows[] = {
		{ "nothing to do", "abc", 0, { "abc", 3 } },
		{ "both cases of hex", "%c3%A9", 0, { "\xc3\xa9", 2 } },
		{ "plus stays", "a+b", 0, { "a+b", 3 } },
		{ "NUL", "a%00b", 0, { "a\0b", 3 } },
		{ "percent itself", "100%25", 0, { "100%", 4 } },
		{ "decoded once", "%2541", 0, { "%41", 3 } },
		{ "empty", "", 0, { "", 0 } },
		{ "no digits", "a%", SG_EFORMAT, { NULL, 0 } },
		{ "one digit", "a%4", SG_EFORMAT, { NULL, 0 } },
		{ "not a digit", "%4g", SG_EFORMAT, { NULL, 0 } },
		{ "two percents", "%%41", SG_EFORMAT, { NULL, 0 } },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = slice_from(rows[i].text);
		char out[32];
		size_t len = 0;

		cr_expect_eq(percent_decode(text, out, &len), rows[i].rc, "%s", rows[i].name);
		cr_expect(rows[i].rc != 0 || slice_equal(slice_of(out, len), rows[i].decoded), "%s",
			  rows[i].name);
	}
}

Test(percent, encodes)
{
	static const struct {
		const char *name;
		struct slice text;
		const char *keep, *encoded;
	} rows[] = {
		{ "unreserved", { "AZaz09-._~", 10 }, "", "AZaz09-._~" },
		{ "reserved", { "/?a b", 5 }, "", "%2F%3Fa%20b" },
		{ "kept", { "/?a b", 5 }, "/", "/%3Fa%20b" },
		{ "NUL is never kept", { "\0", 1 }, "/", "%00" },
		{ "high bytes", { "\xff\x80", 2 }, "", "%FF%80" },
		{ "empty", { "", 0 }, "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buffer b = { 0 };

		cr_assert_eq(percent_encode(&b, rows[i].text, rows[i].keep), 0);
		cr_expect(slice_equal(buffer_content(&b), slice_from(rows[i].encoded)), "%s: %.*s",
			  rows[i].name, SLICE_ARGS(buffer_content(&b)));
		buffer_fini(&b);
	}
}
