/* event.h - what happened to a session, to a user or to the store, as operators are told: types, and how often each came.
 * Never an attribute's value, never a secret. (struct event is libevent's.)
 * Owner    whoever made the event, and all that its slices borrow.
 * Thread   counts: any; the rest: one at a time. */
#ifndef SG_EVENT_H
#define SG_EVENT_H

#include "base/slice.h"

#include <stdatomic.h>

/* clang-format off */
#define EVENT_TYPES(X)							\
	X(CREATED, "session.created")					\
	X(LOGIN, "session.login")	/* of a new session: after its creation */	\
	X(ROTATED, "session.rotated")	/* a new secret that no login brought */	\
	X(LOGGED_OUT, "session.logged_out")				\
	X(EXPIRED, "session.expired")	/* idle or absolute */		\
	X(REVOKED, "session.revoked")	/* from outside, or by a block */	\
	X(EVICTED, "session.evicted")	/* for another login of its user */	\
	X(DENIED, "session.denied")	/* a login was refused: user-blocked or session-limit */	\
	X(LATE_SAVE_BLOCKED, "session.late_save_blocked")		\
	X(USER_BLOCKED, "user.blocked")					\
	X(USER_UNBLOCKED, "user.unblocked")				\
	X(DATA_LOST, "store.data_lost")	/* for all that anybody knows: nobody is logged out for it */ \
	X(STORE_DOWN, "store.down")	/* for this process; no store tells that of itself */	\
	X(STORE_UP, "store.up")						\
	X(CONFIG_RELOADED, "config.reloaded")				\
	X(CONFIG_REJECTED, "config.rejected")				\
	X(AUTH_FAILED, "admin.auth_failed")				\
	X(GAP, "stream.gap")	/* to one reader: he has missed some */

#define EVENT_CAUSES(X)							\
	X(NONE, "")							\
	X(IDLE, "idle")							\
	X(ABSOLUTE, "absolute")						\
	X(USER_BLOCKED, "user-blocked")					\
	X(SESSION_LIMIT, "session-limit")				\
	X(ADOPTED, "adopted")	/* created of one that lived elsewhere before */	\
	X(EMPTY, "empty")	/* data lost: nothing is there of what was */	\
	X(UNATTENDED, "unattended")	/* the same: nobody has looked for a while */	\
	X(OTHER_INSTANCE, "other-instance")	/* the same: another process has it than had */
/* clang-format on */

enum event_type {
#define EVENT_TYPE(name, text) EVENT_##name,
	EVENT_TYPES(EVENT_TYPE)
#undef EVENT_TYPE
		EVENT_TYPE_COUNT
};

enum event_cause {
#define EVENT_CAUSE(name, text) EVENT_CAUSE_##name,
	EVENT_CAUSES(EVENT_CAUSE)
#undef EVENT_CAUSE
		EVENT_CAUSE_COUNT
};

const char *event_type_text(enum event_type type);
const char *event_cause_text(enum event_cause cause);
/* The other way round. False: there is none of that text; *out is then untouched. */
bool event_type_read(struct slice text, enum event_type *out);
bool event_cause_read(struct slice text, enum event_cause *out);

/* What does not apply is empty: a user's event has no session, an anonymous session no user, the store's neither. */
struct session_event {
	enum event_type type;
	enum event_cause cause;
	int64_t at_ms; /* the store's clock */
	struct slice session;
	struct slice realm, application, user;
	struct slice actor, reason; /* who did it from outside, and why, as he gave it */
	struct slice node; /* which gateway did; empty: nobody says, which is this one then */
	uint64_t teller; /* the process that says so of itself, for all others; 0: the store does */
};

/* How often in this process, since it began. */
struct event_counts {
	_Atomic uint64_t of[EVENT_TYPE_COUNT][EVENT_CAUSE_COUNT];
	_Atomic uint64_t renewals; /* secrets that a login has replaced */
};

static inline void event_count(struct event_counts *c, enum event_type type, enum event_cause cause)
{
	atomic_fetch_add_explicit(&c->of[type][cause], 1, memory_order_relaxed);
}

static inline uint64_t event_counted(const struct event_counts *c, enum event_type type,
				     enum event_cause cause)
{
	return atomic_load_explicit(&c->of[type][cause], memory_order_relaxed);
}

#endif
