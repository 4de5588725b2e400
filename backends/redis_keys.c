/* redis_keys.c - see redis_keys.h. */
#include "backends/redis_keys.h"

#include "base/percent.h"

enum {
	KEY_HEAD_BYTES = REDIS_NAMESPACE_BYTES + sizeof(":{b7}:"),
	KEY_BYTES = KEY_HEAD_BYTES + 128,
	FNV_PRIME = 16777619,
};

static const uint32_t fnv_basis = 2166136261u;

/* FNV-1a: it is the layout's, and will never change. */
static uint32_t hash_slice(uint32_t hash, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (uint8_t)s.ptr[i]) * FNV_PRIME;
	return hash;
}

static unsigned hash_bucket(uint32_t hash)
{
	return (hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24) % REDIS_BUCKETS;
}

unsigned redis_keys_bucket(struct slice session_id)
{
	return hash_bucket(hash_slice(fnv_basis, session_id));
}

unsigned redis_keys_user_bucket(const struct store_user *who)
{
	uint32_t hash = hash_slice(hash_slice(fnv_basis, who->realm), SLICE(":"));

	return hash_bucket(hash_slice(hash, who->name));
}

unsigned redis_keys_mark_bucket(const uint8_t hash[STORE_MARK_BYTES])
{
	return hash[0];
}

void redis_keys_tag(unsigned bucket, char out[REDIS_KEYS_TAG_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	out[0] = '{';
	out[1] = digits[bucket / 16];
	out[2] = digits[bucket % 16];
	out[3] = '}';
}

/* "namespace:{b7}:"; room is of KEY_HEAD_BYTES. */
static size_t key_head(char *room, struct slice namespace, unsigned bucket)
{
	memcpy(room, namespace.ptr, namespace.len);
	room[namespace.len] = ':';
	redis_keys_tag(bucket, room + namespace.len + 1);
	room[namespace.len + 1 + REDIS_KEYS_TAG_BYTES] = ':';
	return namespace.len + REDIS_KEYS_TAG_BYTES + 2;
}

void redis_keys_add(struct redis_call *call, struct slice namespace, unsigned bucket,
		    const char *what)
{
	char key[KEY_BYTES];
	size_t len = key_head(key, namespace, bucket);

	memcpy(key + len, what, strlen(what));
	redis_call_add(call, slice_of(key, len + strlen(what)));
}

void redis_keys_add_session_in(struct redis_call *call, struct slice namespace, unsigned bucket,
			       const char *what, struct slice id)
{
	char key[KEY_BYTES];
	size_t len = key_head(key, namespace, bucket), what_len = strlen(what);

	memcpy(key + len, what, what_len);
	key[len + what_len] = ':';
	len += what_len + 1;
	memcpy(key + len, id.ptr, id.len);
	redis_call_add(call, slice_of(key, len + id.len));
}

void redis_keys_add_session(struct redis_call *call, struct slice namespace, const char *what,
			    struct slice id)
{
	redis_keys_add_session_in(call, namespace, call->bucket, what, id);
}

/* Rarely enough that it may take memory of its own. */
static void key_add_encoded(struct redis_call *call, struct slice namespace, unsigned bucket,
			    const char *what, struct slice realm, struct slice name)
{
	char head[KEY_HEAD_BYTES];
	struct buffer key = { 0 };

	if (buffer_append(&key, head, key_head(head, namespace, bucket)) != 0 ||
	    buffer_printf(&key, "%s:", what) != 0 || percent_encode(&key, realm, "") != 0 ||
	    buffer_append_slice(&key, SLICE(":")) != 0 || percent_encode(&key, name, "") != 0)
		call->no_memory = true;
	else
		redis_call_add(call, buffer_content(&key));
	buffer_fini(&key);
}

void redis_keys_add_user_in(struct redis_call *call, struct slice namespace, unsigned bucket,
			    const struct store_user *who)
{
	key_add_encoded(call, namespace, bucket, "u", who->realm, who->name);
}

void redis_keys_add_of_user(struct redis_call *call, struct slice namespace, const char *what,
			    const struct store_user *who)
{
	key_add_encoded(call, namespace, call->bucket, what, who->realm, who->name);
}

void redis_keys_add_user(struct redis_call *call, struct slice namespace,
			 const struct store_user *who)
{
	redis_keys_add_user_in(call, namespace, call->bucket, who);
}

void redis_keys_add_who(struct redis_call *call, const struct store_user *who)
{
	char text[STORE_REALM_BYTES + 1 + SESSION_USER_BYTES];

	if (who->realm.len > STORE_REALM_BYTES || who->name.len > SESSION_USER_BYTES) {
		call->no_memory = true;
		return;
	}
	memcpy(text, who->realm.ptr, who->realm.len);
	text[who->realm.len] = '\0';
	memcpy(text + who->realm.len + 1, who->name.ptr, who->name.len);
	redis_call_add(call, slice_of(text, who->realm.len + 1 + who->name.len));
}

void redis_keys_add_mark(struct redis_call *call, struct slice namespace, struct slice realm,
			 const uint8_t hash[STORE_MARK_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * STORE_MARK_BYTES];

	for (size_t i = 0; i < STORE_MARK_BYTES; i++) {
		hex[2 * i] = digits[hash[i] / 16];
		hex[2 * i + 1] = digits[hash[i] % 16];
	}
	key_add_encoded(call, namespace, call->bucket, "k", realm, slice_of(hex, sizeof(hex)));
}
