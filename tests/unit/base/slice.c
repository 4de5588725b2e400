/* slice.c - tests of base/slice.c. */
#include "base/slice.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(slice, compares_ascii_without_case)
{
	static const struct {
		const char *name, *a, *b;
		bool equal, starts;
	} rows[] = {
		{ "same", "Cookie", "Cookie", true, true },
		{ "other case", "COOKIE", "cookie", true, true },
		{ "prefix", "X-Session-Set", "x-session-", false, true },
		{ "shorter", "x", "xy", false, false },
		{ "empty", "", "", true, true },
		{ "neighbours of letters", "@[`{", "`{@[", false, false },
		{ "not ASCII", "\xc3\x84", "\xc3\xa4", false, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice a = slice_from(rows[i].a), b = slice_from(rows[i].b);

		cr_expect_eq(slice_equal_nocase(a, b), rows[i].equal, "%s", rows[i].name);
		cr_expect_eq(slice_starts_nocase(a, b), rows[i].starts, "%s", rows[i].name);
	}
}

Test(slice, a_token_has_the_characters_of_rfc_9110)
{
	static const char chars[] = "!#$%&'*+-.^_`|~0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	for (int c = 0; c < 256; c++) {
		char text[] = { 'a', (char)c };

		cr_expect_eq(slice_is_token(slice_of(text, 2)),
			     memchr(chars, c, sizeof(chars) - 1) != NULL, "%d", c);
	}
	cr_expect(!slice_is_token(SLICE("")));
}

Test(slice, trims_blanks_at_both_ends)
{
	static const struct {
		const char *name, *text, *trimmed;
	} rows[] = {
		{ "none", "a b", "a b" },
		{ "both", " \t a b\t ", "a b" },
		{ "only blanks", " \t ", "" },
		{ "empty", "", "" },
		{ "a line end stays", "a\n", "a\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect(slice_equal(slice_trim(slice_from(rows[i].text)),
				      slice_from(rows[i].trimmed)),
			  "%s", rows[i].name);
}

Test(slice, cuts_at_the_first)
{
	static const struct {
		const char *name, *text, *head, *rest;
		bool found;
	} rows[] = {
		{ "in the middle", "a=b=c", "a", "b=c", true },
		{ "at the front", "=b", "", "b", true },
		{ "at the end", "a=", "a", "", true },
		{ "nowhere", "abc", "abc", "", false },
		{ "empty", "", "", "", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice s = slice_from(rows[i].text), head;

		cr_expect_eq(slice_cut(&s, '=', &head), rows[i].found, "%s", rows[i].name);
		cr_expect(slice_equal(head, slice_from(rows[i].head)), "%s", rows[i].name);
		cr_expect(slice_equal(s, slice_from(rows[i].rest)), "%s", rows[i].name);
	}
}

Test(slice, reads_numbers_up_to_max)
{
	static const struct {
		const char *name, *text;
		uint64_t max;
		bool ok;
		uint64_t number;
	} rows[] = {
		{ "zero", "0", 10, true, 0 },
		{ "leading zeros", "0007", 10, true, 7 },
		{ "max", "65535", 65535, true, 65535 },
		{ "over max", "65536", 65535, false, 0 },
		{ "a digit over a small max", "5", 3, false, 0 },
		{ "the largest", "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "one more", "18446744073709551616", UINT64_MAX, false, 0 },
		{ "wraps twice", "99999999999999999999999", UINT64_MAX, false, 0 },
		{ "empty", "", 10, false, 0 },
		{ "a sign", "+1", 10, false, 0 },
		{ "minus", "-1", 10, false, 0 },
		{ "a blank", " 1", 10, false, 0 },
		{ "hex", "a", 100, false, 0 },
		{ "behind the digits", "1:", 100, false, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t number = 42;

		cr_expect_eq(slice_number(slice_from(rows[i].text), rows[i].max, &number),
			     rows[i].ok, "%s", rows[i].name);
		cr_expect_eq(number, rows[i].ok ? rows[i].number : 42, "%s", rows[i].name);
	}
}

Test(slice, knows_utf8_and_controls)
{
	static const struct {
		const char *name, *text;
		bool utf8, control;
	} rows[] = {
		{ "ASCII", "abc", true, false },
		{ "empty", "", true, false },
		{ "two bytes", "\xc3\xa9", true, false },
		{ "three", "\xe2\x82\xac", true, false },
		{ "four", "\xf0\x9f\x98\x80", true, false },
		{ "the last code point", "\xf4\x8f\xbf\xbf", true, false },
		{ "beyond it", "\xf4\x90\x80\x80", false, false },
		{ "overlong slash", "\xc0\xaf", false, false },
		{ "overlong in three", "\xe0\x80\xaf", false, false },
		{ "overlong in four", "\xf0\x80\x80\xaf", false, false },
		{ "a surrogate", "\xed\xa0\x80", false, false },
		{ "before the surrogates", "\xed\x9f\xbf", true, false },
		{ "cut short", "a\xe2\x82", false, false },
		{ "a lone continuation", "\x80", false, false },
		{ "0xff", "\xff", false, false },
		{ "a tab", "a\tb", true, true },
		{ "delete", "\x7f", true, true },
		{ "unit separator", "\x1f", true, true },
		{ "space", " ", true, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice s = slice_from(rows[i].text);

		cr_expect_eq(slice_is_utf8(s), rows[i].utf8, "%s", rows[i].name);
		cr_expect_eq(slice_has_control(s), rows[i].control, "%s", rows[i].name);
	}
	cr_expect(slice_has_control(SLICE("a\0b")));
}

/* Of each length, and wherever it stands. */
Test(slice, control_bytes_in_each_place)
{
	char text[20];

	memset(text, 'x', sizeof(text));
	for (size_t len = 0; len <= sizeof(text); len++) {
		cr_expect_not(slice_has_control(slice_of(text, len)), "%zu", len);
		for (size_t place = 0; place < len; place++) {
			for (int c = 0; c < 256; c++) {
				text[place] = (char)c;
				cr_expect_eq(slice_has_control(slice_of(text, len)),
					     c < 0x20 || c == 0x7f, "%02x at %zu of %zu", c, place,
					     len);
			}
			text[place] = 'x';
		}
	}
}
