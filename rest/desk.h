/* desk.h - what the calls of the admin API share: the store, the settings that are in force, and time.
 * Owner    admin.c.
 * Thread   the admin API's. */
#ifndef SG_DESK_H
#define SG_DESK_H

#include "base/list.h"
#include "rest/admin.h"
#include "rest/answers.h"
#include "rest/census.h"
#include "rest/pace.h"

/* Settings with those who use them. */
struct desk_terms {
	unsigned references;
	struct admin_terms terms;
};

struct audit;
struct webhooks;

struct desk {
	struct event_base *loop;
	struct store *store;
	struct news *news;
	struct outbox *outbox;
	struct audit *audit;
	struct webhooks *webhooks;
	int64_t auth_minute_ms; /* when the one began in which so many failures were told: */
	unsigned auth_told;
	struct desk_terms *terms; /* those of new calls */
	struct failures failures;
	struct source source;
	struct reloader reloader;
	struct answers answers;
	struct census census;
	struct pace pace;
	uint64_t events_dropped; /* that a stream did not get */
	struct link *calls;      /* struct call: that wait for the store */
	struct link *streams;    /* struct stream */
	size_t stream_count;
	uint64_t told; /* the number of the first event that streams were not told of */
	bool draining;
};

struct desk_terms *desk_terms_ref(struct desk_terms *t);
void desk_terms_unref(struct desk_terms **t); /* *t may be NULL, becomes NULL */

/* Look at the deadlines of all that waits. Called about every DESK_TICK_MS. */
enum { DESK_TICK_MS = 100 };
void desk_tick(struct desk *d);
/* Whoever waits for the news is answered, up to that question: they are in, and streams are told. */
void desk_hear(struct desk *d, uint64_t answered);

#endif
