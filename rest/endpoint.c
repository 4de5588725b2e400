/* endpoint.c - see endpoint.h. */
#include "rest/endpoint.h"

#include "rest/resources.h"
#include "rest/selector.h"

#include <stdio.h>

/* clang-format off */
static const char *const no_parameters[] = { NULL };
static const char *const page_parameters[] = { "limit", "cursor", NULL };
static const char *const reason_parameters[] = { "reason", NULL };
static const char *const users_parameters[] = { "limit", "cursor", "realm", "prefix", "min_sessions", "blocked", NULL };
static const char *const user_parameters[] = { "realm", NULL };
static const char *const user_sessions_parameters[] = { "realm", "limit", "cursor", "sort", "include", NULL };
static const char *const user_revoke_parameters[] = { "realm", "except", "reason", NULL };
static const char *const sessions_parameters[] = { "limit", "cursor", "sort", "include",
#define SELECTOR_PARAMETER(name, text) text,
						   SELECTORS(SELECTOR_PARAMETER)
#undef SELECTOR_PARAMETER
							   NULL };

static const char *const doctor_parameters[] = { "application", NULL };
static const char *const events_parameters[] = { "limit", "after",       "types", "user",
						 "realm", "application", NULL };

static const char *const reload_parameters[] = { "dry_run", NULL };

/* Of two paths that match, the one that stands further up counts. */
static const struct endpoint endpoints[] = {
	{ "GET", "/livez", ENDPOINT_OPEN, BODY_NONE, no_parameters, health_answer_livez, NULL },
	{ "GET", "/readyz", ENDPOINT_OPEN, BODY_NONE, no_parameters, health_answer_readyz, NULL },
	{ "GET", "/metrics", SCOPE_METRICS_READ, BODY_NONE, no_parameters, metrics_answer_get, NULL },
	{ "GET", "/openapi.json", ENDPOINT_OPEN, BODY_NONE, no_parameters, openapi_answer_get, NULL },
	{ "GET", "/api/v1", ENDPOINT_ANY, BODY_NONE, no_parameters, about_answer_get, NULL },
	{ "GET", "/api/v1/whoami", ENDPOINT_ANY, BODY_NONE, no_parameters, about_answer_whoami, NULL },
	{ "GET", "/api/v1/sessions", SCOPE_SESSIONS_READ, BODY_NONE, sessions_parameters, sessions_answer_get, NULL },
	{ "POST", "/api/v1/sessions/revoke", SCOPE_SESSIONS_REVOKE, BODY_JSON, no_parameters, revoke_answer_post, "sessions.revoke" },
	{ "GET", "/api/v1/sessions/{id}", SCOPE_SESSIONS_READ, BODY_NONE, no_parameters, session_answer_get, NULL },
	{ "PATCH", "/api/v1/sessions/{id}", SCOPE_SESSIONS_WRITE, BODY_PATCH, no_parameters, session_answer_patch, "session.update" },
	{ "DELETE", "/api/v1/sessions/{id}", SCOPE_SESSIONS_REVOKE, BODY_NONE, reason_parameters, session_answer_delete, "session.revoke" },
	{ "POST", "/api/v1/sessions/{id}/rotate", SCOPE_SESSIONS_WRITE, BODY_EMPTY, no_parameters, session_answer_rotate, "session.rotate" },
	{ "GET", "/api/v1/sessions/{id}/attributes", SCOPE_ATTRIBUTES_READ, BODY_NONE, no_parameters, attributes_answer_get, "attributes.read" },
	{ "PATCH", "/api/v1/sessions/{id}/attributes", SCOPE_ATTRIBUTES_WRITE, BODY_PATCH, no_parameters, attributes_answer_patch, "attributes.update" },
	{ "GET", "/api/v1/users", SCOPE_USERS_READ, BODY_NONE, users_parameters, users_answer_get, NULL },
	{ "GET", "/api/v1/users/{user}/sessions", SCOPE_SESSIONS_READ, BODY_NONE, user_sessions_parameters, user_sessions_answer_get, NULL },
	{ "DELETE", "/api/v1/users/{user}/sessions", SCOPE_SESSIONS_REVOKE, BODY_NONE, user_revoke_parameters, user_sessions_answer_delete, "user.revoke" },
	{ "PUT", "/api/v1/users/{user}/block", SCOPE_USERS_BLOCK, BODY_JSON_OR_NONE, user_parameters, block_answer_put, "user.block" },
	{ "DELETE", "/api/v1/users/{user}/block", SCOPE_USERS_BLOCK, BODY_NONE, user_parameters, block_answer_delete, "user.unblock" },
	{ "GET", "/api/v1/explain/{id}", SCOPE_EVENTS_READ, BODY_NONE, no_parameters, explain_answer_get, NULL },
	{ "GET", "/api/v1/stats", SCOPE_SESSIONS_READ, BODY_NONE, no_parameters, stats_answer_get, NULL },
	{ "GET", "/api/v1/doctor", SCOPE_CONFIG_READ, BODY_NONE, doctor_parameters, doctor_answer_get, NULL },
	{ "GET", "/api/v1/audit", SCOPE_AUDIT_READ, BODY_NONE, page_parameters, audit_answer_get, NULL },
	{ "GET", "/api/v1/config", SCOPE_CONFIG_READ, BODY_NONE, no_parameters, configuration_answer_get, NULL },
	{ "POST", "/api/v1/config/reload", SCOPE_CONFIG_WRITE, BODY_EMPTY, reload_parameters, configuration_answer_reload, "config.reload" },
	{ "GET", "/api/v1/events", SCOPE_EVENTS_READ, BODY_NONE, events_parameters, events_answer_get, NULL },
};
/* clang-format on */

