/* config_view.h - a configuration as JSON, of the structure of its YAML file: what was not written has its default, what there
 * is none of is null. Read again as a file, without what is null, it is the same configuration but for its secrets, which are
 * "***" (option_secret in config_table.h).
 * Thread   any. */
#ifndef SG_CONFIG_VIEW_H
#define SG_CONFIG_VIEW_H

#include "gateway/config_draft.h"

/* Append it, and a line's end. SG_ENOMEM. */
SG_MUST_CHECK int config_view(const struct config_draft *draft, struct buffer *out);

#endif
