/* explain.c - why a session ended, or a request had none: GET /api/v1/explain/{id}. The subject is a session's id, or a
 * request's: of a request the ends of the session that its token named are told as well.
 *
 *	source.h	what the workers decided of requests, in this process alone
 *	news.h		what happened to sessions, at every gateway of a store that is shared
 *
 * What both tell is told once, as the worker saw it, who knows the request. */
#include "rest/news.h"
#include "rest/resources.h"
#include "session/device.h"

#include "base/quantity.h"
#include "rest/call_answer.h"
#include "rest/call_wait.h"

#include <stdlib.h>

enum {
	EXPLAIN_MOST = 200,   /* of one subject; the oldest beyond that are left out */
	EXPLAIN_SESSIONS = 8, /* whose ends are told */
	EXPLAIN_DETAIL_BYTES = 1000,
	EXPLAIN_SAME_MS = 5000, /* as far as the clocks of store and gateway may be apart */
};

struct explained {
	int64_t at_ms;
	size_t order; /* of one moment the one that was found first is told first */
	struct slice node, session, detail;
	const char *what, *cause;
};

struct explain {
	struct call *call;
	struct explained found[EXPLAIN_MOST];
	size_t count, order;
	struct slice sessions[EXPLAIN_SESSIONS];
	size_t session_count;
	bool failed; /* there was no memory for all of it */
};

/* --- what was found --- */

/* Room for one of that moment. NULL: there are as many newer ones. */
static struct explained *explain_room(struct explain *e, int64_t at_ms)
{
	struct explained *oldest = &e->found[0];

	if (e->count < EXPLAIN_MOST)
		return &e->found[e->count++];
	for (size_t i = 1; i < e->count; i++)
		if (e->found[i].at_ms < oldest->at_ms)
			oldest = &e->found[i];
	return oldest->at_ms < at_ms ? oldest : NULL;
}

static struct slice explain_keep(struct explain *e, struct slice text)
{
	struct slice copy = arena_copy(&e->call->arena, text);

	e->failed |= copy.ptr == NULL;
	return copy;
}

/* The sentence, cut to what an answer takes; texts in it may be anything. rc: whether it is whole. */
static struct slice explain_finish(struct explain *e, struct buffer *sentence, int rc)
{
	char *room = arena_room(&e->call->arena, EXPLAIN_DETAIL_BYTES);
	struct slice detail = { 0 };

	if (rc == 0 && room != NULL)
		detail = device_clean(buffer_content(sentence), room, EXPLAIN_DETAIL_BYTES);
	else
		e->failed = true;
	buffer_fini(sentence);
	return detail;
}

/* --- who, and where: "(user alice, route /shop)" --- */

struct explain_context {
	struct buffer *out;
	const char *lead;
	int rc;
};

static void context_add(struct explain_context *c, const char *kind, struct slice name)
{
	if (c->rc != 0 || name.len == 0)
		return;
	c->rc = buffer_printf(c->out, "%s%s %.*s", c->lead, kind, SLICE_ARGS(name));
	c->lead = ", ";
}

/* What is asked for need not be said. */
static void context_add_id(struct explain_context *c, const struct explain *e, const char *kind,
			   struct slice id)
{
	if (!slice_equal(id, e->call->subject))
		context_add(c, kind, id);
}

static void context_add_realm(struct explain_context *c, struct slice realm)
{
	if (!slice_equal(realm, SLICE("default")))
		context_add(c, "realm", realm);
}

static int context_end(struct explain_context *c)
{
	if (c->rc == 0 && strcmp(c->lead, ", ") == 0)
		c->rc = buffer_append(c->out, ")", 1);
	return c->rc;
}

/* --- decisions of the workers --- */

static bool explain_sees_decision(const struct grant *g, const struct source_decision *d)
{
	bool hidden = (d->other_realm && g->realm_count > 0) ||
		      (d->other_application && g->application_count > 0);

	return !hidden && grant_sees_of(g, d->realm, d->user, d->application);
}

static struct slice explain_decision(struct explain *e, const struct source_decision *d)
{
	struct buffer sentence = { 0 };
	struct explain_context context = { .out = &sentence, .lead = " (" };

	context.rc = buffer_append_slice(&sentence, slice_from(d->detail));
	context_add_id(&context, e, "request", d->request);
	context_add_id(&context, e, "session", d->session);
	context_add(&context, "user", d->user);
	context_add_realm(&context, d->realm);
	context_add(&context, "application", d->application);
	context_add(&context, "route", d->route);
	return explain_finish(e, &sentence, context_end(&context));
}

static bool explain_follows(const struct explain *e, struct slice session)
{
	for (size_t i = 0; i < e->session_count; i++)
		if (slice_equal(e->sessions[i], session))
			return true;
	return false;
}

