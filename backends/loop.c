/* loop.c - see loop.h. */
#include "backends/loop.h"

#include <event2/event.h>

struct event_base *loop_new(void)
{
	struct event_config *settings = event_config_new();
	struct event_base *loop = NULL;

	if (settings == NULL)
		return NULL;
	event_config_set_flag(settings, EVENT_BASE_FLAG_NOLOCK);
	loop = event_base_new_with_config(settings);
	event_config_free(settings);
	return loop;
}
