/* merge_patch.h - JSON Merge Patch (RFC 7396) of texts: what is not touched stays as it was written, its numbers to the last
 * digit.
 * Thread   any. Pure. */
#ifndef SG_MERGE_PATCH_H
#define SG_MERGE_PATCH_H

#include "base/buffer.h"

enum {
	MERGE_PATCH_WORK = 10000000
}; /* names compared in one call; no patches that somebody means take as many */

/* Append what becomes of target by patch, which are both one JSON text (value_scan()), patch no null; target.ptr NULL:
 * there was nothing. work: what the same call's other patches have taken, to which this one's is added. SG_ENOMEM;
 * SG_ELIMIT: it would take more than MERGE_PATCH_WORK. */
SG_MUST_CHECK int merge_patch(struct slice target, struct slice patch, uint64_t *work,
			      struct buffer *out);

#endif
