/* config_report.h - what is wrong with a configuration: gathered in any order, printed by position.
 * Errors   want of memory is remembered in the report, so that the reader can go on to its end
 *          without a check behind every line; whoever prints the report hears of it.
 * Thread   the loader's. */
#ifndef SG_CONFIG_REPORT_H
#define SG_CONFIG_REPORT_H

#include "gateway/config.h"
#include "gateway/config_tree.h"

struct report_line;

struct report {
	struct report_line *lines;
	size_t count, room;
	size_t errors;
	bool no_memory;
};

/* About no setting: a file, or YAML itself. */
void report_place(struct report *r, struct position at, const char *format, ...) SG_PRINTF(3, 4);
/* About the value of a setting. */
void report_value(struct report *r, const struct node *node, const char *format, ...)
	SG_PRINTF(3, 4);
/* About its name. */
void report_key(struct report *r, const struct node *node, const char *format, ...) SG_PRINTF(3, 4);
/* About a setting that map should have. */
void report_missing(struct report *r, const struct node *map, const char *name, const char *format,
		    ...) SG_PRINTF(4, 5);
/* About the value of a setting that may stay as it is. */
void report_warning(struct report *r, const struct node *node, const char *format, ...)
	SG_PRINTF(3, 4);

/* All lines, sorted. 0, SG_ECONFIG when there were errors, SG_ENOMEM. */
SG_MUST_CHECK int report_tell(struct report *r, config_complain_fn *complain, void *ctx);
void report_fini(struct report *r);

#endif
