/* selector.c - see selector.h. */
#include "rest/selector.h"

#include "base/rfc3339.h"
#include "rest/call_answer.h"

#include <stdio.h>

enum { SELECTOR_SECONDS = 1000000000 }; /* some thirty years: nobody waits for longer */

const char *selector_text(enum selector_name name)
{
	static const char *const texts[] = {
#define SELECTOR_TEXT(name, text) text,
		SELECTORS(SELECTOR_TEXT)
#undef SELECTOR_TEXT
	};

	return texts[name];
}

void selector_from_query(struct selector *s, const struct query *q)
{
	for (unsigned i = 0; i < SELECTOR_COUNT; i++)
		query_get(q, selector_text(i), &s->given[i]);
}

bool selector_is_empty(const struct selector *s)
{
	for (unsigned i = 0; i < SELECTOR_COUNT; i++)
		if (s->given[i].ptr != NULL)
			return false;
	return true;
}

int selector_write(const struct selector *s, struct buffer *out)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < SELECTOR_COUNT; i++) {
		if (s->given[i].ptr == NULL)
			continue;
		rc = buffer_printf(out, "%s=%zu:", selector_text(i), s->given[i].len);
		if (rc == 0)
			rc = buffer_append_slice(out, s->given[i]);
	}
	return rc;
}

int selector_describe(const struct selector *s, struct buffer *out)
{
	const char *between = "";
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < SELECTOR_COUNT; i++) {
		if (s->given[i].ptr == NULL)
			continue;
		rc = buffer_printf(out, "%s%s=%.*s", between, selector_text(i),
				   SLICE_ARGS(s->given[i]));
		between = " ";
	}
	return rc;
}

/* "name=5:value": false: something else stands there. */
static bool selector_take(struct slice *text, struct slice *value)
{
	struct slice digits;
	uint64_t len;

	if (!slice_cut(text, ':', &digits) || !slice_number(digits, text->len, &len))
		return false;
	*value = slice_of(text->ptr, len);
	*text = slice_after(*text, len);
	return true;
}

bool selector_read(struct selector *s, struct slice text)
{
	*s = (struct selector){ 0 };
	for (unsigned i = 0; i < SELECTOR_COUNT; i++) {
		struct slice name = slice_from(selector_text(i));

		if (!slice_starts(text, name) || text.len == name.len || text.ptr[name.len] != '=')
			continue;
		text = slice_after(text, name.len + 1);
		if (!selector_take(&text, &s->given[i]))
			return false;
	}
	return text.len == 0;
}

/* A member's value as a URL would have it; ptr NULL: complained about. */
static struct slice selector_member(struct call *c, const cJSON *item, enum selector_name name)
{
	bool counts = name == SELECTOR_IDLE_GT_S || name == SELECTOR_MIN_BYTES;
	char digits[32];
	struct slice text;

	if (counts && cJSON_IsNumber(item)) {
		snprintf(digits, sizeof(digits), "%.17g", item->valuedouble); /* 1.5 stays one */
		text = slice_from(digits);
	} else {
		text = slice_from(cJSON_GetStringValue(item));
	}
	if (text.len == 0 || slice_has_control(text)) {
		call_complain(c, item->string, "must be a text that is not empty");
		return (struct slice){ 0 };
	}
	return arena_copy(&c->arena, text);
}

