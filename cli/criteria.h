/* criteria.h - which sessions a command is about: --user, --realm, --state, --idle-gt, --ip, and --filter name=value with the
 * API's own names, all of which must hold.
 * Owner    the struct is the caller's; criteria_fini().
 * Thread   the main one. */
#ifndef SG_CRITERIA_H
#define SG_CRITERIA_H

#include "cli/arguments.h"
#include "cli/outcome.h"

#include "base/buffer.h"

#include <cjson/cJSON.h>

struct criteria {
	cJSON *each; /* an object, as the API's bodies have it */
};

/* Not OUTCOME_OK: said on stderr; nothing is to be given back. */
enum outcome criteria_read(struct criteria *c, const struct arguments *a);
void criteria_fini(struct criteria *c);
/* Append them to a target as parameters. */
void criteria_put(const struct criteria *c, struct buffer *target);

#endif
