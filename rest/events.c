/* events.c - what happened: GET /api/v1/events, as a list, or as a stream (stream.h). */
#include "base/clock.h"
#include "rest/accept.h"
#include "rest/call_answer.h"
#include "rest/call_parameter.h"
#include "rest/call_wait.h"
#include "rest/event_filter.h"
#include "rest/event_view.h"
#include "rest/paging.h"
#include "rest/resources.h"
#include "rest/stream.h"

enum { EVENTS_AT_A_TIME = 64 };

struct events {
	struct event_filter filter;
	struct slice after; /* empty: he wants the newest, or what comes */
	size_t limit;       /* 0, of a stream: he wants none of those that were */
	bool missed;        /* some that he asked for are not kept any more */
	const struct news_item *found[PAGING_MOST];
	size_t count;
};

/* --- finding them --- */

static void events_take(struct events *e, const struct news_item *item)
{
	if (e->count < e->limit && event_filter_matches(&e->filter, item))
		e->found[e->count++] = item;
	else
		news_unref(&item);
}

/* Those that follow. */
static void events_find_next(struct events *e, struct news *news, uint64_t from)
{
	const struct news_item *items[EVENTS_AT_A_TIME];
	size_t count;

	while (e->count < e->limit &&
	       (count = news_read(news, &from, EVENTS_AT_A_TIME, items)) > 0) {
		for (size_t i = 0; i < count; i++)
			events_take(e, items[i]);
		from += count;
	}
}

static void events_reverse(struct events *e)
{
	for (size_t i = 0; i < e->count / 2; i++) {
		const struct news_item *item = e->found[i];

		e->found[i] = e->found[e->count - 1 - i];
		e->found[e->count - 1 - i] = item;
	}
}

static bool events_look(void *ctx, const struct news_item *item)
{
	struct events *e = ctx;

	events_take(e, item);
	return e->count < e->limit;
}

/* The newest, which are looked for from the end. */
static void events_find_last(struct events *e, struct news *news)
{
	news_look_back(news, events_look, e);
	events_reverse(e);
}

/* --- telling them --- */

static bool events_add_gap(cJSON *data, const char *node)
{
	const struct news_item gap = { .type = EVENT_GAP, .at_ms = clock_wall_ms() };

	return event_view_add(json_append_object(data), &gap, node);
}

static bool events_add(cJSON *object, const struct events *e, const char *node)
{
	cJSON *data = cJSON_AddArrayToObject(object, "data");

	if (data == NULL || (e->missed && !events_add_gap(data, node)))
		return false;
	for (size_t i = 0; i < e->count; i++)
		if (!event_view_add(json_append_object(data), e->found[i], node))
			return false;
	return true;
}

static void events_answer(struct call *c, struct events *e)
{
	cJSON *object = cJSON_CreateObject();

	call_answer_json(c, 200, object,
			 object != NULL && events_add(object, e, c->settings->node));
	for (size_t i = 0; i < e->count; i++)
		news_unref(&e->found[i]);
}

static void events_on_news_for_list(struct call *c)
{
	struct events *e = c->work;
	uint64_t next;

	if (e->after.len == 0) {
		events_find_last(e, c->desk->news);
	} else {
		e->missed = !news_find(c->desk->news, e->after, &next);
		events_find_next(e, c->desk->news, e->missed ? 0 : next);
	}
	events_answer(c, e);
}

static void events_list(struct call *c, struct events *e)
{
	e->limit = call_number(c, "limit", 1, PAGING_MOST, PAGING_STANDARD);
	if (event_filter_read(&e->filter, c))
		call_wait_for_news(c, events_on_news_for_list);
}

/* Where the newest so many begin. What is not found there has not been told to anybody yet. */
static uint64_t events_begin_of_last(struct events *e, struct desk *d)
{
	uint64_t number;

	events_find_last(e, d->news);
	number = e->count > 0 ? e->found[0]->number : d->told;
	for (size_t i = 0; i < e->count; i++)
		news_unref(&e->found[i]);
	return number;
}

static void events_on_news_for_stream(struct call *c)
{
	struct events *e = c->work;

	if (e->after.len == 0 && e->limit > 0)
		stream_open_at(c, &e->filter, events_begin_of_last(e, c->desk));
	else
		stream_open(c, &e->filter, e->after);
}

/* Whose stream broke off asks for the same again, and the field says how far he had come. */
static void events_follow(struct call *c, struct events *e)
{
	struct slice ignored;

	if (query_get(&c->query, "limit", &ignored) && e->after.len > 0)
		call_complain(
			c, "limit",
			"is for a stream that begins with the newest ones: after says where it begins");
	e->limit = call_number(c, "limit", 1, PAGING_MOST, 0);
	if (c->head.last_event_id.len > 0)
		e->after = c->head.last_event_id;
	if (event_filter_read(&e->filter, c))
		call_wait_for_news(c, events_on_news_for_stream);
}

void events_answer_get(struct call *c)
{
	static const struct slice types[] = { { "application/json", 16 },
					      { "text/event-stream", 17 } };
	struct events *e = arena_alloc(&c->arena, sizeof(*e));

	if (e == NULL) {
		call_refuse_memory(c);
		return;
	}
	c->work = e;
	query_get(&c->query, "after", &e->after);
	switch (accept_choose(c->head.accept, types, 2)) {
	case 0:
		events_list(c, e);
		break;
	case 1:
		events_follow(c, e);
		break;
	default:
		call_refuse(c, REFUSAL_NOT_ACCEPTABLE,
			    "Accept application/json or text/event-stream");
	}
}
