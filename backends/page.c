/* page.c - see page.h. The roll has room for twice as many as there may be: when it is full it is sorted and cut to its
 * first half, so that of many that are offered each is sorted in a few times, and most not at all. */
#include "backends/page.h"

#include "base/hex.h"

#include <assert.h>
#include <stdlib.h>

enum { TIME_HEX = 16 };

static int64_t page_time(const struct page *p, const struct session *s)
{
	return p->order == STORE_BY_SEEN ? s->seen_ms : s->created_ms;
}

struct page_place page_place_of(const struct page *p, const struct session *s)
{
	struct page_place place = { .at_ms = page_time(p, s) };

	memcpy(place.id, s->id, TOKEN_ID_CHARS);
	return place;
}

int page_order(const struct page *p, const struct page_place *a, const struct page_place *b)
{
	int order = a->at_ms != b->at_ms ? (a->at_ms < b->at_ms ? -1 : 1)
					 : memcmp(a->id, b->id, TOKEN_ID_CHARS);

	return p->descending ? -order : order;
}

/* --- Cursors -------------------------------------------------------------------------------- */

static char page_order_letter(const struct page *p)
{
	static const char letters[2][2] = { { 's', 'S' }, { 'c', 'C' } };

	return letters[p->order == STORE_BY_CREATED][p->descending];
}

static void page_write_cursor(struct page *p, const struct page_place *place)
{
	static const char digits[] = "0123456789abcdef";
	char *at = p->cursor;

	*at++ = page_order_letter(p);
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = digits[(uint64_t)place->at_ms >> shift & 15];
	memcpy(at, place->id, TOKEN_ID_CHARS);
	p->cursor_bytes = PAGE_CURSOR_BYTES;
}

static int page_read_cursor(const struct page *p, struct slice cursor, struct page_place *out)
{
	uint64_t at_ms = 0;

	if (cursor.len != PAGE_CURSOR_BYTES || cursor.ptr[0] != page_order_letter(p) ||
	    !token_id_well_formed(slice_after(cursor, 1 + TIME_HEX)))
		return SG_EFORMAT;
	for (size_t i = 1; i <= TIME_HEX; i++) {
		int digit = hex_digit(cursor.ptr[i]);

		if (digit < 0)
			return SG_EFORMAT;
		at_ms = at_ms << 4 | (unsigned)digit;
	}
	out->at_ms = (int64_t)at_ms;
	memcpy(out->id, cursor.ptr + 1 + TIME_HEX, TOKEN_ID_CHARS);
	return 0;
}

/* --- Gathering ------------------------------------------------------------------------------ */

static struct page_place place_before_all(int64_t at_ms)
{
	return (struct page_place){ .at_ms = at_ms };
}

/* Nobody's id is like those, so that all of one moment lie behind the one or before the other. A session's time is
 * from_ms or later, and earlier than until_ms. */
static void page_set_bounds(struct page *p, const struct filter_span *span)
{
	struct page_place earliest =
				  place_before_all(span->from_ms != 0 ? span->from_ms : INT64_MIN),
			  latest = place_before_all(span->until_ms != 0 ? span->until_ms
									: INT64_MAX);

	p->begin = p->descending ? latest : earliest;
	p->end = p->descending ? earliest : latest;
}

int page_init(struct page *p, const struct store_listing *listing)
{
	struct page_place place;

	assert(listing->limit > 0);
	*p = (struct page){ .order = listing->order,
			    .descending = listing->descending,
			    .limit = listing->limit,
			    .filter = listing->filter };
	page_set_bounds(p, p->order == STORE_BY_SEEN ? &p->filter->seen : &p->filter->created);
	if (listing->cursor.len > 0) {
		if (page_read_cursor(p, listing->cursor, &place) != 0)
			return SG_EFORMAT;
		if (page_order(p, &place, &p->begin) > 0)
			p->begin = place;
	}
	return roll_init(&p->roll, 2 * p->limit);
}

void page_fini(struct page *p)
{
	roll_fini(&p->roll);
	p->cursor_bytes = 0;
}

const struct page_place *page_begin(const struct page *p)
{
	return &p->begin;
}

static int page_compare(const void *a, const void *b, void *ctx)
{
	const struct page *p = ctx;
	struct page_place x = page_place_of(p, *(const struct session *const *)a),
			  y = page_place_of(p, *(const struct session *const *)b);

	return page_order(p, &x, &y);
}

static void page_sort(struct page *p)
{
	if (p->roll.count > 1)
		qsort_r(p->roll.sessions, p->roll.count, sizeof(p->roll.sessions[0]), page_compare,
			p);
}

static struct page_place page_last(const struct page *p)
{
	return page_place_of(p, p->roll.sessions[p->roll.count - 1]);
}

/* The first limit of them stay. */
static void page_trim(struct page *p)
{
	page_sort(p);
	p->more = p->more || p->roll.count > p->limit;
	roll_cut(&p->roll, p->limit);
	p->full = p->roll.count == p->limit;
	if (p->full)
		p->last = page_last(p);
}

bool page_wants(struct page *p, const struct page_place *place)
{
	if (page_order(p, place, &p->end) >= 0)
		return false;
	if (!p->full || page_order(p, place, &p->last) < 0)
		return true;
	p->more = true;
	return false;
}

bool page_matches(const struct page *p, const struct session *s)
{
	struct page_place place = page_place_of(p, s);

	return page_order(p, &place, &p->begin) > 0 && filter_matches(p->filter, s);
}

void page_add(struct page *p, const struct session *s)
{
	roll_add(&p->roll, s);
	if (p->roll.count == p->roll.room)
		page_trim(p);
}

void page_stop(struct page *p, const struct page_place *place)
{
	if (!p->cut || page_order(p, place, &p->cut_at) < 0)
		p->cut_at = *place;
	p->cut = true;
}

static size_t page_count_until(const struct page *p, const struct page_place *place)
{
	size_t count = p->roll.count;

	while (count > 0) {
		struct page_place last = page_place_of(p, p->roll.sessions[count - 1]);

		if (page_order(p, &last, place) <= 0)
			break;
		count--;
	}
	return count;
}

void page_finish(struct page *p)
{
	page_trim(p);
	if (p->cut && !(p->full && page_order(p, &p->last, &p->cut_at) <= 0)) {
		roll_cut(&p->roll, page_count_until(p, &p->cut_at));
		page_write_cursor(p, &p->cut_at);
	} else if (p->more || p->cut) {
		page_write_cursor(p, &p->last);
	}
}
