/* fold.c - see fold.h. */
#include "gateway/fold.h"

bool fold_equal(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (fold_char(a.ptr[i]) != fold_char(b.ptr[i]))
			return false;
	return true;
}
