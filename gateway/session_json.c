/* session_json.c - see session_json.h. */
#include "gateway/session_json.h"

#include "base/rfc3339.h"
#include "session/value.h"

#include <assert.h>
#include <cjson/cJSON.h>

enum { JSON_TEXT_BYTES = 1024 }; /* the longest text of a session: a user agent has half of it */

static bool json_add_text(cJSON *object, const char *name, struct slice text)
{
	char copy[JSON_TEXT_BYTES];

	if (text.len == 0)
		return cJSON_AddNullToObject(object, name) != NULL;
	assert(text.len < sizeof(copy));
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return cJSON_AddStringToObject(object, name, copy) != NULL;
}

/* 0: it has not happened. */
static bool json_add_time(cJSON *object, const char *name, int64_t ms)
{
	char text[RFC3339_CHARS];

	if (ms != 0)
		rfc3339_write(ms, text);
	return json_add_text(object, name, slice_of(text, ms != 0 ? sizeof(text) : 0));
}

static bool json_add_number(cJSON *object, const char *name, int64_t number)
{
	return cJSON_AddNumberToObject(object, name, (double)number) != NULL;
}

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
	cJSON *item = cJSON_CreateObject();

	if (item == NULL || !cJSON_AddItemToArray(list, item)) {
		cJSON_Delete(item);
		return false;
	}
	return json_add_text(item, "id", slice_from(s->id)) && json_add_device(item, &s->device) &&
	       json_add_time(item, "created_at", s->created_ms) &&
	       json_add_time(item, "last_seen_at", s->seen_ms) &&
	       cJSON_AddBoolToObject(item, "current", current) != NULL;
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

/* Append object's text if it is whole; it goes in any case. */
static int json_write(cJSON *object, bool whole, struct buffer *out)
{
	char *text = whole ? cJSON_PrintUnformatted(object) : NULL;
	int rc = text != NULL ? buffer_printf(out, "%s\n", text) : SG_ENOMEM;

	cJSON_free(text);
	cJSON_Delete(object);
	return rc;
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
