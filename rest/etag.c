/* etag.c - see etag.h. */
#include "rest/etag.h"

#include <inttypes.h>
#include <stdio.h>

void etag_write(char out[ETAG_BYTES], uint64_t version)
{
	snprintf(out, ETAG_BYTES, "\"%" PRIu64 "\"", version);
}

bool etag_listed(struct slice list, uint64_t version, bool weak)
{
	char etag[ETAG_BYTES];
	struct slice item;
	bool more = true;

	etag_write(etag, version);
	while (more) {
		more = slice_cut(&list, ',', &item);
		item = slice_trim(item);
		if (slice_equal(item, SLICE("*")))
			return true;
		if (weak && slice_starts(item, SLICE("W/")))
			item = slice_after(item, strlen("W/"));
		if (slice_equal(item, slice_from(etag)))
			return true;
	}
	return false;
}
