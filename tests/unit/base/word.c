/* word.c - tests of base/word.h: what is said of eight bytes is what would be said of each. */
#include "base/word.h"

#include <criterion/criterion.h>

/* A byte among others that are the same, in each place; and what it may take from its neighbours. */
static const uint8_t fillings[] = { 0, 1, 'a', 0x7e, 0x7f };

static uint64_t word_of(uint8_t byte, size_t place, uint8_t filling)
{
	char bytes[WORD_BYTES];

	memset(bytes, filling, sizeof(bytes));
	bytes[place] = (char)byte;
	return word_load(bytes);
}

static void expect_as_its_bytes(uint8_t byte, size_t place, uint8_t filling)
{
	static const uint8_t limits[] = { 1, 0x20, 0x61, 0x7f, 0x80 };
	uint64_t word = word_of(byte, place, filling);

	cr_expect_eq(word_is_ascii(word), byte < 0x80, "%02x in %02x", byte, filling);
	for (size_t i = 0; i < sizeof(limits); i++) {
		uint8_t limit = limits[i];

		cr_expect_eq(word_has_below(word, limit), byte < limit || filling < limit,
			     "%02x in %02x, below %02x", byte, filling, limit);
		cr_expect_eq(word_has(word, limit), byte == limit || filling == limit,
			     "%02x in %02x, has %02x", byte, filling, limit);
	}
}

Test(word, says_what_each_byte_would)
{
	for (int byte = 0; byte < 256; byte++)
		for (size_t place = 0; place < WORD_BYTES; place++)
			for (size_t i = 0; i < sizeof(fillings); i++)
				expect_as_its_bytes((uint8_t)byte, place, fillings[i]);
}

Test(word, loads_each_of_a_few_bytes_and_no_other)
{
	for (size_t len = 1; len < WORD_BYTES; len++) {
		for (size_t place = 0; place < WORD_BYTES; place++) {
			char bytes[WORD_BYTES];

			memset(bytes, 'a', sizeof(bytes));
			bytes[place] = 1;
			cr_expect_eq(word_has(word_load_few(bytes, len), 1), place < len,
				     "%zu of %zu", place, len);
			cr_expect(word_has(word_load_few(bytes, len), 'a') || len == 1);
		}
	}
}

Test(word, marks_the_bytes_that_are_between)
{
	for (uint8_t byte = 0; byte < 0x80; byte++) {
		for (size_t place = 0; place < WORD_BYTES; place++) {
			uint64_t mark = word_of(0x80, place, 0);
			bool between = byte >= 'A' && byte <= 'Z';

			cr_expect_eq(word_between(word_of(byte, place, 'a'), 'A', 'Z'),
				     between ? mark : 0, "%02x", byte);
			cr_expect_eq(word_between(word_of(byte, place, 'B'), 'A', 'Z'),
				     between ? WORD_SIGNS : WORD_SIGNS & ~mark, "%02x", byte);
		}
	}
}

enum { LONGEST = 80 };

Test(word, compares_as_memcmp)
{
	char a[LONGEST], b[LONGEST];

	memset(a, 'a', sizeof(a));
	for (size_t len = 0; len < LONGEST; len++) {
		for (size_t at = 0; at < LONGEST; at++) {
			memcpy(b, a, sizeof(b));
			b[at] = 'b';
			cr_expect_eq(word_equal(a, b, len), at >= len, "%zu of %zu", at, len);
		}
	}
}

Test(word, copies_as_memcpy_and_no_byte_more)
{
	char from[LONGEST], to[LONGEST + 2], expected[LONGEST + 2];

	for (size_t i = 0; i < LONGEST; i++)
		from[i] = (char)(i + 1);
	for (size_t len = 0; len < LONGEST; len++) {
		memset(to, 0, sizeof(to));
		memset(expected, 0, sizeof(expected));
		memcpy(expected + 1, from, len);
		word_copy(to + 1, from, len);
		cr_expect(memcmp(to, expected, sizeof(to)) == 0, "%zu", len);
	}
}

/* Whatever comes behind it, such as what a word's subtraction would take for it as well. */
static void expect_before(uint8_t byte, size_t place, size_t bytes, bool row)
{
	char text[WORD_ROW_BYTES];
	size_t a_then_b, b;

	memset(text, byte, sizeof(text));
	if (place < bytes)
		text[place] = 'b';
	b = row ? word_row_before_either(text, 'a', 'b') : word_before_either(text, 'a', 'b');
	cr_expect_eq(b, place, "%02x, b at %zu of %zu: %zu", byte, place, bytes, b);
	text[bytes - 1] = 'b';
	if (place < bytes)
		text[place] = 'a';
	a_then_b =
		row ? word_row_before_either(text, 'a', 'b') : word_before_either(text, 'a', 'b');
	cr_expect_eq(a_then_b, place < bytes ? place : bytes - 1, "%02x, a at %zu of %zu: %zu",
		     byte, place, bytes, a_then_b);
}

Test(word, counts_what_comes_before_either_of_two)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		if (byte == 'a' || byte == 'b')
			continue;
		for (size_t place = 0; place <= WORD_BYTES; place++)
			expect_before((uint8_t)byte, place, WORD_BYTES, false);
		for (size_t place = 0; place <= WORD_ROW_BYTES; place++)
			expect_before((uint8_t)byte, place, WORD_ROW_BYTES, true);
	}
}
