/* settings.h - what the configuration says to the admin API: one immutable snapshot for each load.
 * Owner    whoever made it; the API has it until it gives it back (admin.h). Text is NUL-terminated. */
#ifndef SG_SETTINGS_H
#define SG_SETTINGS_H

#include "rest/grant.h"
#include "session/limits.h"

struct settings_realm {
	const char *name;
	struct session_lifetime lifetime;
	struct session_limits limits;
	struct session_quota quota;
};

struct settings_webhook {
	const char *url, *secret;
	unsigned types; /* bits by enum event_type; 0: all */
};

struct settings {
	const struct grant *grants;
	size_t grant_count;
	const struct settings_realm *realms;
	size_t realm_count;
	const struct settings_webhook *webhooks;
	size_t webhook_count;
	const char *node;
	const char *store,
		*layout; /* the kind of store, "memory", and how sessions are spelled there */
	int64_t store_timeout_ms;
	unsigned connections, requests;   /* from web servers; in flight */
	const struct slice *cors_origins; /* whose pages may call, to the letter */
	size_t cors_origin_count;
};

#endif
