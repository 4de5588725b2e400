/* event_filter.c - see event_filter.h. */
#include "rest/event_filter.h"

#include "rest/call_answer.h"

enum { EVENT_FILTER_ALL = (1u << EVENT_TYPE_COUNT) - 1 };

bool event_filter_add_type(unsigned *types, struct slice name)
{
	enum event_type type;

	if (!event_type_read(name, &type))
		return false;
	*types |= 1u << type;
	return true;
}

static void filter_read_types(struct event_filter *f, struct call *c)
{
	struct slice list, name;
	bool more = true;

	f->types = EVENT_FILTER_ALL;
	if (!query_get(&c->query, "types", &list))
		return;
	f->types = 0;
	while (more) {
		more = slice_cut(&list, ',', &name);
		if (!event_filter_add_type(&f->types, name)) {
			call_complain(
				c, "types",
				"must be names of types, such as session.revoked, with commas "
				"between them");
			return;
		}
	}
}

static bool filter_is_one_of(struct slice text, const struct slice *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (text.ptr != NULL && slice_equal(text, names[i]))
			return true;
	return count == 0;
}

static struct slice filter_text(const struct call *c, const char *name)
{
	struct slice text;

	return query_get(&c->query, name, &text) ? text : (struct slice){ NULL, 0 };
}

bool event_filter_is_within(const struct event_filter *f, const struct grant *g)
{
	return filter_is_one_of(f->realm, g->realms, g->realm_count) &&
	       filter_is_one_of(f->user, g->users, g->user_count) &&
	       filter_is_one_of(f->application, g->applications, g->application_count);
}

bool event_filter_read(struct event_filter *f, struct call *c)
{
	filter_read_types(f, c);
	f->realm = filter_text(c, "realm");
	f->user = filter_text(c, "user");
	f->application = filter_text(c, "application");
	if (call_refuse_complaints(c))
		return false;
	if (event_filter_is_within(f, c->auth.grant))
		return true;
	call_refuse_limited(c);
	return false;
}

static bool filter_takes(struct slice wanted, struct slice text)
{
	return wanted.ptr == NULL || slice_equal(wanted, text);
}

bool event_filter_matches(const struct event_filter *f, const struct news_item *item)
{
	return item->type == EVENT_GAP ||
	       ((f->types & 1u << item->type) != 0 && filter_takes(f->realm, item->realm) &&
		filter_takes(f->user, item->user) &&
		filter_takes(f->application, item->application));
}
