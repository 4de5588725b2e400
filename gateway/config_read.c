/* config_read.c - reading settings by the table of options. */
#include "gateway/config_read.h"

#include "base/quantity.h"
#include "gateway/fcgi.h"
#include "gateway/nearest.h"

#include <assert.h>
#include <stdio.h>

enum { QUOTED_CHARS = 40 };

struct reading {
	struct arena *arena;
	struct report *report;
	bool partial; /* nothing can be called missing */
};

static void reading_table(const struct reading *r, const struct option_table *table,
			  const struct node *map, char *base, bool inherit);

static void *reading_alloc(const struct reading *r, size_t count, size_t bytes)
{
	void *memory = arena_alloc(r->arena, (count > 0 ? count : 1) * bytes);

	if (memory == NULL)
		r->report->no_memory = true;
	return memory;
}

static void reading_refuse(const struct reading *r, const struct option *o, const struct node *node,
			   const char *reason)
{
	if (o->secret != SECRET_NONE)
		report_value(r->report, node, "%s", reason);
	else
		report_value(r->report, node, "\"%.*s\"%s: %s",
			     (int)(node->text.len < QUOTED_CHARS ? node->text.len : QUOTED_CHARS),
			     node->text.ptr, node->text.len > QUOTED_CHARS ? "..." : "", reason);
}

/* Is the node a text that says something? Else that has been reported. */
static bool reading_is_text(const struct reading *r, const struct node *node)
{
	if (node->broken)
		return false;
	if (node->kind == NODE_TEXT && !node_empty(node))
		return true;
	report_value(r->report, node, "expected %s",
		     node->kind == NODE_LIST  ? "one value, not a list"
		     : node->kind == NODE_MAP ? "one value, not a section"
					      : "a value");
	return false;
}

/* ---- single values ---- */

static void reading_store_number(const struct option *o, char *base, uint64_t value)
{
	char *field = base + o->offset;

	if (o->bytes == sizeof(bool))
		*(bool *)field = value != 0;
	else if (o->bytes == sizeof(uint32_t))
		*(uint32_t *)field = (uint32_t)value;
	else
		*(uint64_t *)field = value;
}

static bool reading_is_auto(const struct option *o, const struct node *node)
{
	return (o->flags & OPTION_AUTO) && slice_equal(node->text, SLICE("auto"));
}

static void reading_refuse_range(const struct reading *r, const struct option *o,
				 const struct node *node, quantity_print_fn *print)
{
	struct buffer range = { 0 };

	if (print(&range, o->min) != 0 || buffer_append_slice(&range, SLICE(" to ")) != 0 ||
	    print(&range, o->max) != 0 || buffer_append(&range, "", 1) != 0)
		r->report->no_memory = true;
	else
		report_value(r->report, node, "\"%s\": out of range, expected %s", node->text.ptr,
			     buffer_content(&range).ptr);
	buffer_fini(&range);
}

static void reading_number(const struct reading *r, const struct option *o, const struct node *node,
			   char *base, quantity_read_fn *read, quantity_print_fn *print)
{
	const char *reason;
	uint64_t value;

	if (reading_is_auto(o, node)) {
		reading_store_number(o, base, (uint64_t)o->unset);
		return;
	}
	reason = read(node->text, &value);
	if (reason != NULL)
		reading_refuse(r, o, node, reason);
	else if (value < o->min || value > o->max)
		reading_refuse_range(r, o, node, print);
	else
		reading_store_number(o, base, value);
}

static void reading_flag(const struct reading *r, const struct option *o, const struct node *node,
			 char *base)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{ "true", true },   { "yes", true }, { "on", true },
		{ "false", false }, { "no", false }, { "off", false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_equal_nocase(node->text, slice_from(words[i].text))) {
			reading_store_number(o, base, words[i].value);
			return;
		}
	}
	reading_refuse(r, o, node, "expected true or false");
}

