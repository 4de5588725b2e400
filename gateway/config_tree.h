/* config_tree.h - the configuration as it was written: texts, lists and maps, each with the place
 * that it stands in. What the texts mean is config_read.c's business.
 * Owner    the arena that the nodes were made in; links go both ways, nothing is freed singly.
 * Thread   the loader's. */
#ifndef SG_CONFIG_TREE_H
#define SG_CONFIG_TREE_H

#include "base/arena.h"
#include "base/buffer.h"

struct position {
	const char *file;
	unsigned order;        /* of the file among those that were read */
	unsigned line, column; /* from 1; line 0: the place is no line of a file */
};

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	struct position at;
	struct slice text; /* of a text; ends with a NUL */
	bool plain;        /* a text without quotes */
	bool partial; /* a root: some file of it could not be read, so what is missing may be there */
	bool broken; /* has been reported: to be taken as set, and left alone */

	struct node *parent; /* NULL: the root */
	struct slice key;    /* in a map */
	struct position key_at;
	size_t index; /* in a list */

	struct node *first, *last, *next; /* children, and the next one of the parent's */
};

/* NULL: no memory. */
struct node *node_new(struct arena *arena, enum node_kind kind, struct position at);
struct node *node_new_text(struct arena *arena, struct slice text, struct position at);
/* Append child, which has no parent. */
void node_add(struct node *list, struct node *child);
/* Likewise under a key, which is borrowed for as long as the tree lasts. */
void node_put(struct node *map, struct slice key, struct position key_at, struct node *child);
/* Take child out of its parent. */
void node_remove(struct node *child);

/* The child under key; NULL when there is none, or map is no map, or NULL. */
struct node *node_get(const struct node *map, struct slice key);

/* Written, but with nothing behind the colon. */
bool node_empty(const struct node *node);

/* One value may stand for a list of one: the items are the children of a list, else the node
 * itself, and none of an empty node. */
const struct node *node_first_item(const struct node *node);
const struct node *node_next_item(const struct node *of, const struct node *item);

/* Append "routes[2].session"; nothing for the root. */
SG_MUST_CHECK int node_print_path(struct buffer *out, const struct node *node);
/* Append text, control bytes and what is no UTF-8 escaped, so that no message can be forged. */
SG_MUST_CHECK int node_print_text(struct buffer *out, struct slice text);

#endif
