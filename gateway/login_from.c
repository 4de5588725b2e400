/* login_from.c - a user found among attributes. */
#include "gateway/login_from.h"

#include "session/user.h"
#include "session/value.h"

static bool value_is_integer(struct slice value)
{
	if (value.len > 0 && value.ptr[0] == '-')
		value = slice_after(value, 1);
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return false;
	return value.len > 0;
}

/* The string's text in the arena, where it has escapes. */
static int text_of(struct slice string, struct arena *arena, struct slice *out)
{
	char *text = arena_room(arena, string.len);

	if (text == NULL)
		return SG_ENOMEM;
	*out = slice_of(text, value_unquote(string, text));
	return 0;
}

/* The member of an object, the last of its name, as most readers of JSON take it. False: none, or no object. */
static int member_find(struct slice value, struct slice name, struct arena *arena,
		       struct slice *member, bool *found)
{
	struct slice escaped, text, at = value;
	bool first = true;
	int rc;

	*found = false;
	if (value_object_open(&value) != 0)
		return 0;
	while (value_object_next(&value, first, &escaped, &at) == 1) {
		first = false;
		if ((rc = text_of(escaped, arena, &text)) != 0)
			return rc;
		if (!slice_equal(text, name))
			continue;
		*member = at;
		*found = true;
	}
	return 0;
}

/* Who it is by this attribute's value; path is what is left of it. */
static int user_at(struct slice path, struct slice value, struct arena *arena, struct slice *user)
{
	struct slice name;
	bool found = true;
	int rc = 0;

	while (rc == 0 && found && path.len > 0) {
		slice_cut(&path, '.', &name);
		rc = member_find(value, name, arena, &value, &found);
	}
	if (rc != 0 || !found)
		return rc;
	if (value_is_string(value))
		return text_of(value, arena, user);
	if (value_is_integer(value))
		*user = value;
	return 0;
}

/* The last change of that name; NULL: none. */
static const struct change *change_of(struct slice name, const struct change *changes, size_t count)
{
	while (count-- > 0)
		if (slice_equal(changes[count].name, name))
			return &changes[count];
	return NULL;
}

int login_from_read(struct slice path, const struct session *session, const struct change *changes,
		    size_t change_count, struct arena *arena, struct login_from *out)
{
	struct slice attribute, value;
	const struct change *change;
	int rc = 0;

	*out = (struct login_from){ .before = { NULL, 0 } };
	slice_cut(&path, '.', &attribute);
	if ((change = change_of(attribute, changes, change_count)) == NULL)
		return 0;
	if (session != NULL && session_get(session, attribute, &value))
		rc = user_at(path, value, arena, &out->before);
	if (rc == 0 && change->value.ptr != NULL)
		rc = user_at(path, change->value, arena, &out->after);
	if (rc != 0)
		return rc;
	return out->after.len == 0 || slice_equal(out->before, out->after) ||
			       user_is_name(out->after)
		       ? 0
		       : SG_EFORMAT;
}
