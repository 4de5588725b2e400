/* crowd.c - see crowd.h. */
#include "tests/backends/crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WALK_PAGES = 100000 }; /* more, and it leads nowhere */

void crowd_init(struct crowd *c, struct bench *b, size_t room)
{
	*c = (struct crowd){ .bench = b, .room = room };
	c->realm = slice_of(c->text, (size_t)snprintf(c->text, sizeof(c->text), "crowd-%016" PRIx64,
						      some_number()));
	c->filter.realms = (struct filter_names){ &c->realm, 1 };
	c->visitors = calloc(room, sizeof(c->visitors[0]));
	cr_assert_not_null(c->visitors);
}

void crowd_fini(struct crowd *c)
{
	free(c->visitors);
}

struct visitor *crowd_next(struct crowd *c)
{
	struct visitor *v = &c->visitors[c->count++];

	cr_assert_leq(c->count, c->room);
	visitor_init(v);
	v->realm = c->realm;
	return v;
}

struct visitor *crowd_grows(struct crowd *c, struct slice user)
{
	struct visitor *v = crowd_next(c);

	EXPECT_ANSWER(visitor_comes(v, c->bench, user), STORE_OK);
	return v;
}

struct walk walk_begin(struct bench *b, const struct filter *filter, enum store_order order,
		       bool descending, size_t limit)
{
	return (struct walk){ .bench = b,
			      .listing = { .filter = filter,
					   .order = order,
					   .descending = descending,
					   .limit = limit } };
}

static int walked_compare(const struct walked *a, const struct walked *b)
{
	return a->at_ms != b->at_ms ? (a->at_ms < b->at_ms ? -1 : 1) : strcmp(a->id, b->id);
}

static void walk_add(struct walk *w, const struct session *s)
{
	struct walked *last = w->count > 0 ? &w->walked[w->count - 1] : NULL, *next;

	if (w->count == w->room) {
		w->room = w->room * 2 + 16;
		w->walked = reallocarray(w->walked, w->room, sizeof(w->walked[0]));
		cr_assert_not_null(w->walked);
		last = w->count > 0 ? &w->walked[w->count - 1] : NULL;
	}
	next = &w->walked[w->count++];
	memcpy(next->id, s->id, sizeof(next->id));
	next->at_ms = w->listing.order == STORE_BY_SEEN ? s->seen_ms : s->created_ms;
	cr_assert(last == NULL || (walked_compare(last, next) < 0) != w->listing.descending,
		  "%s comes after %s", next->id, last != NULL ? last->id : "");
}

void walk_page(struct walk *w)
{
	struct answer a = bench_list(w->bench, &w->listing);

	cr_assert_eq(a.status, STORE_OK, "%s", store_status_text(a.status));
	cr_assert_leq(a.count, w->listing.limit);
	for (size_t i = 0; i < a.count; i++)
		walk_add(w, a.sessions[i]);
	memcpy(w->cursor, a.cursor, a.cursor_bytes);
	w->listing.cursor = slice_of(w->cursor, a.cursor_bytes);
	w->over = a.cursor_bytes == 0;
	w->pages++;
	answer_fini(&a);
}

void walk_rest(struct walk *w)
{
	while (!w->over && w->pages < WALK_PAGES)
		walk_page(w);
	cr_assert(w->over);
}

void walk_fini(struct walk *w)
{
	free(w->walked);
	w->walked = NULL;
}

unsigned walk_times(const struct walk *w, struct slice id)
{
	unsigned times = 0;

	for (size_t i = 0; i < w->count; i++)
		times += slice_equal(slice_from(w->walked[i].id), id);
	return times;
}
