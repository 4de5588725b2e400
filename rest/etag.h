/* etag.h - a session's version as HTTP has it: "17" (RFC 9110 section 8.8.3).
 * Thread   any: nothing is kept. */
#ifndef SG_ETAG_H
#define SG_ETAG_H

#include "base/slice.h"

enum { ETAG_BYTES = 32 };

/* With its quotes, and a NUL behind them. */
void etag_write(char out[ETAG_BYTES], uint64_t version);
/* Is it one of the list, or is that "*" (RFC 9110 section 13.1)? weak: W/"17" is the same as "17". */
bool etag_listed(struct slice list, uint64_t version, bool weak);

#endif
