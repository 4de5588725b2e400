/* delta.h - what one request changes of one session; the only thing that is ever saved.
 * Built by the gateway from an application's directives, applied by session_apply() inside the
 * store's atomic step, whichever the store.
 * Owner    the caller: the struct, and all that its slices and pointers borrow; a store copies what
 *          it needs before its call returns.
 * Thread   one at a time. */
#ifndef SG_DELTA_H
#define SG_DELTA_H

#include "session/limits.h"
#include "session/token.h"

/* One attribute: value is JSON text; value.ptr == NULL removes it. */
struct change {
	struct slice name, value;
};

/* A new secret that kills the old one at once: Login, Rotate: 1, change of user. */
struct renewal {
	uint8_t hash[TOKEN_HASH_BYTES]; /* of the new secret */
	uint64_t epoch;                 /* the new one */
	uint8_t csrf[32];               /* the new one */
};

/* Who the session belongs to from now on; always together with a renewal. */
struct login {
	struct slice user;   /* 1 to SESSION_USER_BYTES bytes */
	int64_t idle_ms;     /* unless the session's idle timeout was chosen by a directive */
	int64_t absolute_ms; /* the absolute end is so far from now */
	int64_t touch_ms;
};

struct delta {
	uint64_t save_id; /* random; the store applies each once, however often it comes */
	uint64_t epoch;   /* the loaded one: another in the store and nothing is written */
	const struct change *changes; /* in order: of one name the last wins */
	size_t change_count;
	int64_t idle_ms;               /* 0: as it is; else chosen by a directive */
	const struct renewal *renewal; /* NULL: the secret stays */
	const struct login *login;     /* NULL: the user stays. Another user than before: the
					 * attributes there were go first */
	struct session_limits limits;
};

/* A mere touch: moves last_seen and nothing else, and the version stays. */
bool delta_is_touch(const struct delta *d);

#endif
