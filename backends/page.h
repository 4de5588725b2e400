/* page.h - a page of a list of sessions while it is gathered from many parts of a store, of which each is walked in the
 * list's order: the first of all that are offered, in that order, behind the place where the page before it ended.
 *
 *	for each part of the store:
 *		for each session from page_begin() on, as long as page_wants() it:
 *			page_add() it if it matches, or page_stop() there for this time
 *	page_finish()
 *
 * A part that was left early cuts the page there, since what it has behind that place nobody knows.
 * Owner    the caller; page_fini(). A reference to each record is the page's.
 * Borrow   the listing, until page_finish().
 * Errors   SG_ENOMEM.
 * Thread   one at a time. */
#ifndef SG_PAGE_H
#define SG_PAGE_H

#include "backends/backend.h"
#include "backends/roll.h"

enum { PAGE_CURSOR_BYTES = 1 + 16 + TOKEN_ID_CHARS }; /* the order, a time in hex, an id */

/* Of a session among the others. */
struct page_place {
	int64_t at_ms;
	char id[TOKEN_ID_CHARS];
};

struct page {
	enum store_order order;
	bool descending;
	size_t limit;
	const struct filter *filter;
	struct page_place begin, end; /* what lies between them, without them */
	struct roll roll;
	struct page_place last; /* of a full page: of what is behind it there is enough */
	bool full;
	bool cut;
	struct page_place cut_at; /* the first place where a part was left */
	bool more;
	char cursor[PAGE_CURSOR_BYTES];
	size_t cursor_bytes;
};

/* SG_EFORMAT: the cursor is none of such a listing's. */
SG_MUST_CHECK int page_init(struct page *p, const struct store_listing *listing);
void page_fini(struct page *p);

/* Behind this place the page begins: a walk starts there. */
const struct page_place *page_begin(const struct page *p);
/* < 0: a comes before b in the page's order. */
int page_order(const struct page *p, const struct page_place *a, const struct page_place *b);
/* Where the session is in that. */
struct page_place page_place_of(const struct page *p, const struct session *s);
/* May a session at this place, or one behind it, come into the page? */
bool page_wants(struct page *p, const struct page_place *place);
/* Is it one that the list is of, and that lies between begin and end? */
bool page_matches(const struct page *p, const struct session *s);
/* Takes the caller's reference. */
void page_add(struct page *p, const struct session *s);
/* What a part of the store has behind this place has not been looked at; place is a session's. */
void page_stop(struct page *p, const struct page_place *place);
/* The page is in its roll and, unless it was the last, the next one's cursor is there. */
void page_finish(struct page *p);

#endif
