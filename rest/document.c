/* document.c - see document.h. */
#include "rest/document.h"

#include "session/value.h"

#include <stdlib.h>

/* The members' names, unescaped, in the arena. */
struct names {
	struct arena *arena;
	struct slice *each;
	size_t count, room;
};

static int names_grow(struct names *n)
{
	size_t room = n->room > 0 ? 2 * n->room : 16;
	struct slice *each = arena_room(n->arena, room * sizeof(*each));

	if (each == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; i < n->count; i++)
		each[i] = n->each[i];
	n->each = each;
	n->room = room;
	return 0;
}

static int names_add(struct names *n, struct slice name)
{
	char *unescaped;

	if (n->count == n->room && names_grow(n) != 0)
		return SG_ENOMEM;
	if (name.len > 0 && memchr(name.ptr, '\\', name.len) != NULL) {
		unescaped = arena_room(n->arena, name.len);
		if (unescaped == NULL)
			return SG_ENOMEM;
		name = slice_of(unescaped, value_unquote(name, unescaped));
	}
	n->each[n->count++] = name;
	return 0;
}

static int names_order(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return slice_compare(*x, *y);
}

static bool names_repeat(struct names *n)
{
	if (n->count > 1)
		qsort(n->each, n->count, sizeof(*n->each), names_order);
	for (size_t i = 1; i < n->count; i++)
		if (slice_equal(n->each[i - 1], n->each[i]))
			return true;
	return false;
}

static int document_check(struct arena *arena, struct slice text)
{
	struct names names = { .arena = arena };
	struct slice name, value;
	bool first = true;
	int more;

	if (value_object_open(&text) != 0)
		return SG_EFORMAT;
	while ((more = value_object_next(&text, first, &name, &value)) == 1) {
		if (names_add(&names, name) != 0)
			return SG_ENOMEM;
		first = false;
	}
	return more != 0 || text.len > 0 || names_repeat(&names) ? SG_EFORMAT : 0;
}

int document_read(struct arena *arena, struct slice text, cJSON **out)
{
	int rc = document_check(arena, text);

	if (rc != 0)
		return rc;
	*out = cJSON_ParseWithLength(text.ptr, text.len);
	return *out != NULL ? 0 : SG_ENOMEM;
}
