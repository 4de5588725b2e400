/* delta.h - what one request changes of one session; the only thing that is ever saved.
 * Built by the gateway from an application's directives, applied by session_apply() inside the
 * store's atomic step, whichever the store.
 * Owner    the caller: the struct, and all that its slices and pointers borrow; a store copies what
 *          it needs before its call returns.
 * Thread   one at a time. */
#ifndef SG_DELTA_H
#define SG_DELTA_H

#include "session/device.h"
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
	/* Rotate: 1 compares and swaps, as a rotation does: the current secret's hash as it was loaded. NULL:
	 * whatever it is */
	const uint8_t *expected;
};

/* A new secret beside which the old one stays good: until the new one is first presented, and for a grace
 * after that. Compare and swap: of several at once one wins, the others change nothing, and whether it won shows
 * in the outcome's hash. Epoch and CSRF value stay. */
struct rotation {
	uint8_t hash[TOKEN_HASH_BYTES];     /* of the new secret */
	uint8_t expected[TOKEN_HASH_BYTES]; /* the current one, as it was loaded */
	bool lost; /* expected never arrived: it goes, and what it had replaced stays good */
};

/* Who the session belongs to from now on; always together with a renewal. */
struct login {
	struct slice
		user; /* up to SESSION_USER_BYTES bytes; empty: nobody, and the absolute end stays */
	int64_t idle_ms;     /* unless the session's idle timeout was chosen by a directive */
	int64_t absolute_ms; /* the absolute end is so far from now */
	int64_t touch_ms;
	bool remembered;
	struct session_quota quota;
};

struct delta {
	uint64_t save_id; /* random; the store applies each once, however often it comes */
	uint64_t epoch;   /* the loaded one: another in the store and nothing is written */
	uint64_t version; /* the same of this one; 0: whichever it is */
	const struct change *changes; /* in order: of one name the last wins */
	size_t change_count;
	int64_t idle_ms;                 /* 0: as it is; else chosen by a directive */
	int64_t expires_ms;              /* the absolute end; 0: as it is */
	const struct renewal *renewal;   /* NULL: the secret stays */
	const struct login *login;       /* NULL: the user stays. Another user than before: the
					 * attributes there were go first */
	const struct rotation *rotation; /* NULL: none; never together with a renewal */
	/* the hash of the current secret, which has been presented: what it replaced is good for grace_ms
	 * more. NULL: nothing new */
	const uint8_t *presented;
	int64_t grace_ms;
	bool asks_rotation; /* the next request is to get a new secret */
	bool unseen;        /* nobody was here: last_seen stays */
	bool unread; /* nobody looks at the values of what is stored then: in the answer they may be empty */
	uint64_t
		fence; /* of the lock that the request holds; 0: none. If another was given out since, nothing
			 * is written; else the lock ends with this */
	bool keeps_lock; /* the lock goes on all the same: there is more to save */
	struct session_limits limits;
	/* of each value, there and here, so many bytes are what a store's cipher has added: they count towards no
	 * limit. 0: the values are as the application gave them */
	size_t value_overhead;
	const struct device_visit
		*visit; /* NULL: nobody's, and what is known of the device stays */
};

/* A mere touch: moves last_seen, or knows that a secret has arrived, and nothing else; the version stays. */
bool delta_is_touch(const struct delta *d);

#endif
