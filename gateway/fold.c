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
