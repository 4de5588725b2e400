/* query.c - see query.h. */
#include "rest/query.h"

#include "base/percent.h"
#include "base/url.h"

static int query_decode(struct arena *arena, struct slice raw, bool form, struct slice *out)
{
	char *copy = arena_text(arena, raw), *room = arena_room(arena, raw.len + 1);
	size_t len;
	int rc;

	if (copy == NULL || room == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; form && i < raw.len; i++)
		if (copy[i] == '+')
			copy[i] = ' ';
	if ((rc = percent_decode(slice_of(copy, raw.len), room, &len)) != 0)
		return rc;
	room[len] = '\0';
	*out = slice_of(room, len);
	return slice_is_utf8(*out) && !slice_has_control(*out) ? 0 : SG_EFORMAT;
}

int query_read_part(struct arena *arena, struct slice raw, struct slice *out)
{
	return raw.len > 0 ? query_decode(arena, raw, false, out) : SG_EFORMAT;
}

int query_read(struct arena *arena, struct slice raw, struct query *out)
{
	struct slice name, value;
	int rc;

	out->count = 0;
	out->each = arena_alloc(arena, QUERY_PARAMETERS * sizeof(*out->each));
	if (out->each == NULL)
		return SG_ENOMEM;
	while (url_next_parameter(&raw, &name, &value)) {
		struct query_parameter *p = &out->each[out->count];

		if (name.len == 0 && value.len == 0)
			continue;
		if (out->count == QUERY_PARAMETERS)
			return SG_ELIMIT;
		if ((rc = query_decode(arena, name, true, &p->name)) != 0 ||
		    (rc = query_decode(arena, value, true, &p->value)) != 0)
			return rc;
		out->count++;
	}
	return 0;
}

bool query_get(const struct query *q, const char *name, struct slice *value)
{
	struct slice wanted = slice_from(name);

	for (size_t i = 0; i < q->count; i++) {
		if (slice_equal(q->each[i].name, wanted)) {
			*value = q->each[i].value;
			return true;
		}
	}
	*value = (struct slice){ 0 };
	return false;
}
