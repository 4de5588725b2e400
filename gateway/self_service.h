/* self_service.h - a visitor's own sessions, under the path that the route option of this name says (application.md
 * section 7): answered here, as JSON; no application is contacted. The route's rules of who may pass are the
 * application's and do not count here: everybody may see and end what is his own, and nothing else.
 *
 *	GET me                 LOAD -> RESPOND
 *	GET list               LOAD, for the session and again for all of the user's -> RESPOND
 *	DELETE list/{id}       LOAD, for the record and again to see whose it is -> SAVE, its end -> RESPOND
 *	POST revoke-others     LOAD -> SAVE, their ends -> RESPOND
 *	POST logout            LOAD -> SAVE, as an application's X-Session-Logout -> RESPOND
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
/* Is there anything that it has asked the store for? */
bool self_service_waits(const struct request *r);
/* Nothing more of it will come. */
void self_service_stop(struct request *r);

#endif
