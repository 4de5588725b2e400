/* heads.c - see heads.h. */
#include "tests/backends/heads.h"

#include "backends/headcount.h"

#include <unistd.h>

/* So short that what is wrong stays so: a store that has doubts counts anew ten seconds later. */
enum { HEADS_PATIENCE_MS = 30000, HEADS_LOOKS = 3, HEADS_PAUSE_US = 10000 };

static void heads_sweep(struct bench *b)
{
	bool more = true;

	while (more)
		bench_expire_some(b, 1000, &more);
}

static void heads_walk(struct bench *b, struct headcount *walked)
{
	static const struct filter everybody;
	struct store_listing listing = { .filter = &everybody,
					 .order = STORE_BY_CREATED,
					 .limit = STORE_PAGE };
	char cursor[STORE_CURSOR_BYTES];

	do {
		struct answer page = bench_list(b, &listing);

		cr_assert_eq(page.status, STORE_OK);
		for (size_t i = 0; i < page.count; i++)
			cr_assert_eq(headcount_add(walked, page.sessions[i]->application,
						   page.sessions[i]->user.len > 0, 1),
				     0);
		memcpy(cursor, page.cursor, page.cursor_bytes);
		listing.cursor = slice_of(cursor, page.cursor_bytes);
		answer_fini(&page);
	} while (listing.cursor.len > 0);
}

static bool heads_are(const struct headcount *all, const struct headcount *others)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct headcount_of *of = &all->each[i];
		const struct slice name = slice_of(of->application, of->application_bytes);
		struct filter filter = { .applications = { &name, 1 }, .state = FILTER_ANONYMOUS };

		if (headcount_matching(others, &filter) != of->sessions[false])
			return false;
		filter.state = FILTER_AUTHENTICATED;
		if (headcount_matching(others, &filter) != of->sessions[true])
			return false;
	}
	return true;
}

static bool heads_agree(struct bench *b)
{
	struct headcount walked = { .each = NULL };
	struct answer counted;
	bool agree;

	heads_sweep(b);
	heads_walk(b, &walked);
	counted = bench_headcount(b);
	agree = counted.status == STORE_OK && counted.exact &&
		heads_are(&walked, &counted.headcount) && heads_are(&counted.headcount, &walked);
	answer_fini(&counted);
	headcount_fini(&walked);
	return agree;
}

/* What was cancelled may be on its way still. */
void expect_heads_as_walked(struct bench *b)
{
	int64_t until_ms = clock_mono_ms() + HEADS_PATIENCE_MS;
	bool agree = heads_agree(b);

	for (unsigned i = 0; !agree && (i < HEADS_LOOKS || clock_mono_ms() < until_ms); i++) {
		usleep(HEADS_PAUSE_US);
		agree = heads_agree(b);
	}
	cr_expect(agree, "as many are counted as there are");
}
