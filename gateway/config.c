/* config.c - a snapshot of the settings: loading and sharing it. */
#include "gateway/config.h"

#include "gateway/config_check.h"
#include "gateway/config_environment.h"
#include "gateway/config_read.h"
#include "gateway/config_yaml.h"

#include <assert.h>
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
	if (arguments->admin != NULL)
		arguments_set(t, arguments_section(t, "admin"), "listen",
			      arguments_text(t, arguments->admin));
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

static int config_print_complaint(void *ctx, const struct config_complaint *complaint)
{
	struct buffer *report = ctx;
	int rc = buffer_append_slice(report, complaint->line);

	return rc == 0 ? buffer_append(report, "\n", 1) : rc;
}

/* What may stay is kept with the configuration. */
static int config_keep_warnings(struct config *config, struct report *report)
{
	struct buffer lines = { 0 };
	int rc = report_tell(report, config_print_complaint, &lines);

	if (rc == 0) { /* no error, so these are warnings */
		config->warnings = arena_copy(&config->arena, buffer_content(&lines));
		rc = config->warnings.ptr != NULL ? 0 : SG_ENOMEM;
	}
	buffer_fini(&lines);
	return rc;
}

/* The tree's arena outlives the report, which borrows the names of files. */
static int config_fill(const struct config_arguments *arguments, struct config_draft *draft,
		       config_complain_fn *complain, void *ctx)
{
	struct arena arena = { 0 };
	struct report report = { 0 };
	const struct node *root = config_tree(&arena, arguments, &report);
	int rc;

	if (root != NULL)
		config_read(&draft->config.arena, root, draft, &report);
	if (root != NULL && !root->partial && !report.no_memory)
		config_check(draft, root, &report);
	rc = report_tell(&report, complain, ctx);
	if (rc == 0)
		rc = config_keep_warnings(&draft->config, &report);
	report_fini(&report);
	arena_fini(&arena);
	return rc;
}

int config_load_telling(const struct config_arguments *arguments, config_complain_fn *complain,
			void *ctx, const struct config **out)
{
	struct config_draft draft = { 0 };
	struct config *config = malloc(sizeof(*config));
	int rc = config != NULL ? config_fill(arguments, &draft, complain, ctx) : SG_ENOMEM;

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

int config_load(const struct config_arguments *arguments, struct buffer *report,
		const struct config **out)
{
	return config_load_telling(arguments, config_print_complaint, report, out);
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
