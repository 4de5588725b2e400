/* self_service.c - see self_service.h. */
#include "gateway/self_service.h"

#include "base/log.h"
#include "gateway/method.h"
#include "gateway/origin.h"
#include "gateway/request.h"
#include "gateway/session_json.h"
#include "gateway/worker.h"

#include <assert.h>

enum { SELF_SERVICE_LISTED = 200 }; /* sessions, those that were seen last */

#define SELF_SERVICE_READS "GET, HEAD"

/* One of the things that can be asked for. */
struct self_service_call {
	const char *path;  /* below the route's */
	const char *allow; /* its methods */
	void (*run)(struct request *r);
};

struct self_service {
	struct request *request;
	struct slice id;     /* of list/{id} */
	struct store_op *op; /* what is waited for */
	struct retry retry;
};

/* --- answers --- */

static void self_service_saved(void *ctx)
{
	request_respond(ctx); /* nothing depends on it */
}

static void self_service_answer(struct request *r, struct buffer *body, int rc)
{
	response_replace(&r->response, body);
	if (rc != 0)
		request_out_of_memory(r);
	else if (r->wish.arrived && r->state == REQUEST_LOAD)
		request_save(r, self_service_saved);
	else
		request_respond(r);
}

static void self_service_answer_json(struct request *r, struct buffer *json, int rc)
{
	if (rc == 0)
		rc = answer_make_json(&r->response.head, json);
	self_service_answer(r, json, rc);
}

/* Done. A browser that follows a form rather wants to be somewhere. */
static void self_service_answer_done(struct request *r, const char *url)
{
	struct head *head = &r->response.head;
	bool sends = url != NULL && visitor_prefers_html(r->visitor.accept);
	struct buffer none = { 0 };
	int rc = answer_make_empty(head, sends ? 303 : 204);

	if (rc == 0 && sends)
		rc = head_add(head, SLICE("Location"), slice_from(url));
	if (rc == 0 && r->save.answer == SAVE_TOKEN_CLEAR)
		rc = carrier_clear(head, r->route, r->visitor.https, r->lookup.presented.carrier);
	self_service_answer(r, &none, rc);
}

static void self_service_refuse(struct request *r, enum problem problem, const char *why)
{
	log_info(r->request_id, "refused: %s: %s", problem_text(problem), why);
	request_refuse(r, problem);
}

static void self_service_refuse_method(struct request *r, const char *allow)
{
	struct head *head = &r->response.head;
	struct buffer body = { 0 };
	int rc = answer_make(head, &body, PROBLEM_METHOD_NOT_ALLOWED,
			     visitor_prefers_html(r->visitor.accept), r->request_id);

	if (rc == 0)
		rc = head_add(head, SLICE("Allow"), slice_from(allow));
	self_service_answer(r, &body, rc);
}

static void self_service_store_failed(struct request *r)
{
	request_fail(r, PROBLEM_STORE_UNAVAILABLE, "the sessions could not be asked for or ended");
}

/* For what the store has been asked; NULL: it had no memory to. */
static void self_service_wait(struct request *r, struct store_op *op)
{
	r->self_service->op = op;
	if (op == NULL)
		self_service_store_failed(r);
}

/* Whoever does not own it need not know that it is there. */
static void self_service_not_found(struct request *r)
{
	self_service_refuse(r, PROBLEM_SESSION_NOT_FOUND, "no session of the visitor's own");
}

/* --- me --- */

static void self_service_me(struct request *r)
{
	struct buffer json = { 0 };
	int rc = session_json_me(r->lookup.session, clock_wall_ms(), &json);

	self_service_answer_json(r, &json, rc);
}

/* --- list --- */

static struct store_user self_service_user(const struct session *own)
{
	return (struct store_user){ .realm = own->realm, .name = own->user };
}

static bool self_service_lists(const struct store_result *listed, const struct session *own)
{
	for (size_t i = 0; i < listed->count; i++)
		if (strcmp(listed->sessions[i]->id, own->id) == 0)
			return true;
	return false;
}

/* The current one stands there, too, where so many others were seen later that it is not among those, and where it has no
 * user. Missing from a list that has room it has just ended, as one that was evicted for another login has. */
static bool self_service_adds_own(const struct store_result *listed, const struct session *own)
{
	bool whole = session_authenticated(own) && listed->count < SELF_SERVICE_LISTED;

	return !whole && !self_service_lists(listed, own);
}

static int self_service_write_list(const struct request *r, const struct store_result *listed,
				   struct buffer *json)
{
	const struct session *own = r->lookup.session;
	const struct session *sessions[SELF_SERVICE_LISTED + 1];
	size_t count = listed->count;

	assert(count <= SELF_SERVICE_LISTED);
	if (count > 0)
		memcpy(sessions, listed->sessions, count * sizeof(*sessions));
	if (self_service_adds_own(listed, own))
		sessions[count++] = own;
	return session_json_list(sessions, count, slice_from(own->id), json);
}

static void self_service_on_listed(void *ctx, const struct store_result *result)
{
	struct request *r = ctx;
	struct buffer json = { 0 };

	r->self_service->op = NULL;
	if (result->status == STORE_OK)
		self_service_answer_json(r, &json, self_service_write_list(r, result, &json));
	else
		self_service_store_failed(r);
}

static void self_service_list(struct request *r)
{
	static const struct store_result none = { .status = STORE_OK };
	struct store_user user = self_service_user(r->lookup.session);

	if (!session_authenticated(r->lookup.session))
		self_service_on_listed(r, &none);
	else
		self_service_wait(r, store_list_user(r->worker->store, &user, SELF_SERVICE_LISTED,
						     self_service_on_listed, r));
}

