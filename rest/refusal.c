/* refusal.c - see refusal.h. */
#include "rest/refusal.h"

#include "base/json.h"
#include "session/device.h"

static const struct {
	const char *slug, *title;
	unsigned status;
} refusals[] = {
#define REFUSAL_ROW(name, slug, status, title) { slug, title, status },
	REFUSALS(REFUSAL_ROW)
#undef REFUSAL_ROW
};

enum {
	REFUSAL_TEXT_BYTES = 400, /* no more is repeated of what a caller said */
	REFUSAL_LINE_BYTES = 1000,
};

unsigned refusal_status(enum refusal r)
{
	return refusals[r].status;
}

static bool refusal_add_text(cJSON *object, const char *name, struct slice text)
{
	char clean[REFUSAL_TEXT_BYTES];

	return json_add_text(object, name, device_clean(text, clean, sizeof(clean)));
}

static bool refusal_add_line(cJSON *object, const char *name, struct slice text)
{
	char clean[REFUSAL_LINE_BYTES];

	return json_add_text(object, name, device_clean(text, clean, sizeof(clean)));
}

static bool refusal_add_errors(cJSON *object, const struct refusal_error *errors, size_t count)
{
	cJSON *list = cJSON_AddArrayToObject(object, "errors");

	for (size_t i = 0; list != NULL && i < count; i++) {
		cJSON *item = json_append_object(list);

		if (item == NULL || !refusal_add_text(item, "parameter", errors[i].parameter) ||
		    !refusal_add_line(item, "detail", slice_from(errors[i].detail)))
			return false;
	}
	return list != NULL;
}

int refusal_write(struct buffer *out, enum refusal r, struct slice detail, const char *request_id,
		  const struct refusal_error *errors, size_t error_count)
{
	cJSON *object = cJSON_CreateObject();
	char type[64] = "urn:sessiongate:problem:";

	strncat(type, refusals[r].slug, sizeof(type) - strlen(type) - 1);
	return json_write(object,
			  object != NULL && json_add_text(object, "type", slice_from(type)) &&
				  json_add_text(object, "title", slice_from(refusals[r].title)) &&
				  json_add_number(object, "status", refusals[r].status) &&
				  refusal_add_text(object, "detail", detail) &&
				  json_add_text(object, "request_id", slice_from(request_id)) &&
				  refusal_add_errors(object, errors, error_count),
			  out);
}
