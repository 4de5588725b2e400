/* percent.h - percent-encoding (RFC 3986 section 2.1). Thread: any. */
#ifndef SG_PERCENT_H
#define SG_PERCENT_H

#include "base/buffer.h"

/* Decode text into out, which has room for text.len bytes; *len is what was written. "+" stays.
 * SG_EFORMAT when a % is not followed by two hex digits; out then holds rubbish. */
SG_MUST_CHECK int percent_decode(struct slice text, char *out, size_t *len);

/* Append text with every byte outside the unreserved set (A-Z a-z 0-9 - . _ ~) and outside
 * keep encoded. */
SG_MUST_CHECK int percent_encode(struct buffer *out, struct slice text, const char *keep);

#endif
