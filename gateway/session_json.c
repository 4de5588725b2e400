/* session_json.c - see session_json.h. */
#include "gateway/session_json.h"

#include "base/json.h"
#include "session/value.h"

static int64_t json_seconds_left(const struct session *s, int64_t now_ms)
{
	int64_t left_ms = session_end_ms(s) - now_ms;

	return left_ms > 0 ? left_ms / 1000 : 0;
}

static bool json_add_me(cJSON *object, const struct session *s, int64_t now_ms)
{
	struct slice state = session_authenticated(s) ? SLICE("authenticated") : SLICE("anonymous");
	int64_t idle_end_ms = s->seen_ms + s->idle_ms + session_touch_interval_ms(s);

	return json_add_text(object, "id", slice_from(s->id)) &&
	       json_add_text(object, "state", state) && json_add_text(object, "user", s->user) &&
	       json_add_time(object, "created_at", s->created_ms) &&
	       json_add_time(object, "login_at", s->login_ms) &&
	       json_add_time(object, "last_seen_at", s->seen_ms) &&
	       json_add_time(object, "idle_expires_at", idle_end_ms) &&
	       json_add_time(object, "expires_at", s->expires_ms) &&
	       json_add_number(object, "seconds_left", json_seconds_left(s, now_ms));
}

static bool json_add_device(cJSON *object, const struct device *d)
{
	cJSON *device = cJSON_AddObjectToObject(object, "device");

	return device != NULL && json_add_text(device, "first_ip", d->first_ip) &&
	       json_add_text(device, "last_ip", d->last_ip) &&
	       json_add_text(device, "user_agent", d->user_agent);
}

static bool json_add_session(cJSON *list, const struct session *s, struct slice current_id)
{
	bool current = slice_equal(slice_from(s->id), current_id);
	cJSON *item = json_append_object(list);

	return item != NULL && json_add_text(item, "id", slice_from(s->id)) &&
	       json_add_device(item, &s->device) &&
	       json_add_time(item, "created_at", s->created_ms) &&
	       json_add_time(item, "last_seen_at", s->seen_ms) &&
	       json_add_flag(item, "current", current);
}

static bool json_add_sessions(cJSON *object, const struct session *const *sessions, size_t count,
			      struct slice current_id)
{
	cJSON *list = cJSON_AddArrayToObject(object, "sessions");

	for (size_t i = 0; list != NULL && i < count; i++)
		if (!json_add_session(list, sessions[i], current_id))
			return false;
	return list != NULL;
}

int session_json_me(const struct session *s, int64_t now_ms, struct buffer *out)
{
	cJSON *object = cJSON_CreateObject();

	return json_write(object, object != NULL && json_add_me(object, s, now_ms), out);
}

int session_json_list(const struct session *const *sessions, size_t count, struct slice current_id,
		      struct buffer *out)
{
	cJSON *object = cJSON_CreateObject();

	return json_write(object,
			  object != NULL && json_add_sessions(object, sessions, count, current_id),
			  out);
}

int session_json_attributes(const struct session *s, struct buffer *out)
{
	int rc = buffer_append(out, "{", 1);

	for (size_t i = 0; rc == 0 && i < s->attribute_count; i++) {
		const struct attribute *attribute = &s->attributes[i];

		if ((i > 0 && (rc = buffer_append(out, ",", 1)) != 0) ||
		    (rc = value_quote(out, attribute->name)) != 0 ||
		    (rc = buffer_append(out, ":", 1)) != 0)
			return rc;
		rc = buffer_append_slice(out, attribute->value);
	}
	return rc == 0 ? buffer_append(out, "}", 1) : rc;
}

/* By hand, beside what cJSON writes: it knows no raw text of any length. */
int session_json_whole(const struct session *s, struct buffer *out)
{
	int rc = buffer_printf(out, "{\"id\":\"%s\",\"user\":", s->id);

	if (rc == 0)
		rc = session_authenticated(s) ? value_quote(out, s->user)
					      : buffer_append_slice(out, SLICE("null"));
	if (rc == 0)
		rc = buffer_append_slice(out, SLICE(",\"attributes\":"));
	if (rc == 0)
		rc = session_json_attributes(s, out);
	return rc == 0 ? buffer_printf(out, ",\"version\":%llu}\n", (unsigned long long)s->version)
		       : rc;
}
