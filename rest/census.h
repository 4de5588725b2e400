/* census.h - how many sessions there are, and how quickly the store says so: asked when somebody wants to know, and
 * remembered for CENSUS_FRESH_MS.
 * Owner    the census is desk.h's; zeroed.
 * Thread   the admin API's. */
#ifndef SG_CENSUS_H
#define SG_CENSUS_H

#include "rest/source.h"

struct call;

enum {
	CENSUS_FRESH_MS = 1000, /* however many ask, a store with millions is asked once a second */
};

/* -1: the store does not know yet. */
struct census_count {
	int64_t all, authenticated;
};

struct census_application {
	struct slice name;
	struct census_count sessions;
};

struct census {
	bool up;          /* the store answers; else nothing else is known */
	bool exact;       /* else some may have ended just now, or come uncounted */
	int64_t taken_ms; /* wall clock; 0: never */
	int64_t taken_mono_ms;
	int64_t latency_us;
	struct census_count sessions;
	struct census_application applications[SOURCE_APPLICATIONS];
	size_t application_count;
};

/* Then goes on, now or later, with the census of c's desk; up or not. */
void census_take(struct call *c, void (*then)(struct call *c));

#endif
