/* config_difference.c - see config_difference.h. */
#include "gateway/config_difference.h"

#include "gateway/config_table.h"

#include <assert.h>
#include <stdio.h>

struct differing {
	bool restart;       /* only of what needs one */
	struct buffer path; /* of what is being looked at */
	struct buffer *out;
	bool no_memory;
};

/* --- one setting --- */

static bool same_table(const struct option_table *table, const char *now, const char *next);

static bool same_text(const char *now, const char *next)
{
	return now == next || (now != NULL && next != NULL && strcmp(now, next) == 0);
}

static bool same_slice(struct slice now, struct slice next)
{
	return (now.ptr == NULL) == (next.ptr == NULL) && slice_equal(now, next);
}

static size_t list_count(const struct option *o, const char *base)
{
	return *(const size_t *)(const void *)(base + o->count_offset);
}

static const char *list_items(const struct option *o, const char *base)
{
	return *(const char *const *)(const void *)(base + o->offset);
}

static bool same_sections(const struct option *o, const char *now, const char *next)
{
	const char *a = list_items(o, now), *b = list_items(o, next);
	size_t count = list_count(o, now);

	if (count != list_count(o, next))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!same_table(o->table, a + i * o->table->bytes, b + i * o->table->bytes))
			return false;
	return true;
}

static bool same_texts(const struct option *o, const char *now, const char *next)
{
	const struct slice *a = (const void *)list_items(o, now);
	const struct slice *b = (const void *)list_items(o, next);
	size_t count = list_count(o, now);

	if (count != list_count(o, next))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!slice_equal(a[i], b[i]))
			return false;
	return true;
}

static bool same_address(const struct address *now, const struct address *next)
{
	return strcmp(now->text, next->text) == 0;
}

static bool same_addresses(const struct option *o, const char *now, const char *next)
{
	const struct address *a = (const void *)list_items(o, now);
	const struct address *b = (const void *)list_items(o, next);
	size_t count = list_count(o, now);

	if (count != list_count(o, next))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!same_address(&a[i], &b[i]))
			return false;
	return true;
}

static bool same_networks(const struct option *o, const char *now, const char *next)
{
	const struct network *a = (const void *)list_items(o, now);
	const struct network *b = (const void *)list_items(o, next);
	size_t count = list_count(o, now);

	if (count != list_count(o, next))
		return false;
	for (size_t i = 0; i < count; i++)
		if (a[i].bits != b[i].bits ||
		    memcmp(a[i].prefix, b[i].prefix, NETWORK_HOST_BYTES) != 0)
			return false;
	return true;
}

static bool same_params(const struct option *o, const char *now, const char *next)
{
	const struct config_param *a = (const void *)list_items(o, now);
	const struct config_param *b = (const void *)list_items(o, next);
	size_t count = list_count(o, now);

	if (count != list_count(o, next))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!slice_equal(a[i].name, b[i].name) || !slice_equal(a[i].value, b[i].value))
			return false;
	return true;
}

static bool same_option(const struct option *o, const char *now, const char *next)
{
	const char *a = now + o->offset, *b = next + o->offset;

	switch (o->type) {
	case OPTION_SECTIONS:
		return same_sections(o, now, next);
	case OPTION_TEXTS:
		return same_texts(o, now, next);
	case OPTION_ADDRESSES:
		return same_addresses(o, now, next);
	case OPTION_NETWORKS:
		return same_networks(o, now, next);
	case OPTION_PARAMS:
		return same_params(o, now, next);
	case OPTION_ADDRESS:
		return same_address((const void *)a, (const void *)b);
	case OPTION_TEXT:
		if (o->bytes == sizeof(struct slice))
			return same_slice(*(const struct slice *)(const void *)a,
					  *(const struct slice *)(const void *)b);
		assert(o->bytes == sizeof(char *));
		return same_text(*(const char *const *)(const void *)a,
				 *(const char *const *)(const void *)b);
	default:
		return memcmp(a, b, o->bytes) == 0;
	}
}

static bool same_table(const struct option_table *table, const char *now, const char *next)
{
	for (size_t i = 0; i < table->count; i++)
		if (!same_option(&table->options[i], now, next))
			return false;
	return true;
}

/* --- all of them --- */

static void differ_table(struct differing *d, const struct option_table *table, const char *now,
			 const char *next);

/* What the path was before, for differ_leave(). */
static size_t differ_enter(struct differing *d, const char *name)
{
	size_t before = buffer_len(&d->path);

	if (buffer_printf(&d->path, "%s%s", before > 0 && name[0] != '[' ? "." : "", name) != 0)
		d->no_memory = true;
	return before;
}

