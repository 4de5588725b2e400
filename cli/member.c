/* member.c - see member.h. */
#include "cli/member.h"

#include "base/rfc3339.h"
#include "cli/vital.h"
#include "session/value.h"

#include <inttypes.h>
#include <stdlib.h>

cJSON *member_parse(struct slice text)
{
	struct slice rest = text, value;

	if (value_scan(&rest, &value) != 0 || rest.len > 0)
		return NULL;
	return cJSON_ParseWithLength(value.ptr, value.len);
}

const cJSON *member_at(const cJSON *object, const char *path)
{
	struct slice rest = slice_from(path), name;
	bool more;

	do {
		char key[64];

		more = slice_cut(&rest, '.', &name);
		assert(name.len < sizeof(key));
		memcpy(key, name.ptr, name.len);
		key[name.len] = '\0';
		object = cJSON_GetObjectItemCaseSensitive(object, key);
	} while (more && object != NULL);
	return object;
}

const char *member_text(const cJSON *object, const char *path)
{
	return cJSON_GetStringValue(member_at(object, path));
}

bool member_is_true(const cJSON *object, const char *path)
{
	return cJSON_IsTrue(member_at(object, path)) != 0;
}

double member_number(const cJSON *object, const char *path)
{
	const cJSON *value = member_at(object, path);

	return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

static void member_say_json(struct buffer *out, const cJSON *value)
{
	char *text = vital_memory(cJSON_PrintUnformatted(value));

	vital(buffer_append_slice(out, slice_from(text)));
	cJSON_free(text);
}

static void member_say_list(struct buffer *out, const cJSON *list)
{
	const cJSON *item;

	if (list->child == NULL)
		vital(buffer_append_slice(out, SLICE("-")));
	cJSON_ArrayForEach(item, list)
	{
		if (item != list->child)
			vital(buffer_append_slice(out, SLICE(", ")));
		member_say(out, item);
	}
}

void member_say(struct buffer *out, const cJSON *value)
{
	if (value == NULL || cJSON_IsNull(value))
		vital(buffer_append_slice(out, SLICE("-")));
	else if (cJSON_IsString(value))
		vital(buffer_append_slice(out, slice_from(value->valuestring)));
	else if (cJSON_IsBool(value))
		vital(buffer_append_slice(out, cJSON_IsTrue(value) ? SLICE("yes") : SLICE("no")));
	else if (cJSON_IsArray(value))
		member_say_list(out, value);
	else
		member_say_json(out, value);
}

/* --- moments --- */

#define MEMBER_DAY_MS INT64_C(86400000)

/* So long, to one unit: nobody reckons with more of it. */
static void member_say_span(struct buffer *out, int64_t ms)
{
	static const struct {
		char name;
		int64_t ms, until_ms;
	} units[] = {
		{ 's', 1000, 60000 },
		{ 'm', 60000, 3600000 },
		{ 'h', 3600000, 2 * MEMBER_DAY_MS },
		{ 'd', MEMBER_DAY_MS, INT64_MAX },
	};
	size_t i = 0;

	while (ms >= units[i].until_ms)
		i++;
	vital(buffer_printf(out, "%" PRId64 "%c", ms / units[i].ms, units[i].name));
}

void member_say_moment(struct buffer *out, const cJSON *value, int64_t now_ms)
{
	int64_t ms;

	if (!cJSON_IsString(value) || !rfc3339_read(slice_from(value->valuestring), &ms)) {
		member_say(out, value);
	} else if (ms > now_ms) {
		vital(buffer_append_slice(out, SLICE("in ")));
		member_say_span(out, ms - now_ms);
	} else {
		member_say_span(out, now_ms - ms);
		vital(buffer_append_slice(out, SLICE(" ago")));
	}
}