/* "expected lax, strict or none"; in the arena, NULL without memory. */
static const char *reading_list_words(const struct reading *r, const struct option_word *words,
				      const char *best)
{
	struct buffer out = { 0 };
	const char *text;
	int rc = buffer_append_slice(&out, SLICE("expected "));

	for (size_t i = 0; words[i].text != NULL && rc == 0; i++)
		rc = buffer_printf(&out, "%s%s",
				   i == 0                      ? ""
				   : words[i + 1].text == NULL ? " or "
							       : ", ",
				   words[i].text);
	if (rc == 0 && best != NULL)
		rc = buffer_printf(&out, "; did you mean %s?", best);
	text = rc == 0 ? arena_text(r->arena, buffer_content(&out)) : NULL;
	buffer_fini(&out);
	if (text == NULL)
		r->report->no_memory = true;
	return text;
}

static bool reading_word(const struct reading *r, const struct option *o, const struct node *node,
			 int *value)
{
	struct nearest nearest = { .typed = node->text };
	const char *reason;

	for (const struct option_word *w = o->words; w->text != NULL; w++) {
		if (slice_equal(node->text, slice_from(w->text))) {
			*value = w->value;
			return true;
		}
		nearest_try(&nearest, w->text);
	}
	reason = reading_list_words(r, o->words, nearest.best);
	if (reason != NULL)
		reading_refuse(r, o, node, reason);
	return false;
}

/* A copy that the configuration keeps; ptr NULL has been reported. */
static struct slice reading_copy(const struct reading *r, const struct option *o,
				 const struct node *node)
{
	char *copy;

	if (o->syntax != NULL) {
		const char *reason = o->syntax(node->text);

		if (reason != NULL) {
			reading_refuse(r, o, node, reason);
			return (struct slice){ 0 };
		}
	}
	copy = arena_text(r->arena, node->text);
	if (copy == NULL)
		r->report->no_memory = true;
	for (char *c = copy; copy != NULL && (o->flags & OPTION_LOWER) && *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return slice_of(copy, node->text.len);
}

static void reading_text(const struct reading *r, const struct option *o, const struct node *node,
			 char *base)
{
	struct slice text = { 0 };

	if (!reading_is_auto(o, node)) {
		text = reading_copy(r, o, node);
		if (text.ptr == NULL)
			return;
	}
	if (o->bytes == sizeof(struct slice))
		*(struct slice *)(void *)(base + o->offset) = text;
	else
		*(const char **)(void *)(base + o->offset) = text.ptr;
}

static void reading_address(const struct reading *r, const struct option *o,
			    const struct node *node, struct address *out)
{
	const char *reason;

	if (address_read(node->text, out, &reason) != 0)
		reading_refuse(r, o, node, reason);
	else if ((o->flags & OPTION_CONNECT) && out->kind == ADDRESS_FD)
		reading_refuse(r, o, node,
			       "an inherited socket can be listened on, not connected to");
}

static void reading_single(const struct reading *r, const struct option *o, const struct node *node,
			   char *base)
{
	int word;

	if (!reading_is_text(r, node))
		return;
	switch (o->type) {
	case OPTION_FLAG:
		reading_flag(r, o, node, base);
		break;
	case OPTION_COUNT:
		reading_number(r, o, node, base, quantity_read_count, quantity_print_count);
		break;
	case OPTION_DURATION:
		reading_number(r, o, node, base, quantity_read_duration, quantity_print_duration);
		break;
	case OPTION_SIZE:
		reading_number(r, o, node, base, quantity_read_size, quantity_print_size);
		break;
	case OPTION_MODE:
		reading_number(r, o, node, base, quantity_read_mode, quantity_print_mode);
		break;
	case OPTION_DATE:
		reading_number(r, o, node, base, quantity_read_date, quantity_print_date);
		break;
	case OPTION_TIME:
		reading_number(r, o, node, base, quantity_read_time, quantity_print_time);
		break;
	case OPTION_CHOICE:
	case OPTION_WORD:
		if (reading_word(r, o, node, &word))
			reading_store_number(o, base, (uint64_t)word);
		break;
	case OPTION_ADDRESS:
		reading_address(r, o, node, (struct address *)(void *)(base + o->offset));
		break;
	default:
		assert(o->type == OPTION_TEXT);
		reading_text(r, o, node, base);
	}
}

/* ---- lists ---- */

static size_t reading_count(const struct node *node)
{
	size_t count = 0;

	for (const struct node *item = node_first_item(node); item != NULL;
	     item = node_next_item(node, item))
		count++;
	return count;
}

static void reading_item(const struct reading *r, const struct option *o, const struct node *item,
			 char *out)
{
	const char *reason;

	if (!reading_is_text(r, item))
		return;
	if (o->type == OPTION_ADDRESSES) {
		reading_address(r, o, item, (struct address *)(void *)out);
	} else if (o->type == OPTION_TEXTS) {
		*(struct slice *)(void *)out = reading_copy(r, o, item);
	} else {
		assert(o->type == OPTION_NETWORKS);
		if (network_read(item->text, (struct network *)(void *)out, &reason) != 0)
			reading_refuse(r, o, item, reason);
	}
}

static const struct option *reading_brief(const struct option_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->brief != NULL && strcmp(table->options[i].name, table->brief) == 0)
			return &table->options[i];
	return NULL;
}

