/* redis_server.c - see redis_server.h. */
#include "backends/redis_server.h"

#include <stdlib.h>

struct redis_server {
	struct redis_link *all;
	struct redis_link *confirmed; /* NULL: nothing is */
};

int redis_server_open(struct event_base *loop, const struct redis_link_settings *settings,
		      struct redis_server **out)
{
	struct redis_server *s = calloc(1, sizeof(*s));
	struct redis_link_settings confirmed = *settings;
	int rc;

	if (s == NULL)
		return SG_ENOMEM;
	confirmed.quiet = true; /* one line is enough when both are lost */
	if ((rc = redis_link_open(loop, settings, &s->all)) == 0 && settings->confirm_replicas > 0)
		rc = redis_link_open(loop, &confirmed, &s->confirmed);
	if (rc != 0)
		redis_server_close(&s);
	else
		*out = s;
	return rc;
}

void redis_server_close(struct redis_server **server)
{
	struct redis_server *s = *server;

	*server = NULL;
	if (s == NULL)
		return;
	redis_link_close(&s->all);
	redis_link_close(&s->confirmed);
	free(s);
}

void redis_server_send(struct redis_server *server, struct redis_call *call)
{
	if (call->confirm && server->confirmed != NULL)
		redis_link_send(server->confirmed, call);
	else
		redis_link_send(server->all, call);
}

bool redis_server_ready(const struct redis_server *server)
{
	return redis_link_ready(server->all) &&
	       (server->confirmed == NULL || redis_link_ready(server->confirmed));
}

uint64_t redis_server_instance(const struct redis_server *server)
{
	return redis_link_instance(server->all);
}

bool redis_server_has(const struct redis_server *server, const struct redis_link *link)
{
	return server->all == link || server->confirmed == link;
}
