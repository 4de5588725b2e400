/* config.c - a snapshot of the settings: loading, sharing and comparing it. */
#include "gateway/config.h"

#include "gateway/config_check.h"
#include "gateway/config_environment.h"
#include "gateway/config_read.h"
#include "gateway/config_yaml.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static const char default_file[] = "/etc/sessiongate/sessiongate.yaml";
static const struct position command_line = { .file = "command line" };

/* ---- what the command line says, as if it had been written in a file ---- */

struct arguments_tree {
	struct arena *arena;
	struct node *root;
	bool no_memory;
};

/* Put child under key, in place of what is there. */
static void arguments_set(struct arguments_tree *t, struct node *map, const char *key,
			  struct node *child)
{
	struct node *old = map != NULL ? node_get(map, slice_from(key)) : NULL;

	if (map == NULL || child == NULL) {
		t->no_memory = true;
		return;
	}
	if (old != NULL)
		node_remove(old);
	node_put(map, slice_from(key), command_line, child);
}

/* The section at the root, made when there is none that could take a setting. */
static struct node *arguments_section(struct arguments_tree *t, const char *key)
{
	struct node *section = node_get(t->root, slice_from(key));

	if (section != NULL && section->kind == NODE_MAP)
		return section;
	section = node_new(t->arena, NODE_MAP, command_line);
	arguments_set(t, t->root, key, section);
	return section;
}

static struct node *arguments_text(struct arguments_tree *t, const char *text)
{
	return node_new_text(t->arena, slice_from(text), command_line);
}

static struct node *arguments_list(struct arguments_tree *t, const char **texts, size_t count)
{
	struct node *list = node_new(t->arena, NODE_LIST, command_line);

	for (size_t i = 0; i < count && list != NULL; i++) {
		struct node *item = arguments_text(t, texts[i]);

		if (item == NULL)
			return NULL;
		node_add(list, item);
	}
	return list;
}

/* One application with these servers, and one route to it. */
static void arguments_add_application(struct arguments_tree *t,
				      const struct config_arguments *arguments)
{
	struct node *application = node_new(t->arena, NODE_MAP, command_line);
	struct node *route = node_new(t->arena, NODE_MAP, command_line);

	arguments_set(t, arguments_section(t, "applications"), "app", application);
	arguments_set(t, application, "servers",
		      arguments_list(t, arguments->apps, arguments->app_count));
	if (arguments->php)
		arguments_set(t, application, "adapter", arguments_text(t, "php"));
	arguments_set(t, t->root, "routes", route);
	arguments_set(t, route, "path", arguments_text(t, "/"));
	arguments_set(t, route, "application", arguments_text(t, "app"));
}

static void arguments_apply(struct arguments_tree *t, const struct config_arguments *arguments)
{
	if (arguments->listen_count > 0)
		arguments_set(t, t->root, "listen",
			      arguments_list(t, arguments->listen, arguments->listen_count));
	if (arguments->app_count > 0)
		arguments_add_application(t, arguments);
	if (arguments->store != NULL)
		arguments_set(t, arguments_section(t, "store"), "url",
			      arguments_text(t, arguments->store));
	if (arguments->verbose)
		arguments_set(t, arguments_section(t, "log"), "level", arguments_text(t, "debug"));
}

/* ---- loading ---- */

const char *config_file(const struct config_arguments *arguments)
{
	if (arguments->file != NULL)
		return arguments->file;
	return arguments->listen_count > 0 || arguments->app_count > 0 ? NULL : default_file;
}

static struct node *config_tree(struct arena *arena, const struct config_arguments *arguments,
				struct report *report)
{
	const char *file = config_file(arguments);
	struct arguments_tree tree = { .arena = arena };

	if (arguments->file != NULL && arguments->app_count > 0)
		report_place(report, command_line,
			     "--app goes without a file: name the "
			     "application in %s",
			     arguments->file);
	if (arguments->php && arguments->app_count == 0)
		report_place(
			report, command_line,
			"--php is what the application of --app is; in a file it is adapter: php");
	if (file == NULL) {
		tree.root = node_new(arena, NODE_MAP, command_line);
	} else {
		tree.root = yaml_read(arena, file, report);
		if (tree.root == NULL)
			return NULL;
		environment_expand(arena, tree.root, report);
	}
	if (tree.root != NULL)
		arguments_apply(&tree, arguments);
	if (tree.root == NULL || tree.no_memory)
		report->no_memory = true;
	return report->no_memory ? NULL : tree.root;
}

