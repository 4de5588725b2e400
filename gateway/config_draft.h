/* config_draft.h - a configuration as the table of options has it: realms beside the one that they start from, and routes with
 * names in the place of what these name. It is what a file is read into, and what settings are compared and shown by.
 * Borrow   of a configuration: as long as that.
 * Thread   any. */
#ifndef SG_CONFIG_DRAFT_H
#define SG_CONFIG_DRAFT_H

#include "gateway/config.h"

struct route_draft {
	struct config_route route;
	const char *application, *realm;
};

struct config_draft {
	struct config config; /* first: offsets into it are offsets into the draft */
	struct config_realm standard;
	struct config_realm *realms;
	size_t realm_count;
	struct route_draft *routes;
	size_t route_count;
};

/* That of a configuration which was loaded, with all that was derived; routes come from the arena, the rest is config's.
 * SG_ENOMEM. */
SG_MUST_CHECK int config_draft_of(const struct config *config, struct arena *arena,
				  struct config_draft *out);
/* What a reload cannot change becomes that of the other one, borrowed from it. */
void config_draft_keep(struct config_draft *draft, const struct config *started);

#endif
