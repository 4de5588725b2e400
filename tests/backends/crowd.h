/* crowd.h - many sessions in a realm that nobody else has, so that a list can be asked for them alone on a store that
 * holds others; and walks over the pages of such a list.
 * Owner    the caller; crowd_fini(), walk_fini(). A crowd is not to be copied. */
#ifndef SG_TESTS_CROWD_H
#define SG_TESTS_CROWD_H

#include "tests/backends/visitor.h"

struct crowd {
	struct bench *bench;
	char text[32]; /* the realm's name */
	struct slice realm;
	struct filter filter; /* of all of them */
	struct visitor *visitors;
	size_t count, room;
};

void crowd_init(struct crowd *c, struct bench *b, size_t room);
void crowd_fini(struct crowd *c);
/* One more of them, whom no store has seen yet. */
struct visitor *crowd_next(struct crowd *c);
/* The same, whose session is stored; user empty: anonymous. */
struct visitor *crowd_grows(struct crowd *c, struct slice user);

struct walked {
	char id[TOKEN_ID_CHARS + 1];
	int64_t at_ms; /* the time that the list is sorted by */
};

struct walk {
	struct bench *bench;
	struct store_listing listing;
	struct walked *walked;
	size_t count, room, pages;
	bool over; /* there is no next page */
	char cursor[STORE_CURSOR_BYTES];
};

/* filter: borrowed. */
struct walk walk_begin(struct bench *b, const struct filter *filter, enum store_order order,
		       bool descending, size_t limit);
/* The next page, of which it is expected that it goes on in order. */
void walk_page(struct walk *w);
void walk_rest(struct walk *w);
void walk_fini(struct walk *w);
/* How often it came by this session. */
unsigned walk_times(const struct walk *w, struct slice id);

#endif
