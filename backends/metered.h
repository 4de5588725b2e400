/* metered.h - a store in front of another, of whatever kind, that counts what it is asked: how often, what came of it, how
 * long it took.
 * Owner    the meter is the caller's, and outlives the store.
 * Thread   the store's loop; a meter may be read on any. */
#ifndef SG_METERED_H
#define SG_METERED_H

#include "backends/backend.h"
#include "base/histogram.h"

#define METERED_OPERATIONS(X)           \
	X(FIND, "find")                 \
	X(LOCK, "lock")                 \
	X(CREATE, "create")             \
	X(PUT, "put")                   \
	X(SAVE, "save")                 \
	X(REMOVE, "remove")             \
	X(REMOVE_USER, "remove_user")   \
	X(LIST_USER, "list_user")       \
	X(LIST, "list")                 \
	X(COUNT, "count")               \
	X(HEADCOUNT, "headcount")       \
	X(USERS, "users")               \
	X(BLOCK_USER, "block_user")     \
	X(UNBLOCK_USER, "unblock_user") \
	X(EVENTS, "events")             \
	X(TELL, "tell")                 \
	X(HEALTH, "health")             \
	X(EXAMINE, "examine")           \
	X(EXPIRE_DUE, "expire_due")

enum metered_operation {
#define METERED_OPERATION(name, text) METERED_##name,
	METERED_OPERATIONS(METERED_OPERATION)
#undef METERED_OPERATION
		METERED_OPERATION_COUNT
};

/* What came of it: enum store_status, or it was cancelled. */
enum { METERED_CANCELLED = STORE_UNCERTAIN + 1, METERED_RESULT_COUNT };

/* What was written of sessions. Of several reasons for one save the first counts. */
#define METERED_SAVES(X)                                                     \
	X(CREATE, "create")                                                  \
	X(LOGIN, "login")       /* of a session that was there */            \
	X(ROTATION, "rotation") /* a new secret without one */               \
	X(CHANGE, "change")     /* of attributes, or of how long it lasts */ \
	X(TOUCH, "touch")       /* it was seen, and nothing else */

enum metered_save {
#define METERED_SAVE_KIND(name, text) METERED_SAVED_##name,
	METERED_SAVES(METERED_SAVE_KIND)
#undef METERED_SAVE_KIND
		METERED_SAVE_COUNT
};

/* Of one operation. */
struct store_meter_operation {
	struct counter results[METERED_RESULT_COUNT];
	struct histogram durations; /* of what was not cancelled */
};

struct store_meter {
	struct store_meter_operation operations[METERED_OPERATION_COUNT];
	struct counter saves[METERED_SAVE_COUNT];
	struct counter asked; /* operations: those without a result are not answered yet */
};

/* As a metric's label says it: lower case, no blanks. */
const char *metered_operation_text(enum metered_operation operation);
const char *metered_result_text(unsigned result);
const char *metered_save_text(enum metered_save save);

/* Monotonic time that may be known already: *known_us is 0 while it is not, and ask(ctx) then finds out. */
struct metered_clock {
	const int64_t *known_us;
	int64_t (*ask)(void *ctx);
	void *ctx;
};

/* *store goes behind one that counts, which takes its place and closes it. SG_ENOMEM: it is as it was. */
SG_MUST_CHECK int metered_open(struct store **store, struct store_meter *meter,
			       const struct metered_clock *clock);

#endif
