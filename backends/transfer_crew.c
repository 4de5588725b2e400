/* transfer_crew.c - see transfer_crew.h. */
#include "backends/transfer_crew.h"

#include <event2/event.h>

_Static_assert((int)STORE_POSITION_BYTES <= (int)STORE_CURSOR_BYTES, "a cursor may be a position");

void crew_fail(struct crew *crew, enum transfer_side side, int rc)
{
	if (crew->rc == 0) {
		crew->rc = rc;
		crew->failed = side;
	}
	event_base_loopbreak(crew->plan->loop);
}

/* --- porters ----------------------------------------------------------------------------------- */

struct slice porter_id(const struct porter *p)
{
	return slice_of(p->parcel.id, TOKEN_ID_CHARS);
}

struct transfer_counts *porter_counts(const struct porter *p)
{
	return p->crew->plan->counts;
}

struct store *porter_store(const struct porter *p, enum transfer_side side)
{
	const struct transfer_plan *plan = p->crew->plan;

	return side == TRANSFER_FROM ? plan->from : plan->to;
}

void porter_tell(const struct porter *p, const char *text)
{
	const struct transfer_plan *plan = p->crew->plan;

	plan->tell(plan->ctx, porter_id(p), text);
}

void porter_ask(struct porter *p, enum transfer_side side, struct store_op *op)
{
	p->side = side;
	p->op = op;
	if (op == NULL)
		crew_fail(p->crew, side, SG_ENOMEM);
}

void porter_find(struct porter *p, enum transfer_side side, store_done_fn *done)
{
	porter_ask(p, side, store_find(porter_store(p, side), porter_id(p), done, p));
}

bool porter_hear(struct porter *p, const struct store_result *result)
{
	p->op = NULL;
	if (result->status != STORE_UNAVAILABLE && result->status != STORE_UNCERTAIN)
		return true;
	crew_fail(p->crew, p->side, SG_ESYSTEM);
	return false;
}

void porter_finish(struct porter *p)
{
	session_unref(&p->found);
	p->busy = false;
	p->crew->busy--;
	crew_go_on(p->crew);
}

struct porter *crew_engage(struct crew *crew)
{
	for (size_t i = 0; i < TRANSFER_AT_A_TIME; i++) {
		struct porter *p = &crew->porters[i];

		if (p->busy)
			continue;
		p->busy = true;
		crew->busy++;
		return p;
	}
	return NULL;
}

/* --- pages ------------------------------------------------------------------------------------- */

struct slice crew_cursor(const struct crew *crew)
{
	return slice_of(crew->cursor, crew->cursor_bytes);
}

bool crew_hear(struct crew *crew, const struct store_result *result)
{
	crew->page = NULL;
	if (result->status == STORE_OK)
		return true;
	crew_fail(crew, TRANSFER_FROM, SG_ESYSTEM);
	return false;
}

void crew_turn_page(struct crew *crew, struct slice cursor, bool over)
{
	crew->taken = 0;
	crew->over = over;
	crew->cursor_bytes = cursor.len;
	if (cursor.len > 0)
		memcpy(crew->cursor, cursor.ptr, cursor.len);
}

static void crew_load(struct crew *crew)
{
	struct porter *p;

	while (crew->rc == 0 && crew->taken < crew->count && (p = crew_engage(crew)) != NULL) {
		p->parcel = crew->parcels[crew->taken++];
		(*crew->phase)->carry(p);
	}
}

/* --- phases ------------------------------------------------------------------------------------ */

static void crew_begin_phase(struct crew *crew)
{
	crew->count = crew->taken = crew->cursor_bytes = 0;
	crew->over = false;
	crew->phase_since_ms = clock_wall_ms();
	crew_go_on(crew);
}

static void crew_next_phase(struct crew *crew)
{
	if (crew->phase[1] == NULL) {
		event_base_loopbreak(crew->plan->loop);
		return;
	}
	crew->phase++;
	crew_begin_phase(crew);
}

/* The next page is asked for while the last of this one are on their way. */
void crew_go_on(struct crew *crew)
{
	const struct transfer_phase *phase = *crew->phase;

	crew_load(crew);
	if (crew->rc != 0 || crew->taken < crew->count || crew->page != NULL)
		return;
	if (phase->alone && crew->busy > 0)
		return;
	if (!crew->over) {
		phase->ask(crew);
		if (crew->page == NULL)
			crew_fail(crew, TRANSFER_FROM, SG_ENOMEM);
	} else if (crew->busy == 0) {
		crew_next_phase(crew);
	}
}

void crew_start(struct crew *crew, const struct transfer_plan *plan,
		const struct transfer_phase *const *phases)
{
	crew->plan = plan;
	crew->phase = phases;
	for (size_t i = 0; i < TRANSFER_AT_A_TIME; i++)
		crew->porters[i].crew = crew;
	crew_begin_phase(crew);
}

void crew_stop(struct crew *crew)
{
	store_cancel(crew->plan->from, &crew->page);
	for (size_t i = 0; i < TRANSFER_AT_A_TIME; i++) {
		struct porter *p = &crew->porters[i];

		store_cancel(porter_store(p, p->side), &p->op);
		session_unref(&p->found);
	}
}
