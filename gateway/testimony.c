/* testimony.c - see testimony.h. */
#include "gateway/testimony.h"

#include "session/value.h"

static const uint64_t TESTIMONY_TOOK_US = UINT64_C(86400000000); /* a day: longer is nonsense */

/* A JSON string's text, of at most so many bytes. */
static int testimony_text(struct slice value, size_t max_bytes, struct arena *arena,
			  struct slice *out)
{
	char *text;

	if (!value_is_string(value))
		return SG_EFORMAT;
	if ((text = arena_room(arena, value.len)) == NULL)
		return SG_ENOMEM;
	*out = slice_of(text, value_unquote(value, text));
	return out->len <= max_bytes ? 0 : SG_EFORMAT;
}

static int testimony_flag(struct slice value, bool *out)
{
	*out = slice_equal(value, SLICE("true"));
	return *out || slice_equal(value, SLICE("false")) ? 0 : SG_EFORMAT;
}

/* A whole number at the front of a list, and what separates it from the next. */
static int testimony_number(struct slice *list, uint64_t max, uint64_t *out)
{
	struct slice text;

	slice_cut(list, ',', &text);
	return slice_number(slice_trim(text), max, out) ? 0 : SG_EFORMAT;
}

/* [bytes, digest, late] */
static int testimony_value(struct slice list, struct observed_value *out)
{
	uint64_t bytes, digest, late;

	if (list.len < 2 || list.ptr[0] != '[')
		return SG_EFORMAT;
	list = slice_of(list.ptr + 1, list.len - 2);
	if (testimony_number(&list, UINT32_MAX, &bytes) != 0 ||
	    testimony_number(&list, UINT32_MAX, &digest) != 0 ||
	    testimony_number(&list, 1, &late) != 0 || list.len > 0)
		return SG_EFORMAT;
	out->bytes = bytes;
	out->digest = (uint32_t)digest;
	out->late = late != 0;
	return 0;
}

static size_t testimony_count(struct slice keys)
{
	struct slice name, value;
	size_t count = 0;

	if (value_object_open(&keys) != 0)
		return 0;
	while (count <= TESTIMONY_VALUES &&
	       value_object_next(&keys, count == 0, &name, &value) == 1)
		count++;
	return count;
}

static int testimony_keys(struct slice keys, struct arena *arena, struct testimony *out)
{
	size_t count = testimony_count(keys), i = 0;
	struct observed_value *values;
	struct slice name, value;
	int rc;

	if (count > TESTIMONY_VALUES) {
		out->use.unmeasured = true;
		return 0;
	}
	values = arena_room(arena, (count + 1) * sizeof(*values));
	if (values == NULL)
		return SG_ENOMEM;
	if ((rc = value_object_open(&keys)) != 0)
		return rc;
	while (rc == 0 && i < count && value_object_next(&keys, i == 0, &name, &value) == 1) {
		/* value_unquote() takes it without its quotes as well */
		char *text = arena_room(arena, name.len + 1);

		if (text == NULL)
			return SG_ENOMEM;
		values[i].key = slice_of(text, value_unquote(name, text));
		rc = testimony_value(value, &values[i++]);
	}
	out->use.values = values;
	out->use.value_count = i;
	return rc;
}

static int testimony_member(struct slice name, struct slice value, struct arena *arena,
			    struct testimony *out)
{
	uint64_t took_us;
	int rc;

	if (slice_equal(name, SLICE("session")))
		return testimony_text(value, TESTIMONY_ID_BYTES, arena, &out->session);
	if (slice_equal(name, SLICE("from")))
		return testimony_text(value, TESTIMONY_ID_BYTES, arena, &out->from);
	if (slice_equal(name, SLICE("handler")))
		return testimony_text(value, OBSERVATION_NAME_BYTES, arena, &out->use.handler);
	if (slice_equal(name, SLICE("late")))
		return testimony_flag(value, &out->use.late);
	if (slice_equal(name, SLICE("closed")))
		return testimony_flag(value, &out->use.closed);
	if (slice_equal(name, SLICE("unmeasured")))
		return testimony_flag(value, &out->use.unmeasured);
	if (slice_equal(name, SLICE("keys")))
		return testimony_keys(value, arena, out);
	if (!slice_equal(name, SLICE("took_us")))
		return 0;
	rc = testimony_number(&value, TESTIMONY_TOOK_US, &took_us);
	if (rc == 0)
		out->took_us = (int64_t)took_us;
	return rc;
}

int testimony_read(struct slice json, struct arena *arena, struct testimony *out)
{
	struct slice name, value;
	bool first = true;
	int rc, next;

	*out = (struct testimony){ .took_us = 0 };
	if ((rc = value_object_open(&json)) != 0)
		return rc;
	while ((next = value_object_next(&json, first, &name, &value)) == 1) {
		if ((rc = testimony_member(name, value, arena, out)) != 0)
			return rc;
		first = false;
	}
	return next == 0 && json.len == 0 ? 0 : SG_EFORMAT;
}
