/* fold.c - see fold.h. */
#include "gateway/fold.h"

#define FOLD_16  "________________"
#define FOLD_128 FOLD_16 FOLD_16 FOLD_16 FOLD_16 FOLD_16 FOLD_16 FOLD_16 FOLD_16

/* Letters to capitals, digits stay, and the rest is "_". As many characters as the array has: no NUL. */
const char fold_table[256] = FOLD_16 FOLD_16 FOLD_16 "0123456789______"
						     "_ABCDEFGHIJKLMNOPQRSTUVWXYZ____"
						     "__ABCDEFGHIJKLMNOPQRSTUVWXYZ_____" FOLD_128;

bool fold_equal(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (fold_char(a.ptr[i]) != fold_char(b.ptr[i]))
			return false;
	return true;
}

/* The bit of each byte of a word that says something of it. The bytes are below 0x80, so none of these sums
 * reaches the next byte. */
#define FOLD_EACH(byte)    (0x0101010101010101u * (byte))
#define FOLD_SIGN          FOLD_EACH(0x80u)
#define FOLD_FROM(word, c) ((word) + FOLD_EACH(0x80u - (c)))

static uint64_t fold_between(uint64_t word, unsigned char first, unsigned char last)
{
	return FOLD_FROM(word, first) & ~FOLD_FROM(word, last + 1u);
}

/* Eight at a time: this is asked of each param of each request. */
static bool fold_keeps_word(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	if ((word & FOLD_SIGN) != 0)
		return false;
	word = fold_between(word, 'A', 'Z') | fold_between(word, '0', '9') |
	       fold_between(word, '_', '_');
	return (word & FOLD_SIGN) == FOLD_SIGN;
}

bool fold_keeps(struct slice name)
{
	const size_t word = sizeof(uint64_t);
	size_t at = 0;

	for (; name.len - at >= word; at += word)
		if (!fold_keeps_word(name.ptr + at))
			return false;
	if (at > 0) /* the rest, with some of what was seen already */
		return at == name.len || fold_keeps_word(name.ptr + name.len - word);
	for (; at < name.len; at++)
		if (fold_char(name.ptr[at]) != name.ptr[at])
			return false;
	return true;
}
