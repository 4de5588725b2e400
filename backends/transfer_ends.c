/* transfer_ends.c - see transfer_ends.h. */
#include "backends/transfer_ends.h"

/* The store's clock may be ahead of ours by that. */
enum { ENDS_SLACK_MS = 60000 };

static enum store_cause ends_cause(const struct session_event *e)
{
	switch (e->type) {
	case EVENT_LOGGED_OUT:
		return STORE_CAUSE_LOGOUT;
	case EVENT_EVICTED:
		return STORE_CAUSE_EVICTED;
	case EVENT_REVOKED:
		return e->cause == EVENT_CAUSE_USER_BLOCKED ? STORE_CAUSE_BLOCKED
							    : STORE_CAUSE_REVOKED;
	default:
		return STORE_CAUSE_NONE;
	}
}

static void ends_add(struct crew *crew, const struct session_event *e)
{
	struct parcel *parcel = &crew->parcels[crew->count];

	parcel->cause = ends_cause(e);
	if (parcel->cause == STORE_CAUSE_NONE || !token_id_well_formed(e->session))
		return;
	memcpy(parcel->id, e->session.ptr, TOKEN_ID_CHARS);
	crew->count++;
}

/* What happens there from when this began is for the next run, or there would be no end to it. */
static bool ends_are_over(const struct crew *crew, const struct store_result *result)
{
	return result->count == 0 ||
	       result->events[result->count - 1].at_ms > crew->phase_since_ms + ENDS_SLACK_MS;
}

static void ends_on_events(void *ctx, const struct store_result *result)
{
	struct crew *crew = ctx;

	if (!crew_hear(crew, result))
		return;
	crew->count = 0;
	for (size_t i = 0; i < result->count; i++)
		ends_add(crew, &result->events[i]);
	crew_turn_page(crew, result->position, ends_are_over(crew, result));
	crew_go_on(crew);
}

static void ends_ask(struct crew *crew)
{
	crew->page =
		store_events(crew->plan->from, crew_cursor(crew), STORE_PAGE, ends_on_events, crew);
}

static void ends_on_removed(void *ctx, const struct store_result *result)
{
	struct porter *p = ctx;

	if (!porter_hear(p, result))
		return;
	porter_counts(p)->ended += result->status == STORE_OK;
	porter_finish(p);
}

static void ends_on_found(void *ctx, const struct store_result *result)
{
	struct porter *p = ctx;

	if (!porter_hear(p, result))
		return;
	if (result->status == STORE_OK)
		porter_ask(p, TRANSFER_TO,
			   store_remove(porter_store(p, TRANSFER_TO), porter_id(p), NULL,
					p->parcel.cause, ends_on_removed, p));
	else
		porter_finish(p);
}

/* Most are not here, and are not to leave anything here. */
static void ends_carry(struct porter *p)
{
	porter_find(p, TRANSFER_TO, ends_on_found);
}

const struct transfer_phase transfer_ends = { ends_ask, ends_carry, false };
