/* config_environment.h - ${NAME} and ${NAME:-default} in the texts of a tree; $$ is a dollar.
 * Owner    new texts lie in the arena. Thread: one that nobody sets the environment beside. */
#ifndef SG_CONFIG_ENVIRONMENT_H
#define SG_CONFIG_ENVIRONMENT_H

#include "gateway/config_report.h"

/* Every text of the tree, names of settings excepted. */
void environment_expand(struct arena *arena, struct node *tree, struct report *report);

#endif