static void reading_section_item(const struct reading *r, const struct option *o,
				 const struct node *item, char *out)
{
	const struct option *brief = reading_brief(o->table);

	if (item->kind != NODE_TEXT || node_empty(item) || brief == NULL) {
		reading_table(r, o->table, item, out, false);
		return;
	}
	reading_table(r, o->table, NULL, out, false);
	reading_single(r, brief, item, out);
}

static size_t reading_item_bytes(const struct option *o)
{
	if (o->type == OPTION_ADDRESSES)
		return sizeof(struct address);
	if (o->type == OPTION_NETWORKS)
		return sizeof(struct network);
	return o->type == OPTION_TEXTS ? sizeof(struct slice) : o->table->bytes;
}

static void reading_list(const struct reading *r, const struct option *o, const struct node *node,
			 char *base)
{
	size_t count = reading_count(node), bytes = reading_item_bytes(o);
	char *items;

	if (count == 0 && (o->flags & OPTION_NOT_EMPTY))
		report_value(r->report, node, "an empty list");
	if (node->kind == NODE_MAP && o->type != OPTION_SECTIONS) {
		report_value(r->report, node, "expected a list, not a section");
		return;
	}
	items = reading_alloc(r, count, bytes);
	if (items == NULL)
		return;
	*(char **)(void *)(base + o->offset) = items;
	*(size_t *)(void *)(base + o->count_offset) = count;
	for (const struct node *item = node_first_item(node); item != NULL;
	     item = node_next_item(node, item), items += bytes) {
		if (o->type == OPTION_SECTIONS)
			reading_section_item(r, o, item, items);
		else
			reading_item(r, o, item, items);
	}
}

static void reading_words(const struct reading *r, const struct option *o, const struct node *node,
			  char *base)
{
	unsigned bits = 0;
	int word;

	if (node->kind == NODE_MAP) {
		report_value(r->report, node, "expected a list, not a section");
		return;
	}
	for (const struct node *item = node_first_item(node); item != NULL;
	     item = node_next_item(node, item))
		if (reading_is_text(r, item) && reading_word(r, o, item, &word))
			bits |= (unsigned)word;
	reading_store_number(o, base, bits);
}

/* ---- maps ---- */

static size_t reading_children(const struct node *map)
{
	return map->last != NULL ? map->last->index + 1 : 0;
}

/* Is the node a map, or nothing, which is an empty one? Else that has been reported. */
static bool reading_is_map(const struct reading *r, const struct node *node)
{
	if (node->broken)
		return false;
	if (node->kind == NODE_MAP || node_empty(node))
		return true;
	report_value(r->report, node, "expected a section of names and values, not %s",
		     node->kind == NODE_LIST ? "a list" : "one value");
	return false;
}

