/* call_condition.h - the version of what a call is about: If-Match, If-None-Match, and the ETag that they go by.
 * Thread   the admin API's. */
#ifndef SG_CALL_CONDITION_H
#define SG_CALL_CONDITION_H

#include "rest/call.h"

/* Its head's If-Match, of something that has this version: true, or it was refused. */
bool call_matches(struct call *c, uint64_t version);
/* Its head's If-None-Match: true, and 304 was answered. */
bool call_unchanged(struct call *c, uint64_t version);
void call_add_etag(struct call *c, uint64_t version);

#endif