static bool selector_find(const char *name, enum selector_name *out)
{
	for (unsigned i = 0; i < SELECTOR_COUNT; i++) {
		if (strcmp(name, selector_text(i)) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

void selector_from_json(struct selector *s, struct call *c, const cJSON *object)
{
	const cJSON *item;
	enum selector_name name;

	*s = (struct selector){ 0 };
	cJSON_ArrayForEach(item, object)
	{
		if (!selector_find(item->string, &name))
			call_complain(c, item->string, "is nothing that a filter knows");
		else if (s->given[name].ptr != NULL)
			call_complain(c, item->string, "must not come twice");
		else
			s->given[name] = selector_member(c, item, name);
	}
}

/* What is being read. */
struct selecting {
	const struct selector *selector;
	struct call *call;
	struct selected *out;
};

static bool selecting_has(const struct selecting *s, enum selector_name name, struct slice *value)
{
	*value = s->selector->given[name];
	return value->ptr != NULL;
}

static void selecting_complain(const struct selecting *s, enum selector_name name,
			       const char *detail)
{
	call_complain(s->call, selector_text(name), detail);
}

/* One that was asked for, if he may see it; else all that he may. */
static void selecting_names(const struct selecting *s, enum selector_name name,
			    const struct slice *seen, size_t seen_count, struct filter_names *out)
{
	struct slice *wanted = &s->out->wanted[name];

	*wanted = s->selector->given[name];
	if (wanted->ptr == NULL) {
		*out = (struct filter_names){ seen, seen_count };
		return;
	}
	for (size_t i = 0; i < seen_count; i++)
		if (slice_equal(seen[i], *wanted))
			seen_count = 0;
	s->out->nobody |= seen_count > 0;
	*out = (struct filter_names){ wanted, 1 };
}

/* Users are found quickly where it is known in which realms: those that are configured. */
static void selecting_all_realms(const struct selecting *s)
{
	const struct settings *settings = s->call->settings;
	struct slice *realms =
		arena_room(&s->call->arena, (settings->realm_count + 1) * sizeof(*realms));

	if (realms == NULL)
		return; /* it is only slower */
	for (size_t i = 0; i < settings->realm_count; i++)
		realms[i] = slice_from(settings->realms[i].name);
	s->out->filter.realms = (struct filter_names){ realms, settings->realm_count };
}

static void selecting_owners(const struct selecting *s)
{
	const struct grant *g = s->call->auth.grant;
	struct filter *f = &s->out->filter;

	selecting_names(s, SELECTOR_REALM, g->realms, g->realm_count, &f->realms);
	selecting_names(s, SELECTOR_APPLICATION, g->applications, g->application_count,
			&f->applications);
	selecting_names(s, SELECTOR_USER, g->users, g->user_count, &f->users);
	if (f->users.count > 0 && f->realms.count == 0)
		selecting_all_realms(s);
	selecting_has(s, SELECTOR_USER_PREFIX, &f->user_prefix);
	selecting_has(s, SELECTOR_HOST, &f->host);
	selecting_has(s, SELECTOR_USER_AGENT, &f->user_agent);
}

static void selecting_state(const struct selecting *s)
{
	struct slice text;

	if (!selecting_has(s, SELECTOR_STATE, &text))
		return;
	if (slice_equal(text, SLICE("authenticated")))
		s->out->filter.state = FILTER_AUTHENTICATED;
	else if (slice_equal(text, SLICE("anonymous")))
		s->out->filter.state = FILTER_ANONYMOUS;
	else
		selecting_complain(s, SELECTOR_STATE, "must be authenticated or anonymous");
}

static void selecting_network(const struct selecting *s)
{
	const char *reason;
	struct slice text;

	if (!selecting_has(s, SELECTOR_IP, &text))
		return;
	if (network_read(text, &s->out->network, &reason) != 0)
		selecting_complain(s, SELECTOR_IP,
				   "must be an address, or a network such as 10.0.0.0/8");
	s->out->filter.network = &s->out->network;
}

/* A + that was not encoded in a URL has become a space, which no time has where its offset begins. */
static bool selecting_read_time(const struct selecting *s, struct slice text, int64_t *ms)
{
	char *copy = arena_text(&s->call->arena, text);
	char *space = copy != NULL ? strrchr(copy, ' ') : NULL;

	if (space == NULL)
		return rfc3339_read(text, ms);
	*space = '+';
	return rfc3339_read(slice_of(copy, text.len), ms);
}

static void selecting_time(const struct selecting *s, enum selector_name name, int64_t beyond_ms,
			   int64_t *out)
{
	struct slice text;
	int64_t ms;

	if (!selecting_has(s, name, &text))
		return;
	if (selecting_read_time(s, text, &ms))
		*out = ms + beyond_ms > 0 ? ms + beyond_ms : 1; /* 0 would be no bound at all */
	else
		selecting_complain(s, name, "must be a time such as 2026-11-20T10:00:00Z");
}

static bool selecting_number(const struct selecting *s, enum selector_name name, uint64_t max,
			     uint64_t *out)
{
	struct slice text;

	if (!selecting_has(s, name, &text))
		return false;
	if (slice_number(text, max, out))
		return true;
	selecting_complain(s, name, "must be a whole number, not negative and not that large");
	return false;
}

/* "After" does not hold that moment itself, "before" neither. */
static void selecting_times(const struct selecting *s, int64_t now_ms)
{
	struct filter *f = &s->out->filter;
	uint64_t idle_s;
	int64_t idle_until_ms;

	selecting_time(s, SELECTOR_CREATED_AFTER, 1, &f->created.from_ms);
	selecting_time(s, SELECTOR_CREATED_BEFORE, 0, &f->created.until_ms);
	selecting_time(s, SELECTOR_SEEN_AFTER, 1, &f->seen.from_ms);
	selecting_time(s, SELECTOR_SEEN_BEFORE, 0, &f->seen.until_ms);
	if (!selecting_number(s, SELECTOR_IDLE_GT_S, SELECTOR_SECONDS, &idle_s))
		return;
	idle_until_ms = now_ms - (int64_t)idle_s * 1000;
	if (f->seen.until_ms == 0 || idle_until_ms < f->seen.until_ms)
		f->seen.until_ms = idle_until_ms;
}

void selector_apply(const struct selector *selector, struct call *c, int64_t now_ms,
		    struct selected *out)
{
	const struct selecting s = { selector, c, out };
	uint64_t min_bytes = 0;

	*out = (struct selected){ .nobody = false };
	selecting_owners(&s);
	selecting_state(&s);
	selecting_network(&s);
	selecting_times(&s, now_ms);
	if (selecting_number(&s, SELECTOR_MIN_BYTES, SIZE_MAX / 2, &min_bytes))
		out->filter.min_bytes = min_bytes;
}
