/* session_call.c - see session_call.h. */
#include "gateway/session_call.h"

#include "base/clock.h"
#include "base/log.h"
#include "gateway/request.h"
#include "gateway/session_json.h"
#include "gateway/worker.h"

#include <stdlib.h>

/* --- whose call it is --- */

/* Nothing more can be said to the visitor. */
static bool call_is_after_header(const struct session_call *c)
{
	const struct request *r = c->ticket->request;

	return r == NULL || r->response.started || r->state == REQUEST_DONE;
}

/* After the request's end: what was left of its lookup, but for the session. It is no visit of anybody, and holds no
 * lock. */
static struct lookup *call_late_lookup(struct session_call *c)
{
	const struct ticket *t = c->ticket;
	struct lookup *l = arena_alloc(&c->arena, sizeof(*l));
	struct slice id = ticket_session(t);

	if (l == NULL)
		return NULL;
	l->store = c->worker->store;
	l->config = t->config;
	l->route = t->route;
	l->given = t->fence;
	l->renewed = true; /* nobody presents a secret */
	memcpy(l->token.text, id.ptr, id.len);
	return l;
}

/* --- the end --- */

static void call_free(struct session_call *c)
{
	bool late = c->lookup != NULL && c->ticket->request == NULL;

	deadline_disarm(&c->deadline);
	store_cancel(c->worker->store, &c->op);
	save_fini(&c->save);
	if (late)
		lookup_fini(c->lookup);
	link_remove(&c->running_link);
	ticket_unref(&c->ticket);
	arena_fini(&c->arena);
	free(c);
}

/* The request may have waited for nothing but this. */
static void call_end(struct session_call *c, const struct session_call_outcome *outcome)
{
	struct request *r = c->ticket->running == c ? c->ticket->request : NULL;
	struct ticket *t = c->ticket;

	if (c->done != NULL)
		c->done(c->ctx, outcome);
	ticket_leave(t, c);
	if (r != NULL && r->state == REQUEST_DONE) {
		c->lookup = NULL; /* it goes with the request */
		request_release(r);
	}
	call_free(c);
}

static void call_succeed(struct session_call *c, struct slice json)
{
	struct session_call_outcome outcome = { .ok = true,
						.json = json,
						.request_id = ticket_request_id(c->ticket) };

	call_end(c, &outcome);
}

static void call_fail(struct session_call *c, enum problem problem)
{
	struct session_call_outcome outcome = { .problem = problem,
						.request_id = ticket_request_id(c->ticket) };

	call_end(c, &outcome);
}

static void call_refuse(struct session_call *c, enum problem problem, const char *why)
{
	log_info(ticket_request_id(c->ticket), "session API: refused: %s: %s",
		 problem_text(problem), why);
	call_fail(c, problem);
}

void session_call_forget(struct session_call *call)
{
	call->done = NULL;
}

void session_call_stop(struct session_call *call, enum problem problem)
{
	call_fail(call, problem);
}

/* --- the store is late --- */

static void call_on_late(struct deadline *d)
{
	struct session_call *c = CONTAINER_OF(d, struct session_call, deadline);

	log_warn(ticket_request_id(c->ticket), "session API: the store did not answer in time");
	call_fail(c, PROBLEM_STORE_UNAVAILABLE);
}

/* As long as one answer may take is how long the call may, whatever it asks on the way. */
static void call_await_store(struct session_call *c)
{
	if (!deadline_armed(&c->deadline))
		deadline_arm(&c->worker->deadlines, &c->deadline,
			     ticket_config(c->ticket)->store.timeout_ms, call_on_late);
}

/* --- finding the session as it is now --- */

static void call_find(struct session_call *c, struct slice id, store_done_fn *done)
{
	call_await_store(c);
	c->op = store_find(c->worker->store, id, done, c);
	if (c->op == NULL)
		call_refuse(c, PROBLEM_STORE_UNAVAILABLE, error_text(SG_ENOMEM));
}

/* False: refused. */
static bool call_found(struct session_call *c, const struct store_result *result, uint64_t epoch)
{
	c->op = NULL;
	if (result->status == STORE_OK && result->session->epoch == epoch)
		return true;
	if (result->status == STORE_UNAVAILABLE)
		call_refuse(c, PROBLEM_STORE_UNAVAILABLE, "the session could not be read");
	else
		call_refuse(c, PROBLEM_SESSION_GONE, "it has ended, or is another user's");
	return false;
}

/* --- reading --- */

static void call_on_found(void *ctx, const struct store_result *result)
{
	struct session_call *c = ctx;
	struct buffer json = { 0 };

	if (!call_found(c, result, c->lookup->session->epoch))
		return;
	if (session_json_whole(result->session, &json) != 0)
		call_refuse(c, PROBLEM_OVERLOADED, error_text(SG_ENOMEM));
	else
		call_succeed(c, buffer_content(&json));
	buffer_fini(&json);
}

