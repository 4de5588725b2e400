/* broken_store.h - a store that fails in the way it is told to: what no store does on request.
 * Owner    the struct is the caller's; store_close() is not needed. */
#ifndef SG_TESTS_BROKEN_STORE_H
#define SG_TESTS_BROKEN_STORE_H

#include "backends/backend.h"

/* The ways to fail. */
struct outage {
	const char *name;
	bool no_memory;           /* no operation even begins */
	enum store_status status; /* else: what each is answered, later */
};
enum { OUTAGES = 3 };
extern const struct outage outages[OUTAGES];

struct broken_store {
	struct store store;
	struct event_base *loop;
	const struct outage *outage;
	unsigned asked;   /* how often an operation was begun */
	unsigned running; /* of them, neither answered nor cancelled */
};

void broken_store_init(struct broken_store *b, struct event_base *loop,
		       const struct outage *outage);

#endif
