/* session_api.h - where applications read and change sessions while they work (application.md section 9): HTTP/1.1 on
 * the worker's own Unix socket.
 *
 *	GET /session     the session of the request that the ticket was made for
 *	PATCH /session   changes to it
 *	POST /observation   on a route with session: observe, what the adapter has seen (testimony.h)
 *
 * One request after the other on a connection; what comes before its answer waits in the socket.
 * Bounded  so many connections; for a new one beyond that the one goes that has been there longest without showing a
 *          good ticket, else the one that has been idle longest. A head, a body (what the ticket's realm lets directives
 *          take), a time for each.
 * Owner    the worker; connections own themselves, until they are closed.
 * Thread   the worker's. */
#ifndef SG_SESSION_API_H
#define SG_SESSION_API_H

#include "base/error.h"
#include "gateway/answer.h"

struct session_socket;
struct worker;

enum {
	SESSION_API_CONNECTIONS = 1024, /* of one worker */
	SESSION_API_IDLE_MS = 60000,    /* between two requests */
	SESSION_API_REQUEST_MS =
		30000, /* from a request's first byte to its last, and for an answer to be taken */
};

struct session_api;

/* SG_ENOMEM. */
SG_MUST_CHECK int session_api_open(struct worker *w, const struct session_socket *socket,
				   struct session_api **out);
/* Whoever shows no good ticket, logged as far as the log can bear that: every local user may be one, as often as he
 * likes. */
void session_api_refuse_stranger(struct session_api *api, enum problem problem);
/* All calls are over now, answered or not: whoever waits for one goes on. */
void session_api_end_calls(struct worker *w);
/* *api may be NULL, becomes NULL. */
void session_api_close(struct session_api **api);

#endif