static void call_read(struct session_call *c)
{
	if (c->ticket->request == NULL) {
		call_refuse(c, PROBLEM_BAD_TICKET, "its request has ended: updates only");
	} else if (c->lookup->unavailable) {
		call_refuse(c, PROBLEM_STORE_UNAVAILABLE, "the session could not be loaded");
	} else if (c->lookup->session == NULL) {
		call_refuse(c, PROBLEM_SESSION_NOT_FOUND, "the request has no session");
	} else {
		call_find(c, slice_from(c->lookup->session->id), call_on_found);
	}
}

/* --- changing --- */

/* What the visitor must be told goes out with the header; later ones of the request go on from here. */
static void call_follow(struct session_call *c)
{
	struct ticket *t = c->ticket;
	struct save *s = &c->save;

	save_follow(s);
	if (call_is_after_header(c))
		return;
	t->changed |= c->directives.any;
	if (s->late) /* what was to be told before is dead by now */
		t->news.answer = SAVE_TOKEN_NONE;
	if (s->answer == SAVE_TOKEN_NONE)
		return;
	t->news.answer = s->answer;
	t->news.token = s->token;
	t->news.age_s = s->answer == SAVE_TOKEN_SEND ? save_token_age_s(s) : -1;
}

static void call_fine(struct session_call *c)
{
	if (c->save.marked) {
		call_refuse(c, PROBLEM_ALREADY_ADOPTED, "a session was made of the old one before");
		return;
	}
	call_follow(c);
	if (c->save.late && c->save.answer != SAVE_TOKEN_SEND)
		call_refuse(c, PROBLEM_SESSION_GONE,
			    "it has ended, or is another user's, or its lock was lost");
	else
		call_succeed(c, SLICE(""));
}

static void call_saved(void *ctx)
{
	struct session_call *c = ctx;

	if (c->directives.release)
		lookup_unlock(c->lookup);
	switch (c->save.verdict) {
	case SAVE_FINE:
		call_fine(c);
		break;
	case SAVE_OVER_LIMIT:
		call_refuse(c, PROBLEM_OVER_LIMIT,
			    "the session would be over max_size or max_attributes");
		break;
	case SAVE_BLOCKED:
		call_refuse(c, PROBLEM_USER_BLOCKED, "the user is blocked");
		break;
	case SAVE_FULL:
		call_refuse(c, PROBLEM_SESSION_LIMIT,
			    "the user has as many sessions as per_user_limit allows");
		break;
	case SAVE_UNAVAILABLE:
		call_refuse(c, PROBLEM_STORE_UNAVAILABLE, "the session could not be saved");
		break;
	}
}

static void call_save(struct session_call *c)
{
	struct request *r = c->ticket->request;
	struct save *s = &c->save;

	s->store = c->worker->store;
	s->deadlines = &c->worker->deadlines;
	s->config = ticket_config(c->ticket);
	s->route = ticket_route(c->ticket);
	s->lookup = c->lookup;
	s->wish = &c->wish;
	s->params = r != NULL ? &r->params : NULL;
	s->visitor = r != NULL ? &r->visitor : NULL;
	s->who = ticket_request_id(c->ticket);
	s->decisions = c->worker->decisions;
	s->keeps_lock =
		true; /* it goes back when the outcome is known, or with the request's end */
	s->done = call_saved;
	s->ctx = c;
	call_await_store(c);
	if (!save_begin(s))
		call_saved(c);
}

/* After the request's end only the attributes can be changed: what else there is must be told to the visitor, or is
 * about him. */
static bool call_is_update(const struct session_call *c)
{
	const struct directives *d = &c->directives;

	return !d->logout && !d->logout_others && d->idle_ms == 0;
}

static bool call_speaks_of_token(const struct session_call *c)
{
	const struct wish *w = &c->wish;

	return c->directives.rotate || c->directives.rotate_grace ||
	       w->user_goes != WISH_USER_STAYS || w->secret != WISH_SECRET_STAYS;
}

/* Or may have to say that there is one already. */
static bool call_makes_session(const struct session_call *c)
{
	return c->lookup->session == NULL && (c->wish.stores || c->wish.mark != NULL);
}

/* Is the wish one that can come true now? */
static bool call_permits(const struct session_call *c, enum problem *refusal, const char **why)
{
	const struct lookup *l = c->lookup;

	if (l->unavailable) {
		*refusal = PROBLEM_STORE_UNAVAILABLE;
		*why = "the session could not be loaded";
	} else if (call_is_after_header(c) && (call_speaks_of_token(c) || call_makes_session(c))) {
		*refusal = PROBLEM_HEADERS_SENT;
		*why = "a token would have to be sent";
	} else if (c->ticket->request == NULL && !call_is_update(c)) {
		*refusal = PROBLEM_BAD_TICKET;
		*why = "its request has ended: updates only";
	} else if (l->stale && c->wish.user_goes != WISH_USER_LOGS_IN) {
		*refusal = PROBLEM_SESSION_GONE;
		*why = "the token was replaced a moment ago";
	} else {
		return true;
	}
	return false;
}

