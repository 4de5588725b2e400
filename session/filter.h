/* filter.h - which sessions somebody asks for; all of it must hold. Zeroed: every session.
 * Borrow   a filter borrows all that it points to, filter_copy() for as long as the arena lasts.
 * Thread   any. Pure. */
#ifndef SG_FILTER_H
#define SG_FILTER_H

#include "base/arena.h"
#include "base/network.h"
#include "session/session.h"

/* Any one of these names, bytewise, all of them different; none at all: whatever it is called. */
struct filter_names {
	const struct slice *names;
	size_t count;
};

/* from_ms <= a time < until_ms, so that spans lie side by side; 0: that side is open. */
struct filter_span {
	int64_t from_ms, until_ms;
};

enum filter_state { FILTER_ANY_STATE, FILTER_AUTHENTICATED, FILTER_ANONYMOUS };

struct filter {
	struct filter_names realms, applications, users;
	struct slice user_prefix; /* bytewise; empty: any */
	struct slice host;        /* ASCII letters' case does not count; empty: any */
	struct slice user_agent;  /* somewhere in it, the same of letters; empty: any */
	enum filter_state state;
	const struct network *network; /* of the first or the last address; NULL: any */
	struct filter_span created, seen;
	size_t min_bytes;      /* of names and values of attributes */
	size_t value_overhead; /* bytes of each value that do not count (delta.h) */
};

bool filter_names_hold(const struct filter_names *names, struct slice name);
bool filter_span_holds(const struct filter_span *span, int64_t time_ms);
bool filter_matches(const struct filter *f, const struct session *s);

/* Does it ask for some users of some realms, who can be looked up by name? */
bool filter_names_users(const struct filter *f);
/* And for nothing else? */
bool filter_is_of_users(const struct filter *f);
/* Does it ask for nothing but a span of the one time, or of the other? */
bool filter_is_created(const struct filter *f);
bool filter_is_seen(const struct filter *f);
/* For nothing but applications and a state, if for anything? */
bool filter_is_of_applications(const struct filter *f);

/* SG_ENOMEM. */
SG_MUST_CHECK int filter_copy_names(struct filter_names *names,
				    struct arena *arena); /* in their place */
SG_MUST_CHECK int filter_copy(const struct filter *f, struct arena *arena, struct filter *out);

#endif
