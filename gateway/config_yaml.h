/* config_yaml.h - from files to one tree: YAML, include, environment.
 * Only config_yaml.c knows libyaml. Its events are read, not its documents: depth and size can be
 * bounded while they grow, and two settings of one name are still two.
 * Owner    the tree lies in the arena. Thread: the loader's. */
#ifndef SG_CONFIG_YAML_H
#define SG_CONFIG_YAML_H

#include "gateway/config_report.h"

enum {
	YAML_FILE_BYTES = 1 << 20, /* one file */
	YAML_NODES = 20000,        /* values in all files together */
	YAML_DEPTH = 32,           /* maps and lists within each other */
	YAML_FILES = 1000,
	YAML_INCLUDES = 8, /* files that include each other */
};

/* The merged tree of path and of all that it includes; always a map, and partial when an included file
 * could not be read or is no YAML. NULL when there is no memory, or that holds for path itself. All
 * faults, also lesser ones (a setting given twice), are in the report. */
struct node *yaml_read(struct arena *arena, const char *path, struct report *report);

#endif
