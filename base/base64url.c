/* base64url.c - see base64url.h. */
#include "base/base64url.h"

#include "base/word.h"

static const char base64url_chars[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const bool base64url_alphabet[256] = {
	['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['0' ... '9'] = true,
	['-'] = true,         ['_'] = true,
};

/* The first n characters of three bytes' four. */
static void base64url_put(uint32_t bits, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = base64url_chars[bits >> (18 - 6 * i) & 63];
}

void base64url_encode(const uint8_t *bytes, size_t len, char *out)
{
	for (; len >= 3; len -= 3, bytes += 3, out += 4)
		base64url_put((uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2], 4,
			      out);
	if (len == 2)
		base64url_put((uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8, 3, out);
	else if (len == 1)
		base64url_put((uint32_t)bytes[0] << 16, 2, out);
}

static bool base64url_is_word(uint64_t word)
{
	/* the bit that tells small letters from capitals makes a letter of nothing else */
	uint64_t letters = word_between(word | WORD_EACH(0x20), 'a', 'z');

	return word_is_ascii(word) &&
	       (letters | word_between(word, '0', '9') | word_between(word, '-', '-') |
		word_between(word, '_', '_')) == WORD_SIGNS;
}

bool base64url_is_text(struct slice s)
{
	size_t at = 0;

	if (s.len < WORD_BYTES)
		return s.len == 0 || base64url_is_word(word_load_few(s.ptr, s.len));
	for (; at + WORD_BYTES < s.len; at += WORD_BYTES)
		if (!base64url_is_word(word_load(s.ptr + at)))
			return false;
	return base64url_is_word(word_load(s.ptr + s.len - WORD_BYTES));
}

static uint32_t base64url_value(char c)
{
	const char *at = memchr(base64url_chars, c, sizeof(base64url_chars) - 1);

	return (uint32_t)(at - base64url_chars);
}

/* Up to four characters, the bits of those that are missing zero. */
static uint32_t base64url_take(const char *text, size_t n)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++)
		bits = bits << 6 | (i < n ? base64url_value(text[i]) : 0);
	return bits;
}

static void base64url_put_bytes(uint32_t bits, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(bits >> (16 - 8 * i));
}

bool base64url_decode(struct slice text, uint8_t *out)
{
	uint32_t rest;

	if (text.len % 4 == 1 || !base64url_is_text(text))
		return false;
	for (; text.len >= 4; text = slice_after(text, 4), out += 3)
		base64url_put_bytes(base64url_take(text.ptr, 4), 3, out);
	if (text.len == 0)
		return true;
	rest = base64url_take(text.ptr, text.len);
	base64url_put_bytes(rest, text.len - 1, out);
	/* what the last character has beyond the last byte is nothing */
	return (rest << 8 * (text.len - 1) & 0xffffff) == 0;
}
