/* config_yaml.c - reading YAML files, and those that they include, into one tree. */
#include "gateway/config_yaml.h"

#include "gateway/config_environment.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

/* One of the files that are being read, and the one that includes it. */
struct yaml_file {
	const char *path;
	unsigned order;
	dev_t device;
	ino_t inode;
	unsigned depth;
	const struct yaml_file *includer;
	yaml_parser_t parser;
};

struct yaml_loader {
	struct arena *arena;
	struct report *report;
	unsigned files;
	unsigned nodes;
	bool unreadable;
};

/* Where a node is to be hung; parent NULL: it is the root. */
struct yaml_place {
	struct node *parent;
	struct slice key;
	struct position key_at;
};

static struct position yaml_position(const struct yaml_file *file, yaml_mark_t mark)
{
	return (struct position){ file->path, file->order, (unsigned)mark.line + 1,
				  (unsigned)mark.column + 1 };
}

/* libyaml's reader gives a byte, everything behind it a mark. */
static struct position yaml_offset_position(const struct yaml_file *file, struct slice bytes,
					    size_t offset)
{
	struct position at = { file->path, file->order, 1, 1 };

	for (size_t i = 0; i < offset && i < bytes.len; i++) {
		at.column++;
		if (bytes.ptr[i] == '\n') {
			at.line++;
			at.column = 1;
		}
	}
	return at;
}

static void yaml_give_up(struct yaml_loader *l, struct position at, const char *reason)
{
	report_place(l->report, at, "%s", reason);
	l->unreadable = true;
}

static void yaml_report_problem(struct yaml_loader *l, struct yaml_file *file, struct slice bytes)
{
	const yaml_parser_t *p = &file->parser;

	l->unreadable = true;
	if (p->error == YAML_MEMORY_ERROR)
		l->report->no_memory = true;
	else if (p->error == YAML_READER_ERROR)
		report_place(l->report, yaml_offset_position(file, bytes, p->problem_offset),
			     "not YAML: %s", p->problem);
	else
		report_place(l->report, yaml_position(file, p->problem_mark), "not YAML: %s%s%s",
			     p->context != NULL ? p->context : "", p->context != NULL ? ", " : "",
			     p->problem);
}

/* ---- events to nodes ---- */

/* One file's events. */
struct yaml_stream {
	struct yaml_loader *loader;
	struct yaml_file *file;
	struct slice bytes;
};

static bool yaml_next(struct yaml_stream *s, yaml_event_t *event)
{
	if (yaml_parser_parse(&s->file->parser, event) != 0)
		return true;
	yaml_report_problem(s->loader, s->file, s->bytes);
	return false;
}

/* A setting given twice is reported and read to its end, but the first one stays. */
static void yaml_hang(struct yaml_loader *l, const struct yaml_place *place, struct node *node)
{
	const struct node *twin;

	if (place->parent == NULL)
		return;
	if (place->parent->kind == NODE_LIST) {
		node_add(place->parent, node);
		return;
	}
	twin = node_get(place->parent, place->key);
	if (twin == NULL) {
		node_put(place->parent, place->key, place->key_at, node);
		return;
	}
	node->parent = place->parent;
	node->key = place->key;
	node->key_at = place->key_at;
	report_key(l->report, node, "duplicate setting; the first is at %s:%u:%u",
		   twin->key_at.file, twin->key_at.line, twin->key_at.column);
}

static struct node *yaml_make(struct yaml_stream *s, const struct yaml_place *place,
			      enum node_kind kind, const yaml_event_t *event, struct slice text)
{
	struct yaml_loader *l = s->loader;
	struct position at = yaml_position(s->file, event->start_mark);
	struct node *node;

	if (++l->nodes > YAML_NODES) {
		yaml_give_up(l, at, "the configuration has too many values");
		return NULL;
	}
	node = kind == NODE_TEXT ? node_new_text(l->arena, text, at) : node_new(l->arena, kind, at);
	if (node == NULL) {
		l->report->no_memory = true;
		return NULL;
	}
	yaml_hang(l, place, node);
	return node;
}

static struct node *yaml_build(struct yaml_stream *s, const struct yaml_place *place,
			       const yaml_event_t *event, unsigned depth);

static struct node *yaml_build_text(struct yaml_stream *s, const struct yaml_place *place,
				    const yaml_event_t *event)
{
	struct slice text =
		slice_of((const char *)event->data.scalar.value, event->data.scalar.length);
	struct node *node = yaml_make(s, place, NODE_TEXT, event, text);

	if (node == NULL)
		return NULL;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (memchr(text.ptr, '\0', text.len) != NULL) {
		report_value(s->loader->report, node, "a NUL byte in a text");
		node->broken = true;
	}
	return node;
}

