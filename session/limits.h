/* limits.h - how large a session may be, and how long it lasts: one realm's rules.
 * Filled from the configuration, or by a test; borrowed by whoever applies a delta. */
#ifndef SG_LIMITS_H
#define SG_LIMITS_H

#include <stddef.h>
#include <stdint.h>

enum { SESSION_NAME_BYTES = 128, SESSION_USER_BYTES = 255 };

struct session_limits {
	size_t max_bytes; /* of all names and the JSON text of all values */
	size_t max_value; /* bytes of one value's JSON text */
	size_t max_attributes;
};

struct session_lifetime {
	int64_t idle_ms;              /* of sessions with a user */
	int64_t anonymous_idle_ms;    /* of those without */
	int64_t absolute_ms;          /* from creation or login */
	int64_t remember_idle_ms;     /* of sessions whose login is remembered */
	int64_t remember_absolute_ms; /* from such a login */
	int64_t touch_ms;             /* last_seen is written at most this often */
	int64_t rotate_ms; /* a secret is replaced when it is so old; 0: never for that */
	int64_t grace_ms;  /* so long is a replaced secret good after the new one was seen */
};

/* How many sessions a user may have at a time, and what happens to one more. */
enum session_on_limit {
	SESSION_EVICT_OLDEST, /* the one that was created first ends */
	SESSION_EVICT_IDLEST, /* the one that was seen last longest ago */
	SESSION_DENY,         /* the login is refused */
};

struct session_quota {
	unsigned sessions; /* 0: any number */
	enum session_on_limit on_limit;
};

#endif
