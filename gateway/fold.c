/* fold.c - see fold.h. */
#include "gateway/fold.h"

#include "base/word.h"

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

/* This is asked of each param's name. */
static bool fold_keeps_word(uint64_t word)
{
	return word_is_ascii(word) && (word_between(word, 'A', 'Z') | word_between(word, '0', '9') |
				       word_between(word, '_', '_')) == WORD_SIGNS;
}

bool fold_keeps(struct slice name)
{
	size_t at = 0;

	for (; name.len - at >= WORD_BYTES; at += WORD_BYTES)
		if (!fold_keeps_word(word_load(name.ptr + at)))
			return false;
	if (at > 0) /* the rest, with some of what was seen already */
		return at == name.len ||
		       fold_keeps_word(word_load(name.ptr + name.len - WORD_BYTES));
	for (; at < name.len; at++)
		if (fold_char(name.ptr[at]) != name.ptr[at])
			return false;
	return true;
}
