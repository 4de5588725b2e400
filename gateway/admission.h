/* admission.h - may this request go on, and with what? Its params made safe, its route found, its
 * tokens taken out; later, with the session at hand, the route's rules (application.md section 5).
 * Each returns true to go on; false: *refusal says what to answer, logged already. Thread: the
 * worker's. */
#ifndef SG_ADMISSION_H
#define SG_ADMISSION_H

#include "gateway/answer.h"

struct request;

/* For params that were refused, or never ended: the request id and the taste that the answer goes
 * by, as far as the pairs can be read. */
void admission_glance(struct request *r);
/* At the end of PARAMS. */
bool admission_enter(struct request *r, enum problem *refusal);
/* The body that CONTENT_LENGTH announces; prepares r->body. Of what an authorizer decides there is none: the length
 * is that of what it is asked about, and bytes that come are read away. */
bool admission_body(struct request *r, enum problem *refusal);
/* After the lookup, whoever answers: limits.unknown_tokens. */
bool admission_tokens(struct request *r, enum problem *refusal);
/* After the lookup: require, max_login_age, allow_users, csrf. */
bool admission_session(struct request *r, enum problem *refusal);
/* The route's login_url with the path and query that were asked for in next, where that makes sense and is no
 * longer than max_bytes. Borrowed, or in the arena; ptr NULL: no memory. */
struct slice admission_login_url(struct request *r, size_t max_bytes);
/* Where a browser is sent instead of a 401; ptr NULL: nowhere, answer the problem. In the arena. */
struct slice admission_login_location(struct request *r);
/* What the application is told besides what the web server said. SG_ENOMEM. */
SG_MUST_CHECK int admission_expose(struct request *r);

#endif
