/* redis_keys.h - the names of keys. All of a bucket's have its number between braces, so that on a Cluster they are in
 * one slot and one script may name them: NAMESPACE:{b7}:s:ID. What a person or an application chose is percent-encoded,
 * so that no two names are one key. docs/redis.md has all of them.
 * Thread   any. Pure. */
#ifndef SG_REDIS_KEYS_H
#define SG_REDIS_KEYS_H

#include "backends/backend.h"
#include "backends/redis_call.h"

enum { REDIS_BUCKETS = 256 };

/* Where a session is; where all that is kept of a user is, and of a mark. */
unsigned redis_keys_bucket(struct slice session_id);
unsigned redis_keys_user_bucket(const struct store_user *who);
unsigned redis_keys_mark_bucket(const uint8_t hash[STORE_MARK_BYTES]);

/* "{b7}": what of a key tells its slot on a Cluster. */
enum { REDIS_KEYS_TAG_BYTES = 4 };
void redis_keys_tag(unsigned bucket, char out[REDIS_KEYS_TAG_BYTES]);

#endif
