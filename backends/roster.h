/* roster.h - a page of a list of users while it is gathered from many parts of a store, of which each is walked by realm
 * and name: as page.h does it for sessions. Rows are added by name; what else is in them is the store's to fill in
 * when the page is finished, and roster_keep() then drops those that turn out not to belong there.
 * Owner    the caller; roster_fini(). It has names and rows.
 * Borrow   the listing, until roster_finish(); rows as long as the roster.
 * Errors   SG_ENOMEM.
 * Thread   one at a time. */
#ifndef SG_ROSTER_H
#define SG_ROSTER_H

#include "backends/backend.h"

/* Where such a user is or would be, or between two users. */
struct roster_place {
	struct slice realm, name;
	enum {
		ROSTER_AT,
		ROSTER_BEHIND,
		ROSTER_BEHIND_REALM
	} side; /* of that one, or of all in the realm */
};

/* Sessions that are looked at to fill in the rows of a page; of the first one more. Who has very many makes it shorter. */
enum { ROSTER_SESSIONS = 5000 };

struct roster {
	const struct store_user_listing *listing;
	struct roster_place begin; /* borrowed from the listing */
	struct arena arena;        /* of the names in the rows */
	struct store_user_row *rows;
	size_t count, room;
	bool full, more, cut;
	struct store_user cut_at; /* the first whom a part was left at */
	char cursor[STORE_CURSOR_BYTES];
	size_t cursor_bytes;
	int rc; /* SG_ENOMEM, when there was none for a row */
};

/* < 0: the user comes before the place; 0: is there; > 0: comes behind it. */
int roster_compare(const struct store_user *who, const struct roster_place *place);

/* SG_EFORMAT: the cursor is none of such a listing's. */
SG_MUST_CHECK int roster_init(struct roster *r, const struct store_user_listing *listing);
void roster_fini(struct roster *r);

/* A walk starts at this place. */
const struct roster_place *roster_begin(const struct roster *r);

/* What there is to do with a user whom a walk comes to. */
enum roster_step {
	ROSTER_TAKE, /* he may be in the list */
	ROSTER_PASS, /* he is not, perhaps the next one is */
	ROSTER_SEEK, /* nobody before *next is, which is behind him */
	ROSTER_END,  /* nobody from here on is, or there are enough */
};
enum roster_step roster_step(struct roster *r, const struct store_user *who,
			     struct roster_place *next);
/* A row of that name. */
void roster_add(struct roster *r, const struct store_user *who);
/* Of one of the rows: its user is blocked so. The reason is copied; actor is left out. */
void roster_block(struct roster *r, struct store_user_row *row, const struct store_block *block);
/* Whom a part of the store has behind who has not been looked at. */
void roster_stop(struct roster *r, const struct store_user *who);
/* The rows are there and, unless it was the last page, the next one's cursor. SG_ENOMEM: they are not. */
SG_MUST_CHECK int roster_finish(struct roster *r);
/* After roster_finish(): no more than the first count rows, which are not all; the others are the next page's. */
void roster_cut(struct roster *r, size_t count);
/* The rows are filled in: those stay that the listing is of. */
void roster_keep(struct roster *r);

#endif
