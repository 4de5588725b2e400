/* session_attributes.c - see session_attributes.h. */
#include "session/session_attributes.h"

#include "base/base64url.h"
#include "session/value.h"

#include <assert.h>
#include <stdlib.h>

/* --- Merging: what follows from old ones and changes ---------------------------------------- */

/* By name, and among equal names as they came. */
static int change_compare(const void *a, const void *b)
{
	const struct change *const *x = a, *const *y = b;
	int order = slice_compare((*x)->name, (*y)->name);

	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* One change of each name, sorted: as in most requests there are few, they fit into few. */
struct changes {
	const struct change **sorted, *few[16];
	size_t count;
};

static int changes_init(struct changes *c, const struct change *changes, size_t count)
{
	size_t kept = 0;

	c->sorted = c->few;
	if (count > sizeof(c->few) / sizeof(c->few[0]))
		c->sorted = reallocarray(NULL, count, sizeof(c->sorted[0]));
	if (c->sorted == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; i < count; i++)
		c->sorted[i] = &changes[i];
	if (count > 1)
		qsort(c->sorted, count, sizeof(c->sorted[0]), change_compare);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 == count || !slice_equal(c->sorted[i]->name, c->sorted[i + 1]->name))
			c->sorted[kept++] = c->sorted[i];
	}
	c->count = kept;
	return 0;
}

static void changes_fini(struct changes *c)
{
	if (c->sorted != c->few)
		free(c->sorted);
}

/* A walk over both sorted lists at once. */
struct merge {
	const struct attribute *old, *old_end;
	const struct change **change, **change_end;
};

struct merged {
	struct attribute attribute;
	bool changed;
	size_t old_value_bytes; /* of a changed one; 0 when it was not there */
};

static struct merge merge_start(const struct attribute *old, size_t count, const struct changes *c)
{
	return (struct merge){ old, count > 0 ? old + count : old, c->sorted,
			       c->sorted + c->count };
}

/* < 0: the next name is only among the old ones; > 0: only among the changes; 0: in both. */
static int merge_side(const struct merge *m)
{
	if (m->old == m->old_end)
		return 1;
	if (m->change == m->change_end)
		return -1;
	return slice_compare(m->old->name, (*m->change)->name);
}

bool attribute_is_plain(struct slice name, struct slice value)
{
	return base64url_is_text(name) && memchr(name.ptr, '-', name.len) == NULL &&
	       value_is_string(value) && memchr(value.ptr, '\\', value.len) == NULL &&
	       !slice_has_control(value);
}

/* The next attribute that stays or comes; false when there are no more. */
static bool merge_next(struct merge *m, struct merged *out)
{
	while (m->old != m->old_end || m->change != m->change_end) {
		int side = merge_side(m);
		const struct attribute *old = side <= 0 ? m->old++ : NULL;
		const struct change *change;

		if (side < 0) {
			*out = (struct merged){ *old, false, 0 };
			return true;
		}
		assert(m->change != m->change_end);
		change = *m->change++;
		if (change->value.ptr == NULL)
			continue;
		*out = (struct merged){ { change->name, change->value,
					  attribute_is_plain(change->name, change->value) },
					true,
					old != NULL ? old->value.len : 0 };
		return true;
	}
	return false;
}

/* --- Measuring ------------------------------------------------------------------------------ */

/* Over max, and not merely left so by a record made under wider limits: such a one may shrink. */
static bool limit_broken(size_t now, size_t before, size_t max)
{
	return now > max && now > before;
}

size_t attributes_counted_bytes(size_t bytes, size_t count, size_t overhead)
{
	return bytes > count * overhead ? bytes - count * overhead : 0;
}

static bool measure_forbids_change(const struct measure *measure, const struct merged *m)
{
	size_t name = m->attribute.name.len;

	return m->changed && (name == 0 || name > SESSION_NAME_BYTES ||
			      limit_broken(m->attribute.value.len, m->old_value_bytes,
					   measure->limits->max_value + measure->overhead));
}

/* before: what they follow from. */
static bool measure_forbids(const struct measure *m, const struct attributes *a,
			    const struct session *before)
{
	return limit_broken(a->count, before->attribute_count, m->limits->max_attributes) ||
	       limit_broken(attributes_counted_bytes(a->bytes, a->count, m->overhead),
			    attributes_counted_bytes(before->attribute_bytes,
						     before->attribute_count, m->overhead),
			    m->limits->max_bytes);
}

/* --- All of them ---------------------------------------------------------------------------- */

static int attributes_init(struct attributes *a, size_t room)
{
	a->items = a->few;
	a->count = a->bytes = 0;
	if (room > sizeof(a->few) / sizeof(a->few[0]))
		a->items = reallocarray(NULL, room, sizeof(a->items[0]));
	return a->items != NULL ? 0 : SG_ENOMEM;
}

void attributes_fini(struct attributes *a)
{
	if (a->items != a->few)
		free(a->items);
}

static int attributes_merge(struct attributes *a, struct merge merge, const struct session *before,
			    const struct measure *measure)
{
	struct merged m;

	while (merge_next(&merge, &m)) {
		if (measure_forbids_change(measure, &m))
			return SG_ELIMIT;
		a->items[a->count++] = m.attribute;
		a->bytes += m.attribute.name.len + m.attribute.value.len;
	}
	return measure_forbids(measure, a, before) ? SG_ELIMIT : 0;
}

int attributes_make(struct attributes *a, const struct session *before,
		    const struct change *changes, size_t change_count,
		    const struct measure *measure)
{
	struct changes sorted;
	int rc = changes_init(&sorted, changes, change_count);

	if (rc != 0)
		return rc;
	rc = attributes_init(a, before->attribute_count + sorted.count);
	if (rc == 0) {
		rc = attributes_merge(
			a, merge_start(before->attributes, before->attribute_count, &sorted),
			before, measure);
		if (rc != 0)
			attributes_fini(a);
	}
	changes_fini(&sorted);
	return rc;
}
