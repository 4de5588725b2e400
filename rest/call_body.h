/* call_body.h - a call's body: as it comes, and as the document that its endpoint wants.
 * Thread   the admin API's. */
#ifndef SG_CALL_BODY_H
#define SG_CALL_BODY_H

#include "rest/call.h"

/* A piece of it. What nobody wants, or is too large, is thrown away. */
void call_take(struct call *c, struct slice bytes);
/* It is whole: document is set where the endpoint wants one, or the call is refused. */
void call_read_body(struct call *c);

#endif
