/* transfer_comparison.c - see transfer_comparison.h. */
#include "backends/transfer_comparison.h"

#include "backends/transfer_ids.h"
#include "base/buffer.h"
#include "session/difference.h"

static void comparison_tell(struct porter *p, unsigned difference)
{
	struct buffer text = { 0 };
	int rc = buffer_append_slice(&text, SLICE("is different:"));

	porter_counts(p)->different++;
	for (enum session_field f = 0; rc == 0 && f < SESSION_FIELD_COUNT; f++)
		if (difference >> f & 1)
			rc = buffer_printf(&text, " %s", session_field_text(f));
	if (rc == 0)
		rc = buffer_append_slice(&text, slice_of("", 1));
	porter_tell(p, rc == 0 ? buffer_content(&text).ptr : "is different");
	buffer_fini(&text);
}

/* What has ended here, as with a block, the copying has counted. */
static void comparison_on_found_here(void *ctx, const struct store_result *result)
{
	struct porter *p = ctx;
	unsigned difference;

	if (!porter_hear(p, result))
		return;
	if (result->status == STORE_OK) {
		difference = session_difference(p->found, result->session);
		if (difference != 0)
			comparison_tell(p, difference);
	} else if (result->status != STORE_ENDED) {
		porter_counts(p)->different++;
		porter_tell(p, "is not in the other store");
	}
	porter_finish(p);
}

/* What cannot be read there has been told of before. */
static void comparison_on_found_there(void *ctx, const struct store_result *result)
{
	struct porter *p = ctx;

	if (!porter_hear(p, result))
		return;
	if (result->status != STORE_OK) {
		porter_finish(p);
		return;
	}
	p->found = session_ref(result->session);
	porter_find(p, TRANSFER_TO, comparison_on_found_here);
}

static void comparison_carry(struct porter *p)
{
	porter_find(p, TRANSFER_FROM, comparison_on_found_there);
}

const struct transfer_phase transfer_comparison = { transfer_ids_ask, comparison_carry, false };
