/* merge_patch.c - see merge_patch.h. */
#include "rest/merge_patch.h"

#include "session/value.h"

#include <stdlib.h>

enum { MERGING_BYTES = 16 }; /* that are scanned in the time that one name is compared */

struct merging {
	struct buffer *out;
	uint64_t work;
};

/* The members of one object, one after another; of what is no object there are none. */
struct members_walk {
	struct slice text;
	bool is_object, first;
};

static struct members_walk walk_begin(struct slice value)
{
	struct members_walk walk = { value, false, true };

	walk.is_object = value.ptr != NULL && value_object_open(&walk.text) == 0;
	return walk;
}

static bool walk_next(struct members_walk *walk, struct slice *name, struct slice *value)
{
	bool first = walk->first;

	walk->first = false;
	return walk->is_object && value_object_next(&walk->text, first, name, value) == 1;
}

/* Both have escapes, or one: they may be the same all the same. */
static int merging_unescaped_same(struct slice a, struct slice b, bool *same)
{
	char *room = malloc(a.len + b.len + 1);
	size_t a_len;

	if (room == NULL)
		return SG_ENOMEM;
	a_len = value_unquote(a, room);
	*same = slice_equal(slice_of(room, a_len),
			    slice_of(room + a.len, value_unquote(b, room + a.len)));
	free(room);
	return 0;
}

static bool merging_is_escaped(struct slice name)
{
	return name.len > 0 && memchr(name.ptr, '\\', name.len) != NULL;
}

static int merging_same(struct merging *m, struct slice a, struct slice b, bool *same)
{
	*same = slice_equal(a, b);
	if (++m->work > MERGE_PATCH_WORK)
		return SG_ELIMIT;
	if (*same || (!merging_is_escaped(a) && !merging_is_escaped(b)))
		return 0;
	return merging_unescaped_same(a, b, same);
}

/* The last of that name counts, as it does to most readers; found->ptr NULL: there is none. */
static int merging_find(struct merging *m, struct slice object, struct slice name,
			struct slice *found)
{
	struct members_walk walk = walk_begin(object);
	struct slice other, value;

	*found = (struct slice){ 0 };
	while (walk_next(&walk, &other, &value)) {
		bool same;
		int rc = merging_same(m, name, other, &same);

		if (rc != 0)
			return rc;
		if (same)
			*found = value;
	}
	return 0;
}

static int merging_name(struct merging *m, struct slice name, bool *first)
{
	int rc = *first ? 0 : buffer_append(m->out, ",", 1);

	*first = false;
	return rc == 0 ? buffer_printf(m->out, "\"%.*s\":", SLICE_ARGS(name)) : rc;
}

static int merging_value(struct merging *m, struct slice target, struct slice patch);

/* What target has, as the patch leaves it. */
static int merging_kept(struct merging *m, struct slice target, struct slice patch, bool *first)
{
	struct members_walk walk = walk_begin(target);
	struct slice name, value, change;
	int rc = 0;

	while (rc == 0 && walk_next(&walk, &name, &value)) {
		if ((rc = merging_find(m, patch, name, &change)) != 0 ||
		    (change.ptr != NULL && value_is_null(change)) ||
		    (rc = merging_name(m, name, first)) != 0)
			continue;
		rc = change.ptr != NULL ? merging_value(m, value, change)
					: buffer_append_slice(m->out, value);
	}
	return rc;
}

static int merging_added(struct merging *m, struct slice target, struct slice patch, bool *first)
{
	struct members_walk walk = walk_begin(patch);
	struct slice name, value, before;
	int rc = 0;

	while (rc == 0 && walk_next(&walk, &name, &value)) {
		if (value_is_null(value) || (rc = merging_find(m, target, name, &before)) != 0 ||
		    before.ptr != NULL || (rc = merging_name(m, name, first)) != 0)
			continue;
		rc = merging_value(m, (struct slice){ 0 }, value);
	}
	return rc;
}

static int merging_value(struct merging *m, struct slice target, struct slice patch)
{
	bool first = true;
	int rc;

	m->work += (target.len + patch.len) / MERGING_BYTES;
	if (!walk_begin(patch).is_object)
		return buffer_append_slice(m->out, patch);
	rc = buffer_append(m->out, "{", 1);
	if (rc == 0)
		rc = merging_kept(m, target, patch, &first);
	if (rc == 0)
		rc = merging_added(m, target, patch, &first);
	return rc == 0 ? buffer_append(m->out, "}", 1) : rc;
}

int merge_patch(struct slice target, struct slice patch, uint64_t *work, struct buffer *out)
{
	struct merging m = { out, *work };
	int rc = merging_value(&m, target, patch);

	*work = m.work;
	return rc;
}
