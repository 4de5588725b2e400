/* base64url.c - tests of base/base64url.c. */
#include "base/base64url.h"

#include <criterion/criterion.h>

Test(base64url, encodes)
{
	static const struct {
		const char *name;
		struct slice bytes;
		const char *text;
	} rows[] = {
		{ "nothing", { "", 0 }, "" },
		{ "one byte", { "f", 1 }, "Zg" },
		{ "two", { "fo", 2 }, "Zm8" },
		{ "three", { "foo", 3 }, "Zm9v" },
		{ "six", { "foobar", 6 }, "Zm9vYmFy" },
		{ "the two of its own", { "\xfb\xff\xfe", 3 }, "-__-" },
		{ "zeros", { "\0\0", 2 }, "AAA" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[16] = { 0 };

		base64url_encode((const uint8_t *)rows[i].bytes.ptr, rows[i].bytes.len, out);
		cr_expect_str_eq(out, rows[i].text, "%s: %s", rows[i].name, out);
		cr_expect_eq(strlen(out), BASE64URL_CHARS(rows[i].bytes.len), "%s", rows[i].name);
	}
}

Test(base64url, knows_its_characters)
{
	unsigned count = 0;

	for (int c = -128; c < 128; c++)
		count += base64url_is_char((char)c);
	cr_expect_eq(count, 64);
	cr_expect(base64url_is_char('-') && base64url_is_char('_'));
	cr_expect_not(base64url_is_char('+') || base64url_is_char('/') || base64url_is_char('='));
}

/* Of each length, and wherever another character stands. */
Test(base64url, knows_its_text)
{
	char text[20];

	memset(text, 'x', sizeof(text));
	for (size_t len = 0; len <= sizeof(text); len++) {
		cr_expect(base64url_is_text(slice_of(text, len)), "%zu", len);
		for (size_t place = 0; place < len; place++) {
			for (int c = -128; c < 128; c++) {
				text[place] = (char)c;
				cr_expect_eq(base64url_is_text(slice_of(text, len)),
					     base64url_is_char((char)c), "%d at %zu of %zu", c,
					     place, len);
			}
			text[place] = 'x';
		}
	}
}

Test(base64url, decodes_what_it_encodes_and_nothing_else)
{
	static const char *const rows[] = { "Z",    "Zh",   "Zm9",   "Zm9vY",
					    "Zg==", "Zm+v", "Zm9v ", "Zm\n9" };
	uint8_t bytes[40], back[40];
	char text[64];

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct slice whole = { text, BASE64URL_CHARS(len) };

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)(i * 37 + len * 101 + 250);
		base64url_encode(bytes, len, text);
		cr_assert(base64url_decode(whole, back), "%zu", len);
		cr_expect_eq(whole.len * 3 / 4, len);
		cr_expect(len == 0 || memcmp(bytes, back, len) == 0, "%zu", len);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_not(base64url_decode(slice_from(rows[i]), back), "%s", rows[i]);
}
