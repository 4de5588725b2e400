/* config_tree.c - building and walking the tree of a configuration. */
#include "gateway/config_tree.h"

struct node *node_new(struct arena *arena, enum node_kind kind, struct position at)
{
	struct node *node = arena_alloc(arena, sizeof(*node));

	if (node != NULL) {
		node->kind = kind;
		node->at = at;
	}
	return node;
}

struct node *node_new_text(struct arena *arena, struct slice text, struct position at)
{
	struct node *node = node_new(arena, NODE_TEXT, at);

	if (node == NULL)
		return NULL;
	node->text = arena_copy(arena, text);
	return node->text.ptr != NULL ? node : NULL;
}

void node_add(struct node *list, struct node *child)
{
	child->parent = list;
	child->next = NULL;
	child->index = list->last != NULL ? list->last->index + 1 : 0;
	if (list->last != NULL)
		list->last->next = child;
	else
		list->first = child;
	list->last = child;
}

void node_put(struct node *map, struct slice key, struct position key_at, struct node *child)
{
	child->key = key;
	child->key_at = key_at;
	node_add(map, child);
}

void node_remove(struct node *child)
{
	struct node *parent = child->parent, *before = NULL;

	for (struct node *n = parent->first; n != child; n = n->next)
		before = n;
	if (before != NULL)
		before->next = child->next;
	else
		parent->first = child->next;
	if (parent->last == child)
		parent->last = before;
	child->parent = child->next = NULL;
}

struct node *node_get(const struct node *map, struct slice key)
{
	if (map == NULL || map->kind != NODE_MAP)
		return NULL;
	for (struct node *n = map->first; n != NULL; n = n->next)
		if (slice_equal(n->key, key))
			return n;
	return NULL;
}

bool node_empty(const struct node *node)
{
	return node->kind == NODE_TEXT && node->plain && node->text.len == 0;
}

const struct node *node_first_item(const struct node *node)
{
	if (node->kind == NODE_LIST)
		return node->first;
	return node_empty(node) ? NULL : node;
}

const struct node *node_next_item(const struct node *of, const struct node *item)
{
	return item != of ? item->next : NULL;
}

static bool node_printable(struct slice text)
{
	return !slice_has_control(text) && slice_is_utf8(text);
}

int node_print_text(struct buffer *out, struct slice text)
{
	int rc = 0;

	if (node_printable(text))
		return buffer_append_slice(out, text);
	for (size_t i = 0; i < text.len && rc == 0; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		rc = c < 0x20 || c >= 0x7f ? buffer_printf(out, "\\x%02x", c)
					   : buffer_append(out, &c, 1);
	}
	return rc;
}

int node_print_path(struct buffer *out, const struct node *node)
{
	int rc;

	if (node->parent == NULL)
		return 0;
	if ((rc = node_print_path(out, node->parent)) != 0)
		return rc;
	if (node->parent->kind == NODE_LIST)
		return buffer_printf(out, "[%zu]", node->index);
	if (node->parent->parent != NULL && (rc = buffer_append(out, ".", 1)) != 0)
		return rc;
	return node_print_text(out, node->key);
}
