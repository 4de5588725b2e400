/* answers.h - how often the admin API answered what.
 * Owner    desk.h's; zeroed.
 * Thread   the admin API's. */
#ifndef SG_ANSWERS_H
#define SG_ANSWERS_H

#include "rest/endpoint.h"
#include "rest/exposition.h"

enum {
	ANSWERS_ENDPOINTS = 64, /* no table of endpoints is longer */
	ANSWERS_STATUSES = 32,  /* nor are there more different ones */
};

struct answers {
	uint64_t counts[ANSWERS_ENDPOINTS + 1][ANSWERS_STATUSES]; /* the last row: no endpoint's */
	unsigned statuses[ANSWERS_STATUSES]; /* in the order in which they came */
	size_t status_count;
	uint64_t auth_failures;
};

/* endpoint NULL: it asked for nothing that there is. */
void answers_note(struct answers *a, const struct endpoint *endpoint, unsigned status);
void answers_write(const struct answers *a, struct exposition *x);

#endif
