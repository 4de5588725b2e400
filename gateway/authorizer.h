/* authorizer.h - what a web server is told that asks before it serves something (application.md section 6): in
 * FastCGI's role of an Authorizer, or on a route with mode: authorize.
 * A web server may take silence for a yes, so each answer is a whole header block with a status, whatever fails. No
 * token is set, cleared or rotated by it.
 * Thread   the worker's. */
#ifndef SG_AUTHORIZER_H
#define SG_AUTHORIZER_H

#include "base/error.h"

struct request;

/* The route's rules are met: touch the session, then answer 200 with what is known of the visitor. */
void authorizer_allow(struct request *r);
/* What the head of a refusal says beside its status: on a 401 where to log in. SG_ENOMEM. */
SG_MUST_CHECK int authorizer_refuse(struct request *r);

#endif
