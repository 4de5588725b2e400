/* redis_server.h - the connections to one server of Redis: one for all calls, and one for those that are answered when
 * replicas have confirmed them (WAIT holds up what comes behind it).
 * Owner, thread, calls: as with a link (redis_link.h). */
#ifndef SG_REDIS_SERVER_H
#define SG_REDIS_SERVER_H

#include "backends/redis_link.h"

struct redis_server;

/* settings are those of both links; with confirm_replicas 0 there is one, for all. SG_ENOMEM. */
SG_MUST_CHECK int redis_server_open(struct event_base *loop,
				    const struct redis_link_settings *settings,
				    struct redis_server **out);
/* *server may be NULL, becomes NULL. */
void redis_server_close(struct redis_server **server);

void redis_server_send(struct redis_server *server, struct redis_call *call);
bool redis_server_ready(const struct redis_server *server);

/* As redis_link_instance(), of the connection for all calls. */
uint64_t redis_server_instance(const struct redis_server *server);

/* Is it one of the server's? */
bool redis_server_has(const struct redis_server *server, const struct redis_link *link);

#endif
