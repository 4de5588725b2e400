/* told.h - what a store has told of itself: its events, read in small batches and kept as text.
 * Owner    the caller: zero it; told_fini() gives it back. */
#ifndef SG_TESTS_TOLD_H
#define SG_TESTS_TOLD_H

#include "tests/backends/bench.h"

struct told_event {
	enum event_type type;
	enum event_cause cause;
	int64_t at_ms;
	uint64_t teller;
	char session[TOKEN_ID_CHARS + 1];
	char realm[64], application[64], user[SESSION_USER_BYTES + 1], reason[64], actor[64];
};

struct told {
	struct told_event *events;
	size_t count;
	char position[STORE_POSITION_BYTES]; /* where the next told_read() goes on */
	size_t position_bytes;
	bool gap; /* there was one */
};

/* All that is new, limit of them at a time. */
void told_read(struct told *t, struct bench *b, size_t limit);
/* As told_read(), and that is all: what was read before is forgotten. */
void told_news(struct told *t, struct bench *b);
/* Those of one session; to be given back too. */
struct told told_of_session(const struct told *t, struct slice id);
size_t told_count(const struct told *t, enum event_type type);
void told_fini(struct told *t);

#endif