static void differ_leave(struct differing *d, size_t before)
{
	buffer_truncate(&d->path, before);
}

static void differ_say(struct differing *d)
{
	if (buffer_printf(d->out, "%s%.*s", buffer_len(d->out) > 0 ? ", " : "",
			  SLICE_ARGS(buffer_content(&d->path))) != 0)
		d->no_memory = true;
}

static void differ_sections(struct differing *d, const struct option *o, const char *now,
			    const char *next)
{
	const char *a = list_items(o, now), *b = list_items(o, next);
	size_t count = list_count(o, now);
	char index[32];

	if (count != list_count(o, next)) {
		differ_say(d);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		size_t before;

		snprintf(index, sizeof(index), "[%zu]", i);
		before = differ_enter(d, index);
		differ_table(d, o->table, a + i * o->table->bytes, b + i * o->table->bytes);
		differ_leave(d, before);
	}
}

static const char *named_item(const struct option *o, const char *base, size_t i)
{
	return list_items(o, base) + i * o->table->bytes;
}

static const char *named_name(const struct option *o, const char *item)
{
	return *(const char *const *)(const void *)(item + o->table->name_offset);
}

/* NULL: there is none of that name. */
static const char *named_find(const struct option *o, const char *base, const char *name)
{
	for (size_t i = 0; i < list_count(o, base); i++)
		if (strcmp(named_name(o, named_item(o, base, i)), name) == 0)
			return named_item(o, base, i);
	return NULL;
}

/* other NULL: the other configuration has none of that name. */
static void differ_item(struct differing *d, const struct option *o, const char *item,
			const char *other)
{
	size_t before = differ_enter(d, named_name(o, item));

	if (other != NULL)
		differ_table(d, o->table, item, other);
	else
		differ_say(d);
	differ_leave(d, before);
}

static void differ_named(struct differing *d, const struct option *o, const char *now,
			 const char *next)
{
	for (size_t i = 0; i < list_count(o, now); i++) {
		const char *item = named_item(o, now, i);

		differ_item(d, o, item, named_find(o, next, named_name(o, item)));
	}
	for (size_t i = 0; i < list_count(o, next); i++) {
		const char *item = named_item(o, next, i);

		if (named_find(o, now, named_name(o, item)) == NULL)
			differ_item(d, o, item, NULL);
	}
}

/* What needs a restart is told as a whole: a list of listeners, say. */
static void differ_option(struct differing *d, const struct option *o, const char *now,
			  const char *next)
{
	bool restart = (o->flags & OPTION_RESTART) != 0;

	if (o->type == OPTION_SECTION)
		differ_table(d, o->table, now + o->offset, next + o->offset);
	else if (o->type == OPTION_INCLUDE || (d->restart && !restart))
		return;
	else if (o->type == OPTION_SECTIONS && !restart)
		differ_sections(d, o, now, next);
	else if (o->type == OPTION_NAMED)
		differ_named(d, o, now, next);
	else if (!same_option(o, now, next))
		differ_say(d);
	else if (o->type == OPTION_CHOICE)
		differ_table(d, o->table, now, next);
}

static void differ_table(struct differing *d, const struct option_table *table, const char *now,
			 const char *next)
{
	for (size_t i = 0; i < table->count; i++) {
		size_t before = differ_enter(d, table->options[i].name);

		differ_option(d, &table->options[i], now, next);
		differ_leave(d, before);
	}
}

static int draft_of_written(const struct config *config, struct arena *arena,
			    struct config_draft *out)
{
	int rc = config_draft_of(config, arena, out);

	out->standard = config->written_realms[0];
	out->realms = config->written_realms + 1;
	return rc;
}

static int differ(const struct config *now, const struct config *next, bool restart,
		  struct buffer *out)
{
	struct differing differing = { .restart = restart, .out = out };
	struct config_draft a, b;
	struct arena arena = { 0 };
	int rc;

	if ((rc = draft_of_written(now, &arena, &a)) == 0 &&
	    (rc = draft_of_written(next, &arena, &b)) == 0) {
		differ_table(&differing, &config_options, (const char *)&a, (const char *)&b);
		rc = differing.no_memory ? SG_ENOMEM : 0;
	}
	buffer_fini(&differing.path);
	arena_fini(&arena);
	return rc;
}

int config_difference(const struct config *now, const struct config *next, struct buffer *out)
{
	return differ(now, next, false, out);
}

int config_difference_of_restart(const struct config *now, const struct config *next,
				 struct buffer *out)
{
	return differ(now, next, true, out);
}