static void explain_follow(struct explain *e, struct slice session)
{
	if (session.len > 0 && e->session_count < EXPLAIN_SESSIONS && !explain_follows(e, session))
		e->sessions[e->session_count++] = session;
}

static void explain_on_decision(void *ctx, const struct source_decision *d)
{
	struct explain *e = ctx;
	struct explained *x;

	if (!explain_sees_decision(e->call->auth.grant, d) ||
	    (x = explain_room(e, d->at_ms)) == NULL)
		return;
	*x = (struct explained){
		.at_ms = d->at_ms,
		.order = e->order++,
		.node = slice_from(e->call->settings->node),
		.session = explain_keep(e, d->session),
		.what = d->what,
		.cause = d->cause,
		.detail = explain_decision(e, d),
	};
	explain_follow(e, x->session);
}

/* --- events --- */

enum explain_setting { SETTING_NONE, SETTING_IDLE, SETTING_ABSOLUTE, SETTING_PER_USER };

static const struct explain_event {
	enum event_type type;
	enum event_cause why;
	const char *what, *cause, *detail;
	enum explain_setting setting; /* that had to do with it */
} explain_events[] = {
	{ EVENT_EXPIRED, EVENT_CAUSE_IDLE, "ended", "idle",
	  "the session was not used for longer than its idle timeout", SETTING_IDLE },
	{ EVENT_EXPIRED, EVENT_CAUSE_ABSOLUTE, "ended", "absolute",
	  "the session was as old as one may be, however much it was used", SETTING_ABSOLUTE },
	{ EVENT_LOGGED_OUT, EVENT_CAUSE_NONE, "ended", "logout", "its user logged out",
	  SETTING_NONE },
	{ EVENT_EVICTED, EVENT_CAUSE_NONE, "ended", "evicted",
	  "its user logged in elsewhere, and had more sessions than he may", SETTING_PER_USER },
	{ EVENT_REVOKED, EVENT_CAUSE_NONE, "ended", "revoked", "the session was revoked",
	  SETTING_NONE },
	{ EVENT_REVOKED, EVENT_CAUSE_USER_BLOCKED, "ended", "blocked", "its user was blocked",
	  SETTING_NONE },
	{ EVENT_DENIED, EVENT_CAUSE_USER_BLOCKED, "denied", "user-blocked",
	  "a login was refused: the user is blocked", SETTING_NONE },
	{ EVENT_DENIED, EVENT_CAUSE_SESSION_LIMIT, "denied", "session-limit",
	  "a login was refused: the user has as many sessions as he may", SETTING_PER_USER },
	{ EVENT_LATE_SAVE_BLOCKED, EVENT_CAUSE_NONE, "unsaved", "late-save",
	  "what an application did to the session came after it had ended or changed hands, and was dropped",
	  SETTING_NONE },
};

/* NULL: it is nobody's end. */
static const struct explain_event *explain_event_of(const struct news_item *item)
{
	for (size_t i = 0; i < sizeof(explain_events) / sizeof(explain_events[0]); i++)
		if (explain_events[i].type == item->type && explain_events[i].why == item->cause)
			return &explain_events[i];
	return NULL;
}

static int explain_write_duration(struct buffer *out, const char *name, struct slice realm,
				  int64_t ms)
{
	int rc = buffer_printf(out, "; the %s of realm %.*s is ", name, SLICE_ARGS(realm));

	return rc == 0 ? quantity_print_duration(out, (uint64_t)ms) : rc;
}

/* As it is now; the session may have had one of its own. */
static int explain_write_setting(struct buffer *out, enum explain_setting setting,
				 const struct settings_realm *realm, const struct news_item *item)
{
	bool anonymous = item->user.len == 0;

	switch (setting) {
	case SETTING_IDLE:
		return explain_write_duration(
			out, anonymous ? "anonymous_idle_timeout" : "idle_timeout", item->realm,
			anonymous ? realm->lifetime.anonymous_idle_ms : realm->lifetime.idle_ms);
	case SETTING_ABSOLUTE:
		return explain_write_duration(out, "absolute_timeout", item->realm,
					      realm->lifetime.absolute_ms);
	case SETTING_PER_USER:
		return buffer_printf(out, "; the per_user_limit of realm %.*s is %u",
				     SLICE_ARGS(item->realm), realm->quota.sessions);
	case SETTING_NONE:
		break;
	}
	return 0;
}

static const struct settings_realm *explain_realm(const struct call *c, struct slice name)
{
	for (size_t i = 0; i < c->settings->realm_count; i++)
		if (slice_equal(slice_from(c->settings->realms[i].name), name))
			return &c->settings->realms[i];
	return NULL;
}

