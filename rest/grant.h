/* grant.h - what an administrator may do, and whom he sees: an entry of admin.tokens.
 * Owner    the configuration; all of it lasts as long as that.
 * Thread   any. Pure. */
#ifndef SG_GRANT_H
#define SG_GRANT_H

#include "base/network.h"
#include "session/session.h"

enum { GRANT_HASH_BYTES = 32 };

/* clang-format off */
#define SCOPES(X)							\
	X(SESSIONS_READ, "sessions:read")				\
	X(SESSIONS_WRITE, "sessions:write")				\
	X(SESSIONS_REVOKE, "sessions:revoke")				\
	X(ATTRIBUTES_READ, "attributes:read")				\
	X(ATTRIBUTES_WRITE, "attributes:write")				\
	X(USERS_READ, "users:read")					\
	X(USERS_BLOCK, "users:block")					\
	X(EVENTS_READ, "events:read")					\
	X(AUDIT_READ, "audit:read")					\
	X(METRICS_READ, "metrics:read")					\
	X(CONFIG_READ, "config:read")					\
	X(CONFIG_WRITE, "config:write")
/* clang-format on */
enum scope_index {
#define SCOPE_INDEX(name, text) SCOPE_INDEX_##name,
	SCOPES(SCOPE_INDEX)
#undef SCOPE_INDEX
		SCOPE_COUNT
};
/* As bits. */
enum scope {
#define SCOPE_BIT(name, text) SCOPE_##name = 1u << SCOPE_INDEX_##name,
	SCOPES(SCOPE_BIT)
#undef SCOPE_BIT
		SCOPE_ALL = (1u << SCOPE_COUNT) - 1, /* "*" */
};

struct grant {
	const char *name;
	unsigned scopes;                /* enum scope bits */
	const char *sha256;             /* of the whole token, as hex; NULL: it has none, but */
	const char *certificate_san;    /* a name of a client's certificate */
	uint8_t hash[GRANT_HASH_BYTES]; /* that as bytes */
	int64_t not_after_ms;           /* 0: for ever */
	struct network *networks;       /* that he calls from; none: any */
	size_t network_count;
	struct slice *realms; /* that he sees; none: any, and so of the others */
	size_t realm_count;
	struct slice *applications;
	size_t application_count;
	struct slice *users;
	size_t user_count;
};

/* Exactly one bit of them. */
const char *scope_text(enum scope scope);

/* May he see less than all? */
bool grant_is_limited(const struct grant *g);
bool grant_sees_realm(const struct grant *g, struct slice realm);
bool grant_sees_user(const struct grant *g, struct slice realm, struct slice user);
bool grant_sees_of(const struct grant *g, struct slice realm, struct slice user,
		   struct slice application);
bool grant_sees(const struct grant *g, const struct session *s);

/* 64 hex digits as bytes. False: it is something else. */
bool grant_read_hash(struct slice hex, uint8_t out[GRANT_HASH_BYTES]);

#endif
