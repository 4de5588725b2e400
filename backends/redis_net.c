/* redis_net.c - see redis_net.h. */
#include "backends/redis_net.h"

#include <stdlib.h>

struct redis_net {
	struct redis_link *link;
};

int redis_net_open(struct event_base *loop, const struct redis_net_settings *settings,
		   struct redis_net **out)
{
	const struct redis_link_settings link = {
		.endpoint = settings->url->endpoints[0],
		.credentials = &settings->url->credentials,
		.database = settings->url->database,
		.timeout_ms = settings->timeout_ms,
	};
	struct redis_net *net = calloc(1, sizeof(*net));
	int rc;

	if (net == NULL)
		return SG_ENOMEM;
	if ((rc = redis_link_open(loop, &link, &net->link)) != 0) {
		free(net);
		return rc;
	}
	*out = net;
	return 0;
}

void redis_net_close(struct redis_net **net)
{
	struct redis_net *n = *net;

	*net = NULL;
	if (n == NULL)
		return;
	redis_link_close(&n->link);
	free(n);
}

void redis_net_send(struct redis_net *net, struct redis_call *call)
{
	redis_link_send(net->link, call);
}

bool redis_net_spans(const struct redis_net *net)
{
	(void)net;
	return true;
}