static struct node *yaml_build_alias(struct yaml_stream *s, const struct yaml_place *place,
				     const yaml_event_t *event)
{
	struct node *node = yaml_make(s, place, NODE_TEXT, event, SLICE(""));

	if (node != NULL) {
		report_value(s->loader->report, node,
			     "aliases (*name) are not supported: write the value out");
		node->broken = true;
	}
	return node;
}

static bool yaml_fill_list(struct yaml_stream *s, struct node *list, unsigned depth)
{
	const struct yaml_place place = { .parent = list };
	bool ok = true, end = false;

	while (ok && !end) {
		yaml_event_t event;

		if (!yaml_next(s, &event))
			return false;
		end = event.type == YAML_SEQUENCE_END_EVENT;
		ok = end || yaml_build(s, &place, &event, depth) != NULL;
		yaml_event_delete(&event);
	}
	return ok;
}

/* The name of a setting, copied; NULL has been reported. */
static const char *yaml_read_key(struct yaml_stream *s, const yaml_event_t *event,
				 struct yaml_place *place)
{
	place->key_at = yaml_position(s->file, event->start_mark);
	if (event->type != YAML_SCALAR_EVENT) {
		yaml_give_up(s->loader, place->key_at,
			     "the name of a setting must be a plain text");
		return NULL;
	}
	place->key = arena_copy(s->loader->arena, slice_of((const char *)event->data.scalar.value,
							   event->data.scalar.length));
	if (place->key.ptr == NULL)
		s->loader->report->no_memory = true;
	return place->key.ptr;
}

static bool yaml_fill_map(struct yaml_stream *s, struct node *map, unsigned depth)
{
	struct yaml_place place = { .parent = map };
	bool ok = true, end = false;

	while (ok && !end) {
		yaml_event_t event;

		if (!yaml_next(s, &event))
			return false;
		end = event.type == YAML_MAPPING_END_EVENT;
		ok = end || yaml_read_key(s, &event, &place) != NULL;
		yaml_event_delete(&event);
		if (!ok || end)
			break;
		if (!yaml_next(s, &event))
			return false;
		ok = yaml_build(s, &place, &event, depth) != NULL;
		yaml_event_delete(&event);
	}
	return ok;
}

static struct node *yaml_build(struct yaml_stream *s, const struct yaml_place *place,
			       const yaml_event_t *event, unsigned depth)
{
	struct node *node;

	if (event->type == YAML_SCALAR_EVENT)
		return yaml_build_text(s, place, event);
	if (event->type == YAML_ALIAS_EVENT)
		return yaml_build_alias(s, place, event);
	if (depth == YAML_DEPTH) {
		yaml_give_up(s->loader, yaml_position(s->file, event->start_mark),
			     "too many lists and maps within each other");
		return NULL;
	}
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		node = yaml_make(s, place, NODE_LIST, event, SLICE(""));
		return node != NULL && yaml_fill_list(s, node, depth + 1) ? node : NULL;
	}
	node = yaml_make(s, place, NODE_MAP, event, SLICE(""));
	return node != NULL && yaml_fill_map(s, node, depth + 1) ? node : NULL;
}

/* The root of the one document; an empty file is an empty map. */
static struct node *yaml_take_root(struct yaml_stream *s, struct node *root)
{
	const struct position start = { s->file->path, s->file->order, 1, 1 };

	if (root == NULL || node_empty(root)) {
		root = node_new(s->loader->arena, NODE_MAP, start);
		if (root == NULL)
			s->loader->report->no_memory = true;
	} else if (root->kind != NODE_MAP) {
		yaml_give_up(s->loader, root->at,
			     "expected settings, each a name and a value: "
			     "\"listen: 127.0.0.1:9100\"");
		return NULL;
	}
	return root;
}

static struct node *yaml_read_stream(struct yaml_stream *s)
{
	const struct yaml_place place = { 0 };
	struct node *root = NULL;
	unsigned documents = 0;
	yaml_event_type_t type = YAML_NO_EVENT;

