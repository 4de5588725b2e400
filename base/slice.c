/* slice.c - see slice.h. */
#include "base/slice.h"

#include "base/word.h"

static char slice_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool slice_same_nocase(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	/* most that are the same are written the same */
	while (len - i >= WORD_BYTES && word_load(a + i) == word_load(b + i))
		i += WORD_BYTES;
	for (; i < len; i++) {
		if (slice_lower(a[i]) != slice_lower(b[i]))
			return false;
	}
	return true;
}

static bool slice_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && slice_is_blank(s.ptr[0]))
		s = slice_after(s, 1);
	while (s.len > 0 && slice_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool slice_number(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t number = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)(unsigned char)s.ptr[i] - '0';

		/* a division would take as long as all the rest */
		if (digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, digit, &number) || number > max)
			return false;
	}
	*out = number;
	return true;
}

bool slice_is_token(struct slice s)
{
	static const bool chars[256] = {
		['a' ... 'z'] = true,  ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['!'] = true,
		['#' ... '\''] = true, ['*'] = true,         ['+'] = true,         ['-'] = true,
		['.'] = true,          ['^' ... '`'] = true, ['|'] = true,         ['~'] = true,
	};
	bool all = s.len > 0;

	for (size_t i = 0; i < s.len; i++)
		all &= chars[(uint8_t)s.ptr[i]];
	return all;
}

static bool slice_word_has_control(uint64_t word)
{
	return word_has_below(word, 0x20) || word_has(word, 0x7f);
}

bool slice_has_control(struct slice s)
{
	size_t at = 0;

	if (s.len < WORD_BYTES)
		return s.len > 0 && slice_word_has_control(word_load_few(s.ptr, s.len));
	for (; at + WORD_BYTES < s.len; at += WORD_BYTES)
		if (slice_word_has_control(word_load(s.ptr + at)))
			return true;
	return slice_word_has_control(word_load(s.ptr + s.len - WORD_BYTES));
}

/* The second byte decides what the first leaves open: overlong forms, surrogates, the end of Unicode. */
static bool slice_second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return true;
	}
}

size_t slice_utf8_char(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t len;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (s.len < len || !slice_second_fits(p[0], p[1]))
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}

bool slice_is_utf8(struct slice s)
{
	while (s.len > 0) {
		size_t len = s.len >= WORD_BYTES && word_is_ascii(word_load(s.ptr))
				     ? WORD_BYTES
				     : slice_utf8_char(s);

		if (len == 0)
			return false;
		s = slice_after(s, len);
	}
	return true;
}
