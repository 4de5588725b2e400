/* event_view.h - an event as the API, streams and webhooks tell it. Thread: the admin API's. */
#ifndef SG_EVENT_VIEW_H
#define SG_EVENT_VIEW_H

#include "base/json.h"
#include "rest/news.h"

/* False: no memory. node: which one it is where the event does not say. */
bool event_view_add(cJSON *object, const struct news_item *item, const char *node);
/* Append its JSON, without a line's end. SG_ENOMEM. */
SG_MUST_CHECK int event_view_write(const struct news_item *item, const char *node,
				   struct buffer *out);

#endif