	while (type != YAML_STREAM_END_EVENT) {
		yaml_event_t event;
		bool ok = true;

		if (!yaml_next(s, &event))
			return NULL;
		type = event.type;
		if (type == YAML_DOCUMENT_START_EVENT && ++documents > 1) {
			yaml_give_up(s->loader, yaml_position(s->file, event.start_mark),
				     "a second document: a configuration is one");
			ok = false;
		} else if (type == YAML_SCALAR_EVENT || type == YAML_ALIAS_EVENT ||
			   type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT) {
			root = yaml_build(s, &place, &event, 0);
			ok = root != NULL;
		}
		yaml_event_delete(&event);
		if (!ok)
			return NULL;
	}
	return yaml_take_root(s, root);
}

static struct node *yaml_read_bytes(struct yaml_loader *l, struct yaml_file *file,
				    struct slice bytes)
{
	struct yaml_stream stream = { l, file, bytes };
	const char *nul = bytes.len > 0 ? memchr(bytes.ptr, '\0', bytes.len) : NULL;
	struct node *root;

	if (nul != NULL) {
		yaml_give_up(l, yaml_offset_position(file, bytes, (size_t)(nul - bytes.ptr)),
			     "not YAML: a NUL byte");
		return NULL;
	}
	if (yaml_parser_initialize(&file->parser) == 0) {
		l->report->no_memory = true;
		return NULL;
	}
	yaml_parser_set_encoding(&file->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&file->parser, (const unsigned char *)bytes.ptr, bytes.len);
	root = yaml_read_stream(&stream);
	yaml_parser_delete(&file->parser);
	return root;
}

/* ---- merging ---- */

static bool yaml_appends(const struct node *a, const struct node *b)
{
	return a->kind != NODE_MAP && b->kind != NODE_MAP &&
	       (a->kind == NODE_LIST || b->kind == NODE_LIST);
}

/* A value that stands for a list of one becomes that list. */
static void yaml_widen(struct yaml_loader *l, struct node *node)
{
	struct node *item;

	if (node->kind == NODE_LIST)
		return;
	item = node_new(l->arena, NODE_TEXT, node->at);
	if (item == NULL) {
		l->report->no_memory = true;
		return;
	}
	*item = (struct node){
		.at = node->at, .text = node->text, .plain = node->plain, .broken = node->broken
	};
	node->kind = NODE_LIST;
	if (!node_empty(item))
		node_add(node, item);
}

static void yaml_append(struct yaml_loader *l, struct node *into, struct node *from)
{
	yaml_widen(l, into);
	yaml_widen(l, from);
	if (l->report->no_memory)
		return;
	for (struct node *item = from->first, *next; item != NULL; item = next) {
		next = item->next;
		node_add(into, item);
	}
}

/* Move what from holds into into: maps merge, lists append, anything else may be set once. */
static void yaml_merge(struct yaml_loader *l, struct node *into, struct node *from)
{
	for (struct node *child = from->first, *next; child != NULL; child = next) {
		struct node *twin = node_get(into, child->key);
		const struct yaml_place place = { into, child->key, child->key_at };

		next = child->next;
		if (twin != NULL && twin->kind == NODE_MAP && child->kind == NODE_MAP)
			yaml_merge(l, twin, child);
		else if (twin != NULL && yaml_appends(twin, child))
			yaml_append(l, twin, child);
		else
			yaml_hang(l, &place, child);
	}
}

/* ---- files ---- */

static struct node *yaml_read_file(struct yaml_loader *l, const char *path,
				   const struct yaml_file *includer, const struct node *asked);

/* Why a file cannot be had: at the place that asked for it, or, for the first one, by its name. */
static void yaml_refuse_file(struct yaml_loader *l, const char *path, const struct node *asked,
			     const char *reason)
{
	l->unreadable = true;
	if (asked != NULL)
		report_value(l->report, asked, "%s: %s", path, reason);
	else
		report_place(l->report, (struct position){ .file = path }, "%s", reason);
}

static const char *yaml_join(struct yaml_loader *l, const char *file, struct slice name)
{
	const char *slash = strrchr(file, '/');
	size_t folder = slash != NULL ? (size_t)(slash - file) + 1 : 0;
	char *path;

	if (slice_starts(name, SLICE("/")))
		folder = 0;
	path = arena_alloc(l->arena, folder + name.len + 1);
	if (path == NULL) {
		l->report->no_memory = true;
		return NULL;
	}
	memcpy(path, file, folder);
	memcpy(path + folder, name.ptr, name.len);
	return path;
}

static void yaml_include_file(struct yaml_loader *l, const struct yaml_file *file,
			      const struct node *asked, const char *path, struct node *root)
{
	struct node *included = yaml_read_file(l, path, file, asked);

	if (included != NULL)
		yaml_merge(l, root, included);
}

