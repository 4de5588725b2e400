/* screen.c - text that other people wrote. */
#include "cli/screen.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

static const struct {
	const char *name, *text;
	size_t columns; /* there are; 0: any */
	const char *shown;
	size_t taken;
} rows[] = {
	{ "nothing", "", 0, "", 0 },
	{ "ASCII", "alice", 0, "alice", 5 },
	{ "an escape", "a\033[2Jb", 0, "a\\u001b[2Jb", 11 },
	{ "DEL and C1", "\x7f\xc2\x9b", 0, "\\u007f\\u009b", 12 },
	{ "a line's end", "a\nb\t", 0, "a\\u000ab\\u0009", 14 },
	{ "no UTF-8", "a\x80\xffz", 0, "a\\x80\\xffz", 10 },
	{ "half a character", "\xe6\xbc", 0, "\\xe6\\xbc", 8 },
	{ "turned around", "\xe2\x80\x8f", 0, "\\u200f", 6 },
	{ "of no width", "a\xe2\x80\x8b", 0, "a\\u200b", 7 },
	{ "a tag", "\xf3\xa0\x81\x81", 0, "\\U000e0041", 10 },
	{ "letters", "\xc3\xa9", 0, "\xc3\xa9", 1 },
	{ "wide", "\xe6\xbc\xa2\xe5\xad\x97", 0, "\xe6\xbc\xa2\xe5\xad\x97", 4 },
	{ "combined", "e\xcc\x81", 0, "e\xcc\x81", 1 },
	{ "it fits", "alice", 5, "alice", 5 },
	{ "cut", "alice", 4, "ali\xe2\x80\xa6", 4 },
	{ "cut before a wide one", "a\xe6\xbc\xa2\xe5\xad\x97", 3, "a\xe2\x80\xa6", 2 },
	{ "cut with what is combined", "abe\xcc\x81z", 3, "ab\xe2\x80\xa6", 3 },
	{ "no half of an escape", "ab\033", 4, "ab\xe2\x80\xa6", 3 },
};

Test(screen, spells_out_what_a_terminal_obeys)
{
	struct screen screen;

	screen_open(&screen);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buffer out = { 0 };
		size_t taken = screen_clean(&out, slice_from(rows[i].text),
					    rows[i].columns > 0 ? rows[i].columns : SIZE_MAX);

		cr_expect(slice_equal(buffer_content(&out), slice_from(rows[i].shown)),
			  "%s: got %.*s", rows[i].name, SLICE_ARGS(buffer_content(&out)));
		cr_expect_eq(taken, rows[i].taken, "%s: %zu", rows[i].name, taken);
		buffer_fini(&out);
	}
}
