/* transfer_ids.c - see transfer_ids.h. */
#include "backends/transfer_ids.h"

static void ids_on_page(void *ctx, const struct store_result *result)
{
	struct crew *crew = ctx;

	if (!crew_hear(crew, result))
		return;
	for (crew->count = 0; crew->count < result->count; crew->count++)
		memcpy(crew->parcels[crew->count].id, result->sessions[crew->count]->id,
		       TOKEN_ID_CHARS);
	crew_turn_page(crew, result->cursor, result->cursor.len == 0);
	crew_go_on(crew);
}

void transfer_ids_ask(struct crew *crew)
{
	static const struct filter all = { .state = FILTER_ANY_STATE };
	const struct store_listing listing = {
		.filter = &all,
		.order = STORE_BY_CREATED,
		.ids = true,
		.cursor = crew_cursor(crew),
		.limit = STORE_PAGE,
	};

	crew->page = store_list(crew->plan->from, &listing, ids_on_page, crew);
}