/* --- revoke-others, logout --- */

static void self_service_ended(void *ctx)
{
	struct request *r = ctx;

	if (r->save.verdict == SAVE_FINE)
		self_service_answer_done(r, r->wish.logout ? r->route->logout_url : NULL);
	else
		self_service_store_failed(r);
}

static void self_service_revoke_others(struct request *r)
{
	r->wish.logout_others = r->wish.asked = true;
	request_save(r, self_service_ended);
}

/* Nobody is logged in here, which is what was asked for, unless a parallel answer has just brought another token. */
static void self_service_nobody_left(struct request *r)
{
	if (r->lookup.stale) {
		self_service_refuse(r, PROBLEM_SESSION_REQUIRED,
				    "the token was replaced a moment ago");
		return;
	}
	if (r->route->session == ROUTE_SESSION_ON && lookup_dead(&r->lookup))
		r->save.answer = SAVE_TOKEN_CLEAR;
	self_service_answer_done(r, r->route->logout_url);
}

static void self_service_logout(struct request *r)
{
	r->wish.logout = r->wish.asked = true;
	if (r->lookup.session != NULL)
		request_save(r, self_service_ended);
	else
		self_service_nobody_left(r);
}

/* --- one of the list --- */

static void self_service_on_removed(void *ctx, const struct store_result *result);

static void self_service_send_removal(struct retry *retry)
{
	struct self_service *service = CONTAINER_OF(retry, struct self_service, retry);
	struct request *r = service->request;
	struct store_user user = self_service_user(r->lookup.session);

	self_service_wait(r, store_remove(r->worker->store, service->id, &user, STORE_CAUSE_LOGOUT,
					  self_service_on_removed, r));
}

/* Somebody may have been quicker; or it was this one, whose first answer was lost. */
static void self_service_on_removed(void *ctx, const struct store_result *result)
{
	struct request *r = ctx;
	struct self_service *service = r->self_service;
	bool again = retry_began(&service->retry);

	service->op = NULL;
	if (result->status == STORE_UNCERTAIN) {
		retry_later(&service->retry, &r->worker->deadlines, self_service_send_removal);
		return;
	}
	retry_stop(&service->retry);
	if (result->status == STORE_UNAVAILABLE)
		self_service_store_failed(r);
	else if (result->status == STORE_OK || (again && result->status == STORE_ENDED))
		self_service_answer_done(r, NULL);
	else
		self_service_not_found(r);
}

static void self_service_remove(struct request *r)
{
	struct self_service *service = r->self_service;

	if (slice_equal(service->id, slice_from(r->lookup.session->id))) {
		self_service_logout(r);
		return;
	}
	if (session_authenticated(r->lookup.session))
		self_service_send_removal(&service->retry);
	else
		self_service_not_found(r);
}

/* --- which of them --- */

static const struct self_service_call self_service_calls[] = {
	{ "/me", SELF_SERVICE_READS, self_service_me },
	{ "/list", SELF_SERVICE_READS, self_service_list },
	{ "/revoke-others", "POST", self_service_revoke_others },
	{ "/logout", "POST", self_service_logout },
};
static const struct self_service_call self_service_item = { "/list/", "DELETE",
							    self_service_remove };

/* What the path asks for; *id is that of a session. NULL: there is no such thing. */
static const struct self_service_call *self_service_find(struct slice path, struct slice *id)
{
	struct slice list = slice_from(self_service_item.path);

	for (size_t i = 0; i < sizeof(self_service_calls) / sizeof(self_service_calls[0]); i++)
		if (slice_equal(path, slice_from(self_service_calls[i].path)))
			return &self_service_calls[i];
	if (!slice_starts(path, list))
		return NULL;
	*id = slice_after(path, list.len);
	return token_id_well_formed(*id) ? &self_service_item : NULL;
}

static bool self_service_allows(const struct self_service_call *call, struct slice method)
{
	return strcmp(call->allow, SELF_SERVICE_READS) == 0
		       ? method_reads(method)
		       : slice_equal(method, slice_from(call->allow));
}

bool self_service_asked(const struct request *r)
{
	struct slice prefix = r->route->self_service, path = r->path;

	return prefix.len > 0 && slice_starts(path, prefix) &&
	       (path.len == prefix.len || path.ptr[prefix.len] == '/');
}

void self_service_begin(struct request *r)
{
	struct slice path = slice_after(r->path, r->route->self_service.len), id = { 0 };
	const struct self_service_call *call = self_service_find(path, &id);

	r->self_service = arena_alloc(&r->arena, sizeof(*r->self_service));
	if (r->self_service == NULL) {
		request_out_of_memory(r);
		return;
	}
	*r->self_service = (struct self_service){ .request = r, .id = id };
	wish_nothing(&r->lookup, &r->wish);
	r->wish.unseen = true;
	if (call == NULL)
		self_service_refuse(r, PROBLEM_NOT_FOUND, "self_service has nothing there");
	else if (!self_service_allows(call, r->method))
		self_service_refuse_method(r, call->allow);
	else if (!origin_permits(r))
		self_service_refuse(r, PROBLEM_CROSS_ORIGIN,
				    "no sign that a page of this site asks");
	else if (r->lookup.session == NULL && call->run != self_service_logout)
		self_service_refuse(r, PROBLEM_SESSION_REQUIRED,
				    "self_service is for those who have a session");
	else
		call->run(r);
}

void self_service_stop(struct request *r)
{
	if (r->self_service == NULL)
		return;
	retry_stop(&r->self_service->retry);
	store_cancel(r->worker->store, &r->self_service->op);
}