static bool reading_is_name(const struct reading *r, const struct option *o,
			    const struct node *child)
{
	const char *reason = o->syntax(child->key);

	if (reason != NULL)
		report_key(r->report, child, "%s", reason);
	return reason == NULL;
}

static void reading_params(const struct reading *r, const struct option *o, const struct node *node,
			   char *base)
{
	struct config_param *params;
	size_t count = 0;

	if (!reading_is_map(r, node))
		return;
	params = reading_alloc(r, reading_children(node), sizeof(*params));
	if (params == NULL)
		return;
	for (const struct node *child = node->first; child != NULL; child = child->next) {
		struct config_param *param = &params[count++];

		if (!reading_is_name(r, o, child) || child->broken)
			continue;
		if (child->kind != NODE_TEXT) {
			reading_is_text(r, child);
			continue;
		}
		if (pairs_size(child->key, child->text) > FCGI_CONTENT_MAX)
			report_value(r->report, child, "longer than a FastCGI record");
		param->name = arena_copy(r->arena, child->key);
		param->value = arena_copy(r->arena, child->text);
		if (param->name.ptr == NULL || param->value.ptr == NULL)
			r->report->no_memory = true;
	}
	*(struct config_param **)(void *)(base + o->offset) = params;
	*(size_t *)(void *)(base + o->count_offset) = count;
}

/* Realms start from the default realm's values, which stand further up in the table and so have
 * been read; all else starts from the defaults. */
static void reading_named(const struct reading *r, const struct option *o, const struct node *node,
			  char *base)
{
	bool inherit = o->flags & OPTION_INHERIT;
	size_t count = reading_children(node);
	char *items;

	if (!reading_is_map(r, node))
		return;
	if (count == 0 && (o->flags & OPTION_NOT_EMPTY))
		report_value(r->report, node, "an empty section");
	items = reading_alloc(r, count, o->table->bytes);
	if (items == NULL)
		return;
	*(char **)(void *)(base + o->offset) = items;
	*(size_t *)(void *)(base + o->count_offset) = count;
	for (const struct node *child = node->first; child != NULL; child = child->next) {
		const char *name = arena_text(r->arena, child->key);

		if (inherit)
			memcpy(items, base + offsetof(struct config_draft, standard),
			       o->table->bytes);
		if (name == NULL)
			r->report->no_memory = true;
		*(const char **)(void *)(items + o->table->name_offset) = name;
		reading_is_name(r, o, child);
		reading_table(r, o->table, child, items, inherit);
		items += o->table->bytes;
	}
}

/* One word, or the section of the one that it names. */
static void reading_choice(const struct reading *r, const struct option *o, const struct node *node,
			   char *base)
{
	const struct node *child = node->first;

	if (node->broken || node->kind != NODE_MAP) {
		reading_single(r, o, node, base);
		return;
	}
	if (child == NULL) {
		report_value(r->report, node, "an empty section");
		return;
	}
	if (child->next != NULL)
		report_key(r->report, child->next, "only one of them can be chosen");
	reading_table(r, o->table, node, base, true);
	for (const struct option_word *w = o->words; w->text != NULL; w++)
		if (slice_equal(child->key, slice_from(w->text)))
			reading_store_number(o, base, (uint64_t)w->value);
}

/* ---- the table ---- */

static void reading_option(const struct reading *r, const struct option *o, const struct node *node,
			   char *base, bool inherit)
{
	switch (o->type) {
	case OPTION_SECTION:
		reading_table(r, o->table, node, base + o->offset, inherit);
		break;
	case OPTION_TEXTS:
	case OPTION_ADDRESSES:
	case OPTION_NETWORKS:
	case OPTION_SECTIONS:
		reading_list(r, o, node, base);
		break;
	case OPTION_WORDS:
		reading_words(r, o, node, base);
		break;
	case OPTION_PARAMS:
		reading_params(r, o, node, base);
		break;
	case OPTION_NAMED:
		reading_named(r, o, node, base);
		break;
	case OPTION_CHOICE:
		reading_choice(r, o, node, base);
		break;
	default:
		reading_single(r, o, node, base);
	}
}

