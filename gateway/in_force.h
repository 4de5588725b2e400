/* in_force.h - the configuration by which the process goes: the newest one, with what only a restart changes as it was before.
 * Owner    who made it; any thread may hold and free it.
 * Thread   any: nothing in it changes. */
#ifndef SG_IN_FORCE_H
#define SG_IN_FORCE_H

#include "gateway/config.h"
#include "rest/admin.h"

struct in_force;

/* sockets: the one that says where the session API listens; NULL: it listens nowhere yet. A reference of each is taken.
 * SG_ENOMEM. */
SG_MUST_CHECK int in_force_new(const struct config *newest, const struct config *started,
			       const struct config *sockets, struct in_force **out);
/* The same for the admin API, which lets go of it on its own thread. generation: the newest one's number. */
SG_MUST_CHECK int in_force_terms(const struct config *newest, const struct config *started,
				 const struct config *sockets, unsigned long generation,
				 struct admin_terms *out);
void in_force_free(struct in_force **f); /* *f may be NULL, becomes NULL */

/* The newest one alone, borrowed. */
const struct config *in_force_newest(const struct in_force *f);
/* Append it as JSON, without its secrets (config_view.h). SG_ENOMEM. */
SG_MUST_CHECK int in_force_print(const struct in_force *f, struct buffer *json);
/* What next would change of it, and at once; what of next takes effect at a restart alone (config_difference.h). SG_ENOMEM. */
SG_MUST_CHECK int in_force_difference(const struct in_force *f, const struct config *next,
				      struct buffer *changed, struct buffer *restart);

#endif
