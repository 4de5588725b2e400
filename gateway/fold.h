/* fold.h - names as an application may see them that folds case and takes what is not alphanumeric for
 * "_", as CGI does with header names. What must not be got past by spelling is compared so.
 * Thread   any. */
#ifndef SG_FOLD_H
#define SG_FOLD_H

#include "base/slice.h"

/* What each character folds to. */
extern const char fold_table[256];

static inline char fold_char(char c)
{
	return fold_table[(uint8_t)c];
}

/* Does folding change nothing? So it is with all names that web servers give, but for those that Caddy and
 * lighttpd leave odd. */
bool fold_keeps(struct slice name);
/* Are two names one? */
bool fold_equal(struct slice a, struct slice b);

/* prefix is folded already. Most names differ in the first byte: then nothing is called. */
static inline bool fold_starts(struct slice name, struct slice prefix)
{
	return name.len >= prefix.len && fold_char(name.ptr[0]) == prefix.ptr[0] &&
	       fold_equal(slice_of(name.ptr, prefix.len), prefix);
}

#endif
