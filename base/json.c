/* json.c - see json.h. */
#include "base/json.h"

#include "base/rfc3339.h"

#include <assert.h>

static cJSON *json_new_text(struct slice text)
{
	char copy[JSON_TEXT_BYTES];

	if (text.len == 0)
		return cJSON_CreateNull();
	assert(text.len < sizeof(copy));
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return cJSON_CreateString(copy);
}

bool json_add_text(cJSON *object, const char *name, struct slice text)
{
	cJSON *item = json_new_text(text);

	if (cJSON_AddItemToObject(object, name, item))
		return true;
	cJSON_Delete(item);
	return false;
}

bool json_add_time(cJSON *object, const char *name, int64_t ms)
{
	char text[RFC3339_CHARS];

	if (ms != 0)
		rfc3339_write(ms, text);
	return json_add_text(object, name, slice_of(text, ms != 0 ? sizeof(text) : 0));
}

bool json_add_number(cJSON *object, const char *name, int64_t number)
{
	return cJSON_AddNumberToObject(object, name, (double)number) != NULL;
}

bool json_add_flag(cJSON *object, const char *name, bool flag)
{
	return cJSON_AddBoolToObject(object, name, flag) != NULL;
}

static bool json_append(cJSON *list, cJSON *item)
{
	if (cJSON_AddItemToArray(list, item))
		return true;
	cJSON_Delete(item);
	return false;
}

cJSON *json_append_object(cJSON *list)
{
	cJSON *item = cJSON_CreateObject();

	return json_append(list, item) ? item : NULL;
}

bool json_append_text(cJSON *list, struct slice text)
{
	return json_append(list, json_new_text(text));
}

int json_write(cJSON *object, bool whole, struct buffer *out)
{
	char *text = whole ? cJSON_PrintUnformatted(object) : NULL;
	int rc = text != NULL ? buffer_printf(out, "%s\n", text) : SG_ENOMEM;

	cJSON_free(text);
	cJSON_Delete(object);
	return rc;
}