/* ", by ops: stolen laptop" */
static int explain_write_actor(struct buffer *out, const struct news_item *item)
{
	int rc = 0;

	if (item->actor.len > 0)
		rc = buffer_printf(out, ", by %.*s", SLICE_ARGS(item->actor));
	if (rc == 0 && item->reason.len > 0)
		rc = buffer_printf(out, ": %.*s", SLICE_ARGS(item->reason));
	return rc;
}

static struct slice explain_event(struct explain *e, const struct explain_event *how,
				  const struct news_item *item)
{
	const struct settings_realm *realm = explain_realm(e->call, item->realm);
	struct buffer sentence = { 0 };
	struct explain_context context = { .out = &sentence, .lead = " (" };

	context.rc = buffer_append_slice(&sentence, slice_from(how->detail));
	if (context.rc == 0)
		context.rc = explain_write_actor(&sentence, item);
	if (context.rc == 0 && realm != NULL)
		context.rc = explain_write_setting(&sentence, how->setting, realm, item);
	context_add_id(&context, e, "session", item->session);
	context_add(&context, "user", item->user);
	context_add_realm(&context, item->realm);
	context_add(&context, "application", item->application);
	return explain_finish(e, &sentence, context_end(&context));
}

/* Did one of our workers note it as well? */
static bool explain_knows(const struct explain *e, const struct explain_event *how,
			  const struct news_item *item, struct slice node)
{
	for (size_t i = 0; i < e->count; i++) {
		const struct explained *x = &e->found[i];

		if (strcmp(x->what, how->what) == 0 && strcmp(x->cause, how->cause) == 0 &&
		    slice_equal(x->session, item->session) && slice_equal(x->node, node) &&
		    llabs(x->at_ms - item->at_ms) < EXPLAIN_SAME_MS)
			return true;
	}
	return false;
}

static void explain_tell(struct explain *e, const struct news_item *item)
{
	const struct explain_event *how = explain_event_of(item);
	struct slice own = slice_from(e->call->settings->node);
	struct slice node = item->node.len > 0 ? item->node : own;
	struct explained *x;

	if (how == NULL ||
	    !grant_sees_of(e->call->auth.grant, item->realm, item->user, item->application) ||
	    explain_knows(e, how, item, node) || (x = explain_room(e, item->at_ms)) == NULL)
		return;
	*x = (struct explained){
		.at_ms = item->at_ms,
		.order = e->order++,
		.node = explain_keep(e, node),
		.what = how->what,
		.cause = how->cause,
		.detail = explain_event(e, how, item),
	};
}

static bool explain_on_event(void *ctx, const struct news_item *item)
{
	struct explain *e = ctx;

	if (explain_follows(e, item->session))
		explain_tell(e, item);
	news_unref(&item);
	return true;
}

/* --- the answer --- */

static int explain_compare(const void *a, const void *b)
{
	const struct explained *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms > y->at_ms ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static bool explain_add_one(cJSON *object, const struct explained *x)
{
	return object != NULL && json_add_time(object, "at", x->at_ms) &&
	       json_add_text(object, "node", x->node) &&
	       json_add_text(object, "what", slice_from(x->what)) &&
	       json_add_text(object, "cause", slice_from(x->cause)) &&
	       json_add_text(object, "detail", x->detail);
}

static bool explain_add(cJSON *object, const struct explain *e)
{
	cJSON *list;
	bool whole;

	whole = object != NULL && !e->failed && json_add_text(object, "subject", e->call->subject);
	list = whole ? cJSON_AddArrayToObject(object, "decisions") : NULL;
	for (size_t i = 0; list != NULL && i < e->count; i++)
		if (!explain_add_one(json_append_object(list), &e->found[i]))
			return false;
	return list != NULL;
}

static void explain_answer(struct explain *e)
{
	struct call *c = e->call;
	cJSON *object;

	if (e->count == 0) {
		call_refuse(
			c, REFUSAL_NOT_FOUND,
			"Nothing is known of it here, or not any more: no session of that id ended, and no "
			"request of that id was without one. What other gateways decided of requests they "
			"alone know");
		return;
	}
	qsort(e->found, e->count, sizeof(e->found[0]), explain_compare);
	object = cJSON_CreateObject();
	call_answer_json(c, 200, object, explain_add(object, e));
}

static void explain_on_news(struct call *c)
{
	const struct source_decisions *source = &c->desk->source.decisions;
	struct explain *e = c->work;

	source->find(source->ctx, c->subject, explain_on_decision, e);
	explain_follow(e, c->subject);
	news_look_back(c->desk->news, explain_on_event, e);
	explain_answer(e);
}

void explain_answer_get(struct call *c)
{
	struct explain *e = arena_alloc(&c->arena, sizeof(*e));

	if (e == NULL) {
		call_refuse_memory(c);
		return;
	}
	e->call = c;
	c->work = e;
	if (request_id_valid(c->subject)) /* as each session's id would be */
		call_wait_for_news(c, explain_on_news);
	else
		explain_answer(e);
}
