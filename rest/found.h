/* found.h - the one session that a path speaks of.
 * Thread   the admin API's. */
#ifndef SG_FOUND_H
#define SG_FOUND_H

#include "rest/call.h"

/* Is the call's subject an id? False: refused; what is none is nobody's session. */
bool found_is_asked_for(struct call *c);
/* What store_find() brought, if the caller may see it, borrowed from the result; NULL: refused. */
const struct session *found_session(struct call *c, const struct store_result *result);

#endif
