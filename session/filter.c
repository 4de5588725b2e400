/* filter.c - see filter.h. What is looked at first is what most filters ask for, and what lies next to the times that a
 * list is sorted by. */
#include "session/filter.h"

bool filter_names_hold(const struct filter_names *names, struct slice name)
{
	size_t i = 0;

	while (i < names->count && !slice_equal(names->names[i], name))
		i++;
	return names->count == 0 || i < names->count;
}

bool filter_span_holds(const struct filter_span *span, int64_t time_ms)
{
	return (span->from_ms == 0 || time_ms >= span->from_ms) &&
	       (span->until_ms == 0 || time_ms < span->until_ms);
}

static bool filter_state_holds(enum filter_state state, const struct session *s)
{
	return state == FILTER_ANY_STATE ||
	       session_authenticated(s) == (state == FILTER_AUTHENTICATED);
}

/* Where the next letter of that kind is, in whichever case; behind text's last byte: nowhere. */
static const char *filter_next(struct slice text, char letter)
{
	const char *end = text.ptr + text.len, *at = text.ptr;

	while (at < end && ((*at ^ letter) & ~0x20) != 0)
		at++;
	return at;
}

/* Somewhere in text? what is not empty. */
static bool filter_finds(struct slice text, struct slice what)
{
	while (text.len >= what.len) {
		const char *at = filter_next(text, what.ptr[0]);

		text = slice_after(text, (size_t)(at - text.ptr));
		if (slice_starts_nocase(text, what))
			return true;
		if (text.len > 0)
			text = slice_after(text, 1);
	}
	return false;
}

static bool filter_knows_device(const struct filter *f, const struct device *d)
{
	if (f->network != NULL && !network_any_holds(f->network, 1, d->first_ip) &&
	    !network_any_holds(f->network, 1, d->last_ip))
		return false;
	return f->user_agent.len == 0 || filter_finds(d->user_agent, f->user_agent);
}

bool filter_matches(const struct filter *f, const struct session *s)
{
	return filter_span_holds(&f->seen, s->seen_ms) &&
	       filter_span_holds(&f->created, s->created_ms) && filter_state_holds(f->state, s) &&
	       session_counted_bytes(s, f->value_overhead) >= f->min_bytes &&
	       filter_names_hold(&f->realms, s->realm) &&
	       filter_names_hold(&f->applications, s->application) &&
	       filter_names_hold(&f->users, s->user) && slice_starts(s->user, f->user_prefix) &&
	       (f->host.len == 0 || slice_equal_nocase(s->host, f->host)) &&
	       filter_knows_device(f, &s->device);
}

bool filter_names_users(const struct filter *f)
{
	return f->realms.count > 0 && f->users.count > 0;
}

static bool filter_span_is_open(const struct filter_span *span)
{
	return span->from_ms == 0 && span->until_ms == 0;
}

/* But for times, applications and states. */
static bool filter_is_otherwise_open(const struct filter *f)
{
	return f->min_bytes == 0 && f->realms.count == 0 && f->users.count == 0 &&
	       f->user_prefix.len == 0 && f->host.len == 0 && f->network == NULL &&
	       f->user_agent.len == 0;
}

/* But for the times. */
static bool filter_is_open(const struct filter *f)
{
	return f->state == FILTER_ANY_STATE && f->applications.count == 0 &&
	       filter_is_otherwise_open(f);
}

bool filter_is_of_users(const struct filter *f)
{
	return filter_names_users(f) && f->state == FILTER_ANY_STATE &&
	       f->applications.count == 0 && f->min_bytes == 0 && f->user_prefix.len == 0 &&
	       f->host.len == 0 && f->network == NULL && f->user_agent.len == 0 &&
	       filter_span_is_open(&f->seen) && filter_span_is_open(&f->created);
}

bool filter_is_of_applications(const struct filter *f)
{
	return filter_is_otherwise_open(f) && filter_span_is_open(&f->seen) &&
	       filter_span_is_open(&f->created);
}

bool filter_is_created(const struct filter *f)
{
	return filter_is_open(f) && filter_span_is_open(&f->seen);
}

bool filter_is_seen(const struct filter *f)
{
	return filter_is_open(f) && filter_span_is_open(&f->created);
}

static int filter_copy_slice(struct slice *s, struct arena *arena)
{
	*s = arena_copy(arena, *s);
	return s->ptr != NULL ? 0 : SG_ENOMEM;
}

int filter_copy_names(struct filter_names *names, struct arena *arena)
{
	struct slice *copy = arena_alloc(arena, (names->count + 1) * sizeof(*copy));

	if (copy == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; i < names->count; i++) {
		copy[i] = names->names[i];
		if (filter_copy_slice(&copy[i], arena) != 0)
			return SG_ENOMEM;
	}
	names->names = copy;
	return 0;
}

static int filter_copy_network(const struct network **network, struct arena *arena)
{
	struct network *copy;

	if (*network == NULL)
		return 0;
	if ((copy = arena_room(arena, sizeof(*copy))) == NULL)
		return SG_ENOMEM;
	*copy = **network;
	*network = copy;
	return 0;
}

int filter_copy(const struct filter *f, struct arena *arena, struct filter *out)
{
	struct filter copy = *f;

	if (filter_copy_names(&copy.realms, arena) != 0 ||
	    filter_copy_names(&copy.applications, arena) != 0 ||
	    filter_copy_names(&copy.users, arena) != 0 ||
	    filter_copy_slice(&copy.user_prefix, arena) != 0 ||
	    filter_copy_slice(&copy.host, arena) != 0 ||
	    filter_copy_slice(&copy.user_agent, arena) != 0 ||
	    filter_copy_network(&copy.network, arena) != 0)
		return SG_ENOMEM;
	*out = copy;
	return 0;
}
