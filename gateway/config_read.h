/* config_read.h - from the tree of texts to the values that the table of options describes.
 * Owner    all values lie in the arena, copied: the tree may go.
 * Thread   the loader's. */
#ifndef SG_CONFIG_READ_H
#define SG_CONFIG_READ_H

#include "gateway/config_report.h"
#include "gateway/config_table.h"

/* Fill draft, zeroed before, from the tree's root; what is wrong goes to the report, and the
 * setting then stays at its default or zero. */
void config_read(struct arena *arena, const struct node *root, struct config_draft *draft,
		 struct report *report);

#endif
