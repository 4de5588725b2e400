/* pairs.h - FastCGI name-value pairs (specification 3.4), one bounds-checked parser for both
 * directions. Knows bytes and no socket. Thread: any. */
#ifndef SG_PAIRS_H
#define SG_PAIRS_H

#include "base/buffer.h"

struct param {
	struct slice name, value;
};

enum { PAIR_HEAD_BYTES = 8 }; /* the two lengths at their longest */

/* The pair at the front of *in: 1 one pair, *in moves behind it and *out borrows from it; 0 *in is
 * empty; SG_EFORMAT a length points past the end. All sums are 64 bits wide. */
SG_MUST_CHECK int pairs_next(struct slice *in, struct param *out);

/* The bytes that a pair takes. */
size_t pairs_size(struct slice name, struct slice value);
/* Append one pair, in the shortest form. Lengths are below 2^31. */
SG_MUST_CHECK int pairs_append(struct buffer *out, struct slice name, struct slice value);

#endif