enum { ENDPOINTS = sizeof(endpoints) / sizeof(endpoints[0]) };

/* Does the path have the pattern's parts? */
static bool endpoint_matches(const struct endpoint *e, struct slice path, struct slice *subject)
{
	struct slice pattern = slice_from(e->path), wanted, part;
	bool more = true, more_wanted = true;

	*subject = (struct slice){ 0 };
	while (more && more_wanted) {
		more = slice_cut(&path, '/', &part);
		more_wanted = slice_cut(&pattern, '/', &wanted);
		if (slice_starts(wanted, SLICE("{")) && part.len > 0)
			*subject = part;
		else if (!slice_equal(wanted, part))
			return false;
	}
	return more == more_wanted;
}

static bool endpoint_serves(const struct endpoint *e, struct slice method)
{
	return slice_equal(method, slice_from(e->method)) ||
	       (slice_equal(method, SLICE("HEAD")) && strcmp(e->method, "GET") == 0);
}

static void endpoint_allow(const struct endpoint *e, char allow[ENDPOINT_METHODS_BYTES])
{
	size_t len = strlen(allow);

	snprintf(allow + len, ENDPOINT_METHODS_BYTES - len, "%s%s", len > 0 ? ", " : "",
		 strcmp(e->method, "GET") == 0 ? "GET, HEAD" : e->method);
}

const struct endpoint *endpoint_find(struct slice method, struct slice path, struct slice *subject,
				     char allow[ENDPOINT_METHODS_BYTES])
{
	const char *matched = NULL;

	allow[0] = '\0';
	for (size_t i = 0; i < ENDPOINTS; i++) {
		const struct endpoint *e = &endpoints[i];

		if (matched != NULL ? strcmp(e->path, matched) != 0
				    : !endpoint_matches(e, path, subject))
			continue;
		matched = e->path;
		if (endpoint_serves(e, method))
			return e;
		endpoint_allow(e, allow);
	}
	return NULL;
}

bool endpoint_knows_parameter(const struct endpoint *e, struct slice name)
{
	for (const char *const *p = e->parameters; *p != NULL; p++)
		if (slice_equal(name, slice_from(*p)))
			return true;
	return false;
}

const struct endpoint *endpoint_all(size_t *count)
{
	*count = ENDPOINTS;
	return endpoints;
}