/* "[a, b]" as a list of texts: defaults go the way of what is written in a file. */
static void reading_fallback_list(const struct reading *r, struct node *list, struct slice inside)
{
	struct slice item;
	bool more = inside.len > 0;

	while (more) {
		struct node *node;

		more = slice_cut(&inside, ',', &item);
		node = node_new_text(r->arena, slice_trim(item), (struct position){ 0 });
		if (node == NULL) {
			r->report->no_memory = true;
			return;
		}
		node_add(list, node);
	}
}

static void reading_fallback(const struct reading *r, const struct option *o, char *base)
{
	struct slice text = slice_from(o->fallback);
	enum node_kind kind = slice_starts(text, SLICE("["))   ? NODE_LIST
			      : slice_starts(text, SLICE("{")) ? NODE_MAP
							       : NODE_TEXT;
	struct node *node = node_new(r->arena, kind, (struct position){ 0 });

	if (node == NULL) {
		r->report->no_memory = true;
		return;
	}
	if (kind == NODE_LIST)
		reading_fallback_list(r, node, slice_of(text.ptr + 1, text.len - 2));
	else if (kind == NODE_TEXT && slice_equal(text, SLICE("\"\"")))
		*(const char **)(void *)(base + o->offset) = "";
	else if (kind == NODE_TEXT)
		node->text = text;
	if (node->kind != NODE_TEXT || node->text.len > 0)
		reading_option(r, o, node, base, false);
}

/* The state without a word in the file: what unset, and then the default, say. */
static void reading_default(const struct reading *r, const struct option *o, char *base)
{
	if (o->type == OPTION_SECTION)
		reading_table(r, o->table, NULL, base + o->offset, false);
	else if (o->type == OPTION_CHOICE)
		reading_table(r, o->table, NULL, base, false);
	else if (o->unset != 0)
		reading_store_number(o, base, (uint64_t)o->unset);
	if (o->fallback != NULL)
		reading_fallback(r, o, base);
}

/* Must the section say it, and may it not be in a file that could not be read? */
static bool reading_requires(const struct reading *r, const struct option *o,
			     const struct node *written)
{
	const struct node *other;

	if (!(o->flags & OPTION_REQUIRED) || r->partial)
		return false;
	other = o->unless_name != NULL ? node_get(written, slice_from(o->unless_name)) : NULL;
	return other == NULL || !slice_equal(other->text, slice_from(o->unless_value));
}

static void reading_unknown(const struct reading *r, const struct option_table *table,
			    const struct node *child)
{
	struct nearest nearest = { .typed = child->key };

	for (size_t i = 0; i < table->count; i++) {
		if (slice_equal(child->key, slice_from(table->options[i].name)))
			return;
		nearest_try(&nearest, table->options[i].name);
	}
	if (nearest.best != NULL)
		report_key(r->report, child, "unknown setting; did you mean %s?", nearest.best);
	else
		report_key(r->report, child, "unknown setting");
}

/* map NULL: nothing was written, and nothing is missed. inherit: base holds values already. */
static void reading_table(const struct reading *r, const struct option_table *table,
			  const struct node *map, char *base, bool inherit)
{
	const struct node *written = map != NULL && reading_is_map(r, map) ? map : NULL;

	for (size_t i = 0; i < table->count && !r->report->no_memory; i++) {
		const struct option *o = &table->options[i];
		const struct node *child = node_get(written, slice_from(o->name));

		if (!inherit)
			reading_default(r, o, base);
		if (child != NULL && !child->broken)
			reading_option(r, o, child, base, inherit);
		else if (child == NULL && written != NULL && reading_requires(r, o, written))
			report_missing(r->report, written, o->name, "missing");
	}
	for (const struct node *child = written != NULL ? written->first : NULL; child != NULL;
	     child = child->next)
		reading_unknown(r, table, child);
}

void config_read(struct arena *arena, const struct node *root, struct config_draft *draft,
		 struct report *report)
{
	const struct reading reading = { arena, report, root->partial };

	reading_table(&reading, &config_options, root, (char *)draft, false);
}
