/* fold.c - tests of gateway/fold.h. */
#include "gateway/fold.h"

#include <criterion/criterion.h>

enum { LONGEST = 20 };

static bool is_capital_digit_or_underscore(int c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

Test(fold, makes_capitals_and_underscores)
{
	for (int c = 0; c < 256; c++) {
		int expected = c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;

		if (!is_capital_digit_or_underscore(expected))
			expected = '_';
		cr_expect_eq(fold_char((char)c), (char)expected, "%02x", (unsigned)c);
	}
}

Test(fold, sees_each_character_that_changes_wherever_it_stands)
{
	char name[LONGEST];

	for (size_t len = 0; len <= LONGEST; len++) {
		memset(name, 'Z', sizeof(name));
		cr_expect(fold_keeps(slice_of(name, len)), "%zu", len);
		for (size_t place = 0; place < len; place++) {
			for (int c = 0; c < 256; c++) {
				name[place] = (char)c;
				cr_expect_eq(fold_keeps(slice_of(name, len)),
					     is_capital_digit_or_underscore(c),
					     "%02x at %zu of %zu", (unsigned)c, place, len);
			}
			name[place] = 'Z';
		}
	}
}

Test(fold, compares_names_however_they_are_spelled)
{
	static const struct {
		const char *name, *a, *b;
		bool equal, starts;
	} rows[] = {
		{ "the same", "HTTP_A", "HTTP_A", true, true },
		{ "case", "Http_a", "HTTP_A", true, true },
		{ "a dash for an underscore", "http-a", "HTTP_A", true, true },
		{ "beyond ASCII",
		  "HTTP\xc3"
		  "A",
		  "HTTP_A", true, true },
		{ "longer", "session.id", "SESSION_", false, true },
		{ "shorter", "SESSION", "SESSION_", false, false },
		{ "another", "XESSION_A", "SESSION_", false, false },
		{ "none", "", "SESSION_", false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice a = slice_from(rows[i].a), b = slice_from(rows[i].b);

		cr_expect_eq(fold_equal(a, b), rows[i].equal, "%s", rows[i].name);
		cr_expect_eq(fold_starts(a, b), rows[i].starts, "%s", rows[i].name);
	}
}
