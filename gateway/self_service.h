/* self_service.h - a visitor's own sessions, under the path that the route option of this name says (application.md
 * section 7): answered here, as JSON; no application is contacted. The route's rules of who may pass are the
 * application's and do not count here: everybody may see and end what is his own, and nothing else.
 *
 *	GET me                 LOAD
 *	GET list               LOAD, for the session and then for all of the user's
 *	DELETE list/{id}       LOAD, for the session, then for the other, to see whose it is, and for its end
 *	POST revoke-others     LOAD -> SAVE, as an application's X-Session-Logout: others
 *	POST logout            LOAD -> SAVE, as an application's X-Session-Logout: self
 *
 * and then RESPOND. A new secret that arrives with any of them is written down in SAVE.
 *
 * Owner    the request, in whose arena it is.
 * Thread   the worker's. */
#ifndef SG_SELF_SERVICE_H
#define SG_SELF_SERVICE_H

#include <stdbool.h>

struct request;

/* Is it this that the request asks for? */
bool self_service_asked(const struct request *r);
/* The session is looked up: answer, now or when the store has spoken. Nothing that is asked for extends it. */
void self_service_begin(struct request *r);
/* Nothing more of it will come. */
void self_service_stop(struct request *r);

#endif