/* The tree's arena outlives the report, which borrows the names of files. */
static int config_fill(const struct config_arguments *arguments, struct config_draft *draft,
		       struct buffer *out)
{
	struct arena arena = { 0 };
	struct report report = { 0 };
	const struct node *root = config_tree(&arena, arguments, &report);
	int rc;

	if (root != NULL)
		config_read(&draft->config.arena, root, draft, &report);
	if (root != NULL && !root->partial && !report.no_memory)
		config_check(draft, root, &report);
	rc = report_print(&report, out);
	report_fini(&report);
	arena_fini(&arena);
	return rc;
}

int config_load(const struct config_arguments *arguments, struct buffer *report,
		const struct config **out)
{
	struct config_draft draft = { 0 };
	struct config *config = malloc(sizeof(*config));
	int rc = config != NULL ? config_fill(arguments, &draft, report) : SG_ENOMEM;

	if (rc != 0) {
		arena_fini(&draft.config.arena);
		free(config);
		return rc;
	}
	*config = draft.config;
	config->references = 1;
	*out = config;
	return 0;
}

const struct config *config_ref(const struct config *c)
{
	__atomic_add_fetch(&((struct config *)c)->references, 1, __ATOMIC_RELAXED);
	return c;
}

void config_unref(const struct config **c)
{
	struct config *config = (struct config *)*c;
	int left;

	*c = NULL;
	if (config == NULL)
		return;
	left = __atomic_sub_fetch(&config->references, 1, __ATOMIC_ACQ_REL);
	assert(left >= 0);
	if (left > 0)
		return;
	arena_fini(&config->arena);
	free(config);
}

/* ---- comparing ---- */

static bool same_table(const struct option_table *table, const char *now, const char *next);

static bool same_text(const char *now, const char *next)
{
	return now == next || (now != NULL && next != NULL && strcmp(now, next) == 0);
}

static bool same_sections(const struct option *o, const char *now, const char *next)
{
	const char *a = *(const char *const *)(const void *)(now + o->offset);
	const char *b = *(const char *const *)(const void *)(next + o->offset);
	size_t count = *(const size_t *)(const void *)(now + o->count_offset);

	if (count != *(const size_t *)(const void *)(next + o->count_offset))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!same_table(o->table, a + i * o->table->bytes, b + i * o->table->bytes))
			return false;
	return true;
}

static bool same_texts(const struct option *o, const char *now, const char *next)
{
	const struct slice *a = *(const struct slice *const *)(const void *)(now + o->offset);
	const struct slice *b = *(const struct slice *const *)(const void *)(next + o->offset);
	size_t count = *(const size_t *)(const void *)(now + o->count_offset);

	if (count != *(const size_t *)(const void *)(next + o->count_offset))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!slice_equal(a[i], b[i]))
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
	case OPTION_ADDRESS:
		return strcmp(((const struct address *)(const void *)a)->text,
			      ((const struct address *)(const void *)b)->text) == 0;
	case OPTION_TEXT:
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
		if ((table->options[i].flags & OPTION_RESTART) &&
		    !same_option(&table->options[i], now, next))
			return false;
	return true;
}

/* Append the paths of table's options that differ; prefix is the path of the table itself, and a dot. */
static int print_differences(const struct option_table *table, const char *prefix, const char *now,
			     const char *next, struct buffer *out)
{
	int rc = 0;

	for (size_t i = 0; i < table->count && rc == 0; i++) {
		const struct option *o = &table->options[i];
		char path[128]; /* no section lies as deep as that */

		if (!(o->flags & OPTION_RESTART))
			continue;
		snprintf(path, sizeof(path), "%s%s.", prefix, o->name);
		if (o->type == OPTION_SECTION)
			rc = print_differences(o->table, path, now + o->offset, next + o->offset,
					       out);
		else if (!same_option(o, now, next))
			rc = buffer_printf(out, "%s%s%s", buffer_len(out) > 0 ? ", " : "", prefix,
					   o->name);
	}
	return rc;
}

int config_restart_required(const struct config *now, const struct config *next, struct buffer *out)
{
	/* only rows within the draft's config can have OPTION_RESTART */
	return print_differences(&config_options, "", (const char *)now, (const char *)next, out);
}
