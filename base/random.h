/* random.h - bytes from the kernel's CSPRNG (getrandom(2)), fetched a page at a time for each
 * thread, since a system call a token would be the dearest part of a first visit.
 * Used bytes are overwritten in the page. Errors: SG_ERANDOM; out is then untouched. */
#ifndef SG_RANDOM_H
#define SG_RANDOM_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { RANDOM_MAX_BYTES = 1024 };

/* len is at most RANDOM_MAX_BYTES: nothing here needs more than a key at a time. */
SG_MUST_CHECK int random_bytes(void *out, size_t len);
SG_MUST_CHECK int random_u64(uint64_t *out);

#endif
