/* about.c - what answers here, and what the caller may do: /api/v1 and /api/v1/whoami. */
#include "rest/resources.h"

#include "backends/backend.h"
#include "base/version.h"
#include "rest/call_answer.h"

/* A part of one counts as a whole. */
static int64_t about_seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

static bool about_add_quota(cJSON *object, unsigned sessions)
{
	return sessions > 0 ? json_add_number(object, "sessions_per_user", sessions)
			    : json_add_text(object, "sessions_per_user", SLICE(""));
}

static bool about_add_realm(cJSON *list, const struct settings_realm *r)
{
	cJSON *object = json_append_object(list);

	return object != NULL && json_add_text(object, "realm", slice_from(r->name)) &&
	       json_add_number(object, "session_bytes", (int64_t)r->limits.max_bytes) &&
	       json_add_number(object, "value_bytes", (int64_t)r->limits.max_value) &&
	       json_add_number(object, "attributes", (int64_t)r->limits.max_attributes) &&
	       about_add_quota(object, r->quota.sessions) &&
	       json_add_number(object, "idle_timeout_s", about_seconds(r->lifetime.idle_ms)) &&
	       json_add_number(object, "absolute_timeout_s",
			       about_seconds(r->lifetime.absolute_ms));
}

static bool about_add_realms(cJSON *limits, const struct call *c)
{
	cJSON *list = cJSON_AddArrayToObject(limits, "realms");
	bool whole = list != NULL;

	for (size_t i = 0; whole && i < c->settings->realm_count; i++) {
		const struct settings_realm *realm = &c->settings->realms[i];

		if (grant_sees_realm(c->auth.grant, slice_from(realm->name)))
			whole = about_add_realm(list, realm);
	}
	return whole;
}

static bool about_add_limits(cJSON *object, const struct call *c)
{
	cJSON *limits = cJSON_AddObjectToObject(object, "limits");

	return limits != NULL && json_add_number(limits, "body_bytes", CALL_BODY_BYTES) &&
	       json_add_number(limits, "page", STORE_PAGE) &&
	       json_add_number(limits, "connections", c->settings->connections) &&
	       json_add_number(limits, "requests", c->settings->requests) &&
	       about_add_realms(limits, c);
}

static bool about_add_store(cJSON *object, const struct settings *s)
{
	cJSON *store = cJSON_AddObjectToObject(object, "store");

	return store != NULL && json_add_text(store, "kind", slice_from(s->store)) &&
	       json_add_text(store, "layout", slice_from(s->layout));
}

void about_answer_get(struct call *c)
{
	const struct settings *s = c->settings;
	cJSON *object = cJSON_CreateObject();

	call_answer_json(c, 200, object,
			 object != NULL && json_add_text(object, "name", SLICE("sessiongate")) &&
				 json_add_text(object, "version", SLICE(SG_VERSION)) &&
				 json_add_text(object, "node", slice_from(s->node)) &&
				 about_add_store(object, s) && about_add_limits(object, c));
}

static bool about_add_scopes(cJSON *object, unsigned scopes)
{
	cJSON *list = cJSON_AddArrayToObject(object, "scopes");

	if (list == NULL)
		return false;
	if (scopes == SCOPE_ALL)
		return json_append_text(list, SLICE("*"));
	for (unsigned i = 0; i < SCOPE_COUNT; i++)
		if ((scopes & 1u << i) != 0 &&
		    !json_append_text(list, slice_from(scope_text((enum scope)(1u << i)))))
			return false;
	return true;
}

void about_answer_whoami(struct call *c)
{
	const struct grant *g = c->auth.grant;
	cJSON *object = cJSON_CreateObject();

	call_answer_json(c, 200, object,
			 object != NULL && json_add_text(object, "name", slice_from(g->name)) &&
				 about_add_scopes(object, g->scopes) &&
				 json_add_text(object, "via", slice_from(c->auth.via)) &&
				 json_add_time(object, "expires_at", g->not_after_ms));
}
