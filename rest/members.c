/* members.c - see members.h. */
#include "rest/members.h"

#include "rest/call_answer.h"
#include "rest/call_parameter.h"

const cJSON *members_get(const struct call *c, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(c->document, name);
}

void members_check(struct call *c, const char *const *known)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, c->document)
	{
		const char *const *name = known;

		while (*name != NULL && strcmp(*name, item->string) != 0)
			name++;
		if (*name == NULL)
			call_complain(c, item->string, "is no member here");
	}
}

struct slice members_text(struct call *c, const char *name)
{
	const cJSON *item = members_get(c, name);

	if (item == NULL || cJSON_IsNull(item))
		return (struct slice){ 0 };
	if (!cJSON_IsString(item))
		call_complain(c, name, "must be a text");
	return slice_from(cJSON_GetStringValue(item));
}

bool members_flag(struct call *c, const char *name, bool unset)
{
	const cJSON *item = members_get(c, name);

	if (item == NULL)
		return unset;
	if (!cJSON_IsBool(item))
		call_complain(c, name, "must be true or false");
	return cJSON_IsTrue(item);
}

struct slice members_reason(struct call *c)
{
	struct slice reason = members_text(c, "reason");

	call_check_reason(c, reason);
	return reason;
}

static bool members_have(const struct slice *ids, size_t count, struct slice id)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(ids[i], id))
			return true;
	return false;
}

const struct slice *members_ids(struct call *c, const char *name, size_t most, size_t *count,
				bool *given)
{
	const cJSON *list = members_get(c, name), *item;
	struct slice *ids;

	*count = 0;
	*given = list != NULL;
	if (list == NULL)
		return NULL;
	if (!cJSON_IsArray(list) || (size_t)cJSON_GetArraySize(list) > most) {
		call_complain(c, name, "must be a list of session ids, not more than 500");
		return NULL;
	}
	ids = arena_room(&c->arena, (most + 1) * sizeof(*ids));
	cJSON_ArrayForEach(item, list)
	{
		struct slice id = slice_from(cJSON_GetStringValue(item));

		if (ids == NULL || !token_id_well_formed(id)) {
			call_complain(c, name, "must be a list of session ids");
			return NULL;
		}
		if (!members_have(ids, *count, id))
			ids[(*count)++] = id;
	}
	return ids;
}
