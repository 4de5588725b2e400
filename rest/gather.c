/* gather.c - see gather.h. By creation: those that are ended, or made, meanwhile move nobody's place. */
#include "rest/gather.h"

#include "base/clock.h"
#include "rest/call_answer.h"
#include "rest/call_wait.h"

#include <assert.h>

static void gather_ask(struct gather *g);

static bool gather_leaves_out(const struct gather *g, const struct session *s)
{
	for (size_t i = 0; i < g->except_count; i++)
		if (slice_equal(g->except[i], slice_from(s->id)))
			return true;
	return false;
}

/* False: refused, or as many as are wanted. */
static bool gather_visit(struct gather *g, const struct session *s)
{
	if (gather_leaves_out(g, s))
		return true;
	if (g->count == g->most) {
		g->more = true;
		return false;
	}
	g->count++;
	if (g->visit(g, s) == 0)
		return true;
	call_refuse_memory(g->call);
	return false;
}

static bool gather_is_late(const struct gather *g)
{
	return g->until_ms != 0 && clock_mono_ms() >= g->until_ms;
}

static void gather_take(struct gather *g, const struct store_result *page)
{
	bool goes_on = true;

	for (size_t i = 0; goes_on && i < page->count; i++)
		goes_on = gather_visit(g, page->sessions[i]);
	if (g->call->state == CALL_ANSWERED)
		return;
	if (goes_on && page->cursor.len > 0 && gather_is_late(g)) {
		g->more = true;
		goes_on = false;
	}
	if (!goes_on || page->cursor.len == 0) {
		g->done(g->call);
		return;
	}
	assert(page->cursor.len <= sizeof(g->cursor));
	memcpy(g->cursor, page->cursor.ptr, page->cursor.len);
	g->cursor_bytes = page->cursor.len;
	gather_ask(g);
}

static void gather_on_page(void *ctx, const struct store_result *result)
{
	struct gather *g = ctx;

	call_woken(g->call);
	if (result->status == STORE_OK)
		gather_take(g, result);
	else
		call_refuse_store(g->call);
}

static void gather_ask(struct gather *g)
{
	const struct store_listing listing = {
		.filter = g->filter,
		.order = STORE_BY_CREATED,
		.cursor = slice_of(g->cursor, g->cursor_bytes),
		.limit = STORE_PAGE,
	};

	call_wait(g->call, store_list(g->call->desk->store, &listing, gather_on_page, g));
}

void gather_start(struct gather *g)
{
	gather_ask(g);
}
