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
	int64_t idle_ms;           /* of sessions with a user */
	int64_t anonymous_idle_ms; /* of those without */
	int64_t absolute_ms;       /* from creation or login */
	int64_t touch_ms;          /* last_seen is written at most this often */
};

#endif
