/* transfer_records.c - see transfer_records.h. */
#include "backends/transfer_records.h"

#include "backends/transfer_ids.h"

static bool result_is_spoiled(const struct store_result *result)
{
	return result->status == STORE_NOT_FOUND && result->whole_since_ms == STORE_NEVER_WHOLE;
}

static void records_on_put(void *ctx, const struct store_result *result)
{
	struct porter *p = ctx;
	struct transfer_counts *counts = porter_counts(p);

	if (!porter_hear(p, result))
		return;
	switch (result->status) {
	case STORE_OK:
		counts->copied += result->count;
		counts->unchanged += result->count == 0;
		break;
	case STORE_OUTDATED:
		counts->newer++;
		break;
	case STORE_ENDED:
		counts->ended++;
		break;
	case STORE_BLOCKED:
		counts->blocked++;
		break;
	default:
		counts->unreadable++;
		porter_tell(p, result->status == STORE_LIMIT
				       ? "is too large for the other store"
				       : "what is in its place in the other store cannot be read");
	}
	porter_finish(p);
}

/* What has ended there meanwhile ends here by its event. */
static void records_on_found(void *ctx, const struct store_result *result)
{
	struct porter *p = ctx;

	if (!porter_hear(p, result))
		return;
	if (result->status == STORE_OK) {
		porter_ask(p, TRANSFER_TO,
			   store_put(porter_store(p, TRANSFER_TO), result->session, records_on_put,
				     p));
		return;
	}
	if (result_is_spoiled(result)) {
		porter_counts(p)->unreadable++;
		porter_tell(p, "cannot be read");
	}
	porter_finish(p);
}

static void records_carry(struct porter *p)
{
	porter_find(p, TRANSFER_FROM, records_on_found);
}

const struct transfer_phase transfer_records = { transfer_ids_ask, records_carry, false };
