/* page.c - tests of backends/page.c: a list whose parts are left early has each session once all the same. */
#include "backends/page.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { SESSIONS = 300, PARTS = 7, EXAMINED = 4, LIMIT = 5, PAGES = 10000 };

static const struct session *session_at(size_t i)
{
	struct renewal secret = { .epoch = 1 };
	char id[TOKEN_ID_CHARS + 1];
	struct session_birth birth = { .id = { id, TOKEN_ID_CHARS },
				       .realm = SLICE("default"),
				       .application = i % 9 == 0 ? SLICE("rare") : SLICE("shop"),
				       .secret = &secret,
				       .save_id = 1,
				       .limits = { 100, 100, 1 } };
	const struct session *s;

	snprintf(id, sizeof(id), "%020zu", i * 7919 % 1009);
	cr_assert_eq(session_new(&birth, (int64_t)(1000 + i * 31 % 40), &s), 0);
	return s;
}

static int part_compare(const void *a, const void *b, void *page)
{
	struct page_place x = page_place_of(page, *(const struct session *const *)a),
			  y = page_place_of(page, *(const struct session *const *)b);

	return page_order(page, &x, &y);
}

/* Sessions are the parts' in turn; some parts have few, so that they come to their ends. */
static size_t part_of(size_t i)
{
	return i % 11 < PARTS ? i % 11 : 0;
}

static void part_walk(struct page *p, const struct session *const *sessions, size_t part)
{
	size_t examined = 0;

	for (size_t i = 0; i < SESSIONS; i++) {
		struct page_place place = page_place_of(p, sessions[i]);

		if (part_of(strtoul(sessions[i]->id + 10, NULL, 10)) != part ||
		    page_order(p, &place, page_begin(p)) <= 0)
			continue;
		if (!page_wants(p, &place))
			return;
		if (page_matches(p, sessions[i]))
			page_add(p, session_ref(sessions[i]));
		if (++examined == EXAMINED) {
			page_stop(p, &place);
			return;
		}
	}
}

static size_t walk_all(const struct session **sessions, const struct filter *filter,
		       bool descending)
{
	struct store_listing listing = { .filter = filter,
					 .order = STORE_BY_CREATED,
					 .descending = descending,
					 .limit = LIMIT };
	char cursor[PAGE_CURSOR_BYTES];
	struct page_place last = { 0 };
	size_t count = 0, pages = 0;

	do {
		struct page p;

		cr_assert_eq(page_init(&p, &listing), 0);
		qsort_r(sessions, SESSIONS, sizeof(sessions[0]), part_compare, &p);
		for (size_t part = 0; part < PARTS; part++)
			part_walk(&p, sessions, part);
		page_finish(&p);
		cr_assert_leq(p.roll.count, LIMIT);
		for (size_t i = 0; i < p.roll.count; i++, count++) {
			struct page_place place = page_place_of(&p, p.roll.sessions[i]);

			cr_assert(count == 0 || page_order(&p, &last, &place) < 0);
			last = place;
		}
		memcpy(cursor, p.cursor, p.cursor_bytes);
		listing.cursor = slice_of(cursor, p.cursor_bytes);
		page_fini(&p);
	} while (listing.cursor.len > 0 && ++pages < PAGES);
	cr_assert_lt(pages, PAGES);
	return count;
}

Test(page, parts_that_are_left_early_cut_it_and_lose_nobody)
{
	const struct session *sessions[SESSIONS];
	struct slice rare = SLICE("rare");
	const struct filter all = { .min_bytes = 0 }, few = { .applications = { &rare, 1 } };

	for (size_t i = 0; i < SESSIONS; i++)
		sessions[i] = session_at(i);
	for (unsigned descending = 0; descending < 2; descending++) {
		cr_expect_eq(walk_all(sessions, &all, descending), SESSIONS);
		cr_expect_eq(walk_all(sessions, &few, descending), (SESSIONS + 8) / 9);
	}
	for (size_t i = 0; i < SESSIONS; i++)
		session_unref(&sessions[i]);
}
