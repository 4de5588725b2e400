/* difference.c - see difference.h. */
#include "session/difference.h"

#include <string.h>

static bool difference_same_replaced(const struct session *s, const struct session *t)
{
	if (s->replaced_count != t->replaced_count)
		return false;
	for (unsigned i = 0; i < s->replaced_count; i++)
		if (!token_hash_equal(s->replaced[i].hash, t->replaced[i].hash) ||
		    s->replaced[i].good_until_ms != t->replaced[i].good_until_ms ||
		    s->replaced[i].stale_until_ms != t->replaced[i].stale_until_ms)
			return false;
	return true;
}

static bool difference_same_saves(const struct session *s, const struct session *t)
{
	if (s->save_count != t->save_count)
		return false;
	for (unsigned i = 0; i < s->save_count; i++)
		if (s->save_ids[i] != t->save_ids[i])
			return false;
	return true;
}

static bool difference_same_device(const struct device *s, const struct device *t)
{
	return slice_equal(s->first_ip, t->first_ip) && slice_equal(s->last_ip, t->last_ip) &&
	       slice_equal(s->user_agent, t->user_agent);
}

static bool difference_same_attributes(const struct session *s, const struct session *t)
{
	if (s->attribute_count != t->attribute_count)
		return false;
	for (size_t i = 0; i < s->attribute_count; i++)
		if (!slice_equal(s->attributes[i].name, t->attributes[i].name) ||
		    !slice_equal(s->attributes[i].value, t->attributes[i].value))
			return false;
	return true;
}

unsigned session_difference(const struct session *s, const struct session *t)
{
	unsigned difference = 0;

#define DIFFERENCE_FIELD(name, same) difference |= (same) ? 0 : 1u << SESSION_FIELD_##name;
	SESSION_FIELDS(DIFFERENCE_FIELD)
#undef DIFFERENCE_FIELD
	return difference;
}

const char *session_field_text(enum session_field field)
{
	static const char *const texts[] = {
#define DIFFERENCE_TEXT(name, same) #name,
		SESSION_FIELDS(DIFFERENCE_TEXT)
#undef DIFFERENCE_TEXT
	};

	return texts[field];
}