/* The session is to be made of a former one. */
static int call_adopt(struct session_call *c, const char **why)
{
	const struct config_adapter *adapter = &ticket_route(c->ticket)->application->adapter;
	struct store_mark *mark;

	if (c->directives.adopt == NULL)
		return 0;
	if (adapter->kind == ADAPTER_NONE || adapter->adopt == ADOPT_NONE)
		*why = "adopt: the application takes nothing over";
	else if (c->lookup->session != NULL)
		*why = "adopt: there is a session already";
	if (*why != NULL)
		return SG_EFORMAT;
	if ((mark = arena_alloc(&c->arena, sizeof(*mark))) == NULL)
		return SG_ENOMEM;
	*mark = (struct store_mark){ c->directives.adopt, adapter->until_ms };
	c->wish.mark = mark;
	return 0;
}

static void call_change(struct session_call *c)
{
	const struct config_route *route = ticket_route(c->ticket);
	enum problem refusal;
	const char *why = NULL;
	int rc;

	if (route->session != ROUTE_SESSION_ON) {
		call_refuse(c, PROBLEM_READ_ONLY, "the route's session is peek");
		return;
	}
	if (!c->directives.any) {
		call_saved(c);
		return;
	}
	rc = wish_make(route, c->lookup, &c->directives, &c->arena, clock_wall_coarse_ms(),
		       &c->wish);
	c->wish.unseen |= c->ticket->request == NULL;
	if (rc == SG_EFORMAT)
		why = "login_from: the attribute's value can be nobody's name";
	else if (rc == 0)
		rc = call_adopt(c, &why);
	if (rc == SG_ENOMEM)
		call_refuse(c, PROBLEM_OVERLOADED, error_text(rc));
	else if (rc != 0)
		call_refuse(c, PROBLEM_BAD_CHANGE, why);
	else if (!call_permits(c, &refusal, &why))
		call_refuse(c, refusal, why);
	else
		call_save(c);
}

/* After the request's end: the ticket knows no more than whose session it was. */
static void call_on_late_found(void *ctx, const struct store_result *result)
{
	struct session_call *c = ctx;

	if (!call_found(c, result, c->ticket->epoch))
		return;
	c->lookup->session = session_ref(result->session);
	call_change(c);
}

/* --- the beginning --- */

void session_call_run(struct session_call *call)
{
	struct request *r = call->ticket->request;

	call->lookup = r != NULL ? &r->lookup : call_late_lookup(call);
	if (call->lookup == NULL)
		call_refuse(call, PROBLEM_OVERLOADED, error_text(SG_ENOMEM));
	else if (call->changes && r == NULL && ticket_session(call->ticket).len > 0)
		call_find(call, ticket_session(call->ticket), call_on_late_found);
	else if (call->changes)
		call_change(call);
	else
		call_read(call);
}

static struct session_call *call_new(struct worker *w, struct ticket *ticket,
				     session_call_done_fn *done, void *ctx)
{
	struct session_call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->worker = w;
	c->ticket = ticket_ref(ticket);
	c->done = done;
	c->ctx = ctx;
	return c;
}

static void call_begin(struct session_call *c)
{
	link_push(&c->worker->session_calls, &c->running_link);
	ticket_join(c->ticket, c);
}

int session_call_read(struct worker *w, struct ticket *ticket, session_call_done_fn *done,
		      void *ctx, struct session_call **out)
{
	struct session_call *c = call_new(w, ticket, done, ctx);

	if (c == NULL)
		return SG_ENOMEM;
	*out = c;
	call_begin(c);
	return 0;
}

/* What the application's adapter says of itself. */
static int call_remark(const struct session_call *c, const char **why)
{
	struct remark *remark = remark_of(ticket_route(c->ticket)->application->name);

	if (remark == NULL)
		return SG_ENOMEM;
	if (remark_adapter(remark, ticket_request_id(c->ticket), c->directives.adapter))
		return 0;
	*why = "adapter: an unknown word";
	return SG_EFORMAT;
}

static int call_read_wish(struct session_call *c, struct slice json)
{
	const struct config_route *route = ticket_route(c->ticket);
	const char *why = "";
	int rc;

	json = arena_copy(&c->arena, json);
	if (json.ptr == NULL)
		return SG_ENOMEM;
	rc = directives_read_object(json, route->application->directives, route->realm,
				    ticket_request_id(c->ticket), &c->arena, &c->directives, &why);
	if (rc == 0 && c->directives.adapter.len > 0)
		rc = call_remark(c, &why);
	if (rc == SG_EFORMAT || rc == SG_ELIMIT)
		log_warn(ticket_request_id(c->ticket), "session API: PATCH: %s", why);
	return rc;
}

int session_call_change(struct worker *w, struct ticket *ticket, struct slice json,
			session_call_done_fn *done, void *ctx, struct session_call **out)
{
	struct session_call *c = call_new(w, ticket, done, ctx);
	int rc;

	if (c == NULL)
		return SG_ENOMEM;
	c->changes = true;
	rc = call_read_wish(c, json);
	if (rc != 0) {
		call_free(c);
		return rc;
	}
	*out = c;
	call_begin(c);
	return 0;
}
