/* sessions.c - the list of sessions: GET /api/v1/sessions. */
#include "rest/sessions.h"
#include "rest/call_answer.h"
#include "rest/call_wait.h"
#include "rest/gather.h"
#include "rest/paging.h"
#include "rest/resources.h"
#include "rest/session_view.h"

enum { SESSIONS_COUNT_MS = 100 }; /* of looking through them for a total: with the page 200 */

struct sessions {
	struct paging paging;
	struct selected selected;
	enum store_order order;
	bool descending;
	bool wants_total;
	int64_t total; /* -1: not asked for */
	bool exact;
	struct gather counting;
};

static const struct {
	const char *text;
	enum store_order order;
	bool descending;
} sessions_sorts[] = {
	{ "-last_seen_at", STORE_BY_SEEN, true },
	{ "last_seen_at", STORE_BY_SEEN, false },
	{ "-created_at", STORE_BY_CREATED, true },
	{ "created_at", STORE_BY_CREATED, false },
};

static void sessions_read_sort(struct sessions *s, struct call *c)
{
	struct slice sort;

	s->order = sessions_sorts[0].order;
	s->descending = sessions_sorts[0].descending;
	if (!query_get(&c->query, "sort", &sort))
		return;
	for (size_t i = 0; i < sizeof(sessions_sorts) / sizeof(sessions_sorts[0]); i++) {
		if (slice_equal(sort, slice_from(sessions_sorts[i].text))) {
			s->order = sessions_sorts[i].order;
			s->descending = sessions_sorts[i].descending;
			return;
		}
	}
	call_complain(c, "sort", "must be last_seen_at or created_at, with - for the newest first");
}

static void sessions_read_include(struct sessions *s, struct call *c)
{
	struct slice include;

	if (!query_get(&c->query, "include", &include))
		return;
	s->wants_total = slice_equal(include, SLICE("total"));
	if (!s->wants_total)
		call_complain(c, "include", "must be total");
}

static bool sessions_add(cJSON *object, const struct session *const *sessions, size_t count)
{
	cJSON *data = cJSON_AddArrayToObject(object, "data");

	for (size_t i = 0; data != NULL && i < count; i++)
		if (!session_view_add(json_append_object(data), sessions[i]))
			return false;
	return data != NULL;
}

static void sessions_answer(struct call *c, const struct store_result *listed)
{
	const struct sessions *s = c->work;
	cJSON *object = cJSON_CreateObject();

	call_answer_json(
		c, 200, object,
		object != NULL && sessions_add(object, listed->sessions, listed->count) &&
			paging_add(&s->paging, c, object, listed->cursor, s->total, s->exact));
}

static void sessions_on_listed(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;

	call_woken(c);
	if (result->status == STORE_OK)
		sessions_answer(c, result);
	else if (result->status == STORE_CURSOR)
		call_refuse(c, REFUSAL_INVALID_CURSOR, "The store knows no such cursor");
	else
		call_refuse_store(c);
}

static void sessions_ask_page(struct call *c)
{
	const struct sessions *s = c->work;
	const struct store_listing listing = {
		.filter = &s->selected.filter,
		.order = s->order,
		.descending = s->descending,
		.cursor = s->paging.cursor,
		.limit = s->paging.limit,
	};

	call_wait(c, store_list(c->desk->store, &listing, sessions_on_listed, c));
}

static void sessions_take_total(struct call *c, size_t total, bool exact)
{
	struct sessions *s = c->work;

	s->total = (int64_t)total;
	s->exact = exact;
	sessions_ask_page(c);
}

static int sessions_on_seen(struct gather *g, const struct session *s)
{
	(void)g;
	(void)s;
	return 0;
}

static void sessions_on_all_seen(struct call *c)
{
	const struct sessions *s = c->work;

	sessions_take_total(c, s->counting.count, !s->counting.more);
}

/* The store cannot tell without that. */
static void sessions_count_through(struct call *c)
{
	struct sessions *s = c->work;

	s->counting = (struct gather){
		.call = c,
		.filter = &s->selected.filter,
		.most = SIZE_MAX,
		.until_ms = clock_mono_ms() + SESSIONS_COUNT_MS,
		.visit = sessions_on_seen,
		.done = sessions_on_all_seen,
	};
	gather_start(&s->counting);
}

static void sessions_on_counted(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;

	call_woken(c);
	if (result->status == STORE_OK)
		sessions_take_total(c, result->count, result->exact);
	else if (result->status == STORE_NOT_FOUND)
		sessions_count_through(c);
	else
		call_refuse_store(c);
}

static void sessions_ask(struct call *c)
{
	static const struct store_result none = { .status = STORE_OK };
	struct sessions *s = c->work;

	if (s->selected.nobody) {
		s->total = s->wants_total ? 0 : -1;
		s->exact = true;
		sessions_answer(c, &none);
	} else if (s->wants_total) {
		call_wait(c,
			  store_count(c->desk->store, &s->selected.filter, sessions_on_counted, c));
	} else {
		sessions_ask_page(c);
	}
}

/* What a cursor is good for: this list in this order, of these sessions. In the arena; ptr NULL: no memory. */
static struct slice sessions_bound(struct call *c, const struct sessions *s,
				   const struct selector *selector)
{
	struct buffer bound = { 0 };
	struct slice copy = { 0 };
	int rc = buffer_printf(&bound, "sessions %d %d ", s->order, s->descending);

	if (rc == 0 && selector_write(selector, &bound) == 0)
		copy = arena_copy(&c->arena, buffer_content(&bound));
	buffer_fini(&bound);
	return copy;
}

void sessions_list(struct call *c, const struct selector *selector)
{
	struct sessions *s = arena_alloc(&c->arena, sizeof(*s));
	struct slice bound;

	if (s == NULL) {
		call_refuse_memory(c);
		return;
	}
	c->work = s;
	s->total = -1;
	sessions_read_sort(s, c);
	sessions_read_include(s, c);
	bound = sessions_bound(c, s, selector);
	selector_apply(selector, c, clock_wall_ms(), &s->selected);
	if (paging_read(&s->paging, c, bound))
		sessions_ask(c);
}

void sessions_answer_get(struct call *c)
{
	struct selector selector;

	selector_from_query(&selector, &c->query);
	sessions_list(c, &selector);
}
