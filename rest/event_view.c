/* event_view.c - see event_view.h. */
#include "rest/event_view.h"

bool event_view_add(cJSON *object, const struct news_item *item, const char *node)
{
	return object != NULL && json_add_text(object, "id", item->id) &&
	       json_add_text(object, "type", slice_from(event_type_text(item->type))) &&
	       json_add_time(object, "at", item->at_ms) &&
	       json_add_text(object, "node", item->node.len > 0 ? item->node : slice_from(node)) &&
	       json_add_text(object, "session", item->session) &&
	       json_add_text(object, "realm", item->realm) &&
	       json_add_text(object, "user", item->user) &&
	       json_add_text(object, "application", item->application) &&
	       json_add_text(object, "actor", item->actor) &&
	       json_add_text(object, "cause", slice_from(event_cause_text(item->cause))) &&
	       json_add_text(object, "reason", item->reason);
}

int event_view_write(const struct news_item *item, const char *node, struct buffer *out)
{
	cJSON *object = cJSON_CreateObject();
	int rc = json_write(object, event_view_add(object, item, node), out);

	if (rc == 0)
		buffer_truncate(out, buffer_len(out) - 1);
	return rc;
}