static void yaml_include_glob(struct yaml_loader *l, const struct yaml_file *file,
			      const struct node *asked, const char *pattern, struct node *root)
{
	glob_t found = { 0 };
	int rc = glob(pattern, 0, NULL, &found);

	if (rc == GLOB_NOSPACE)
		l->report->no_memory = true;
	else if (rc == GLOB_ABORTED)
		yaml_refuse_file(l, pattern, asked, "cannot be read");
	for (size_t i = 0; i < found.gl_pathc && !l->report->no_memory; i++) {
		const char *path = arena_text(l->arena, slice_from(found.gl_pathv[i]));

		if (path != NULL)
			yaml_include_file(l, file, asked, path, root);
		else
			l->report->no_memory = true;
	}
	globfree(&found);
}

static void yaml_include_item(struct yaml_loader *l, const struct yaml_file *file,
			      const struct node *item, struct node *root)
{
	const char *path;

	if (item->broken)
		return;
	if (item->kind != NODE_TEXT || item->text.len == 0) {
		report_value(l->report, item, "expected the path of a file, or a glob");
		return;
	}
	path = yaml_join(l, file->path, item->text);
	if (path == NULL)
		return;
	if (strpbrk(path, "*?[") != NULL)
		yaml_include_glob(l, file, item, path, root);
	else
		yaml_include_file(l, file, item, path, root);
}

static void yaml_include(struct yaml_loader *l, const struct yaml_file *file, struct node *root)
{
	struct node *include = node_get(root, SLICE("include"));

	if (include == NULL)
		return;
	environment_expand(l->arena, include, l->report);
	for (const struct node *item = node_first_item(include); item != NULL;
	     item = node_next_item(include, item))
		yaml_include_item(l, file, item, root);
	node_remove(include);
}

static bool yaml_includes_itself(const struct yaml_file *file)
{
	for (const struct yaml_file *f = file->includer; f != NULL; f = f->includer)
		if (f->device == file->device && f->inode == file->inode)
			return true;
	return false;
}

/* NULL, or why the open file is none that can be read. */
static const char *yaml_look_at(struct yaml_loader *l, struct yaml_file *file, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return "is a directory";
	file->device = st.st_dev;
	file->inode = st.st_ino;
	if (yaml_includes_itself(file))
		return "includes itself";
	if (file->depth > YAML_INCLUDES)
		return "too many files that include each other";
	return ++l->files > YAML_FILES ? "too many files" : NULL;
}

/* NULL, or why it failed. One byte more than allowed is read, to see that there are more. */
static const char *yaml_slurp(struct buffer *bytes, int fd)
{
	while (buffer_len(bytes) <= YAML_FILE_BYTES) {
		char *room;
		ssize_t n;

		if (buffer_reserve(bytes, 65536, &room) != 0)
			return error_text(SG_ENOMEM);
		n = read(fd, room, 65536);
		if (n == 0)
			return NULL;
		if (n > 0)
			buffer_commit(bytes, (size_t)n);
		else if (errno != EINTR)
			return strerror(errno);
	}
	return "is larger than 1 MiB";
}

static const char *yaml_open(struct yaml_loader *l, struct yaml_file *file, struct buffer *bytes)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const char *reason;

	if (fd < 0)
		return strerror(errno);
	reason = yaml_look_at(l, file, fd);
	if (reason == NULL)
		reason = yaml_slurp(bytes, fd);
	close(fd);
	return reason;
}

static struct node *yaml_read_file(struct yaml_loader *l, const char *path,
				   const struct yaml_file *includer, const struct node *asked)
{
	struct yaml_file file = { .path = path,
				  .order = l->files,
				  .includer = includer,
				  .depth = includer != NULL ? includer->depth + 1 : 0 };
	struct buffer bytes = { 0 };
	const char *reason = yaml_open(l, &file, &bytes);
	struct node *root = NULL;

	if (reason != NULL)
		yaml_refuse_file(l, path, asked, reason);
	else
		root = yaml_read_bytes(l, &file, buffer_content(&bytes));
	if (root != NULL)
		yaml_include(l, &file, root);
	buffer_wipe(&bytes);
	return root;
}

struct node *yaml_read(struct arena *arena, const char *path, struct report *report)
{
	struct yaml_loader loader = { .arena = arena, .report = report };
	const char *name = arena_text(arena, slice_from(path));
	struct node *root;

	if (name == NULL) {
		report->no_memory = true;
		return NULL;
	}
	root = yaml_read_file(&loader, name, NULL, NULL);
	if (root != NULL)
		root->partial = loader.unreadable;
	return report->no_memory ? NULL : root;
}
