/* redis_keys.h - the names of keys. All of a bucket's have its number between braces, so that on a Cluster they are in
 * one slot and one script may name them: NAMESPACE:{b7}:s:ID. What a person chose is percent-encoded, so that no two names
 * are one key. docs/redis.md has all of them.
 * Thread   any. Pure. */
#ifndef SG_REDIS_KEYS_H
#define SG_REDIS_KEYS_H

#include "backends/backend.h"
#include "backends/redis_call.h"

enum {
	REDIS_BUCKETS = 256,
	REDIS_NAMESPACE_BYTES = 128,
};

/* Where a session is; where all that is kept of a user is, and of a mark. */
unsigned redis_keys_bucket(struct slice session_id);
unsigned redis_keys_user_bucket(const struct store_user *who);
unsigned redis_keys_mark_bucket(const uint8_t hash[STORE_MARK_BYTES]);

/* "{b7}": what of a key tells its slot on a Cluster. */
enum { REDIS_KEYS_TAG_BYTES = 4 };
void redis_keys_tag(unsigned bucket, char out[REDIS_KEYS_TAG_BYTES]);

/* One of those that each bucket has: "meta", "events", "due", "seen", "created", "users". */
void redis_keys_add(struct redis_call *call, struct slice namespace, unsigned bucket,
		    const char *what);
/* A session's, of the call's bucket: "s". */
void redis_keys_add_session(struct redis_call *call, struct slice namespace, const char *what,
			    struct slice id);
/* The same of any bucket. */
void redis_keys_add_session_in(struct redis_call *call, struct slice namespace, unsigned bucket,
			       const char *what, struct slice id);
void redis_keys_add_user(struct redis_call *call, struct slice namespace,
			 const struct store_user *who);
void redis_keys_add_user_in(struct redis_call *call, struct slice namespace, unsigned bucket,
			    const struct store_user *who);
/* What else there is of him: "line", "patience". */
void redis_keys_add_of_user(struct redis_call *call, struct slice namespace, const char *what,
			    const struct store_user *who);
/* A user as his bucket's "users" has him: by realm and name, with a zero byte between them. */
void redis_keys_add_who(struct redis_call *call, const struct store_user *who);
void redis_keys_add_mark(struct redis_call *call, struct slice namespace, struct slice realm,
			 const uint8_t hash[STORE_MARK_BYTES]);

#endif
