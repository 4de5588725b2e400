/* config_check.h - what no single setting can know: names that must exist, settings that
 * contradict each other, and what follows from them (the derived fields of config.h).
 * Thread   the loader's. */
#ifndef SG_CONFIG_CHECK_H
#define SG_CONFIG_CHECK_H

#include "gateway/config_report.h"
#include "gateway/config_table.h"

/* Resolve "auto" and names, derive, and judge. The draft's config is then whole, if the report has
 * no errors. root is the tree that the draft was read from. */
void config_check(struct config_draft *draft, const struct node *root, struct report *report);

#endif
