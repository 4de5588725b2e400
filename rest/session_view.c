/* session_view.c - see session_view.h. */
#include "rest/session_view.h"

/* A login brings a new secret as well, which is none that was replaced. */
static int64_t view_rotated_ms(const struct session *s)
{
	return s->rotated_ms != s->created_ms && s->rotated_ms != s->login_ms ? s->rotated_ms : 0;
}

static bool view_add_whose(cJSON *object, const struct session *s)
{
	struct slice state = session_authenticated(s) ? SLICE("authenticated") : SLICE("anonymous");
	struct slice transport =
		s->transport == SESSION_BY_HEADER ? SLICE("header") : SLICE("cookie");

	return json_add_text(object, "id", slice_from(s->id)) &&
	       json_add_text(object, "realm", s->realm) && json_add_text(object, "state", state) &&
	       json_add_text(object, "user", s->user) &&
	       json_add_text(object, "application", s->application) &&
	       json_add_text(object, "host", s->host) &&
	       json_add_text(object, "transport", transport);
}

static bool view_add_times(cJSON *object, const struct session *s)
{
	int64_t idle_end_ms = s->seen_ms + s->idle_ms + session_touch_interval_ms(s);

	return json_add_time(object, "created_at", s->created_ms) &&
	       json_add_time(object, "login_at", s->login_ms) &&
	       json_add_time(object, "rotated_at", view_rotated_ms(s)) &&
	       json_add_time(object, "last_seen_at", s->seen_ms) &&
	       json_add_time(object, "idle_expires_at", idle_end_ms) &&
	       json_add_time(object, "expires_at", s->expires_ms) &&
	       json_add_number(object, "idle_timeout_s", s->idle_ms / 1000) &&
	       json_add_flag(object, "remembered", s->remembered);
}

static bool view_add_device(cJSON *object, const struct device *d)
{
	cJSON *device = cJSON_AddObjectToObject(object, "device");

	return device != NULL && json_add_text(device, "first_ip", d->first_ip) &&
	       json_add_text(device, "last_ip", d->last_ip) &&
	       json_add_text(device, "user_agent", d->user_agent);
}

static bool view_add_names(cJSON *attributes, const struct session *s)
{
	cJSON *names = cJSON_AddArrayToObject(attributes, "names");

	for (size_t i = 0; names != NULL && i < s->attribute_count; i++)
		if (!json_append_text(names, s->attributes[i].name))
			return false;
	return names != NULL;
}

static bool view_add_attributes(cJSON *object, const struct session *s)
{
	cJSON *attributes = cJSON_AddObjectToObject(object, "attributes");

	return attributes != NULL &&
	       json_add_number(attributes, "count", (int64_t)s->attribute_count) &&
	       json_add_number(attributes, "bytes", (int64_t)s->attribute_bytes) &&
	       view_add_names(attributes, s);
}

bool session_view_add(cJSON *object, const struct session *s)
{
	return object != NULL && view_add_whose(object, s) && view_add_times(object, s) &&
	       view_add_device(object, &s->device) && view_add_attributes(object, s) &&
	       json_add_number(object, "version", (int64_t)s->version);
}
