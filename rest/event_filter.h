/* event_filter.h - which events somebody asks for: of these types, of one realm, user and application.
 * Borrow   the call's arena.
 * Thread   the admin API's. */
#ifndef SG_EVENT_FILTER_H
#define SG_EVENT_FILTER_H

#include "rest/call.h"
#include "rest/news.h"

struct event_filter {
	unsigned types;                        /* bits by enum event_type */
	struct slice realm, user, application; /* ptr NULL: any */
};

/* types, realm, user and application of the URL. False: refused, since one is wrong, or because the caller sees less than
 * that. */
bool event_filter_read(struct event_filter *f, struct call *c);
/* May somebody with this grant ask for it? */
bool event_filter_is_within(const struct event_filter *f, const struct grant *g);
/* What a reader has missed is told to everybody. */
bool event_filter_matches(const struct event_filter *f, const struct news_item *item);

/* Types by name, one by one. False: there is none of that name. */
bool event_filter_add_type(unsigned *types, struct slice name);

#endif
