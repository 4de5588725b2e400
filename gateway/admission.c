/* admission.c - may this request go on, and with what? */
#include "gateway/admission.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/percent.h"
#include "gateway/adapter.h"
#include "gateway/expose.h"
#include "gateway/method.h"
#include "gateway/origin.h"
#include "gateway/request.h"
#include "gateway/route.h"
#include "gateway/worker.h"

#include <assert.h>

static bool admission_refuse(struct request *r, enum problem *refusal, enum problem problem,
			     const char *why)
{
	log_info(r->request_id, "refused: %s: %s", problem_text(problem), why);
	*refusal = problem;
	return false;
}

void admission_glance(struct request *r)
{
	struct slice rest = buffer_content(&r->pairs);
	struct param pair;

	while (pairs_next(&rest, &pair) == 1) {
		if (slice_equal(pair.name, SLICE("HTTP_X_REQUEST_ID")))
			request_id_take(pair.value, r->request_id);
		else if (slice_equal(pair.name, SLICE("HTTP_ACCEPT")))
			r->visitor.accept = pair.value;
	}
}

static bool admission_out_of_memory(struct request *r, enum problem *refusal)
{
	return admission_refuse(r, refusal, PROBLEM_OVERLOADED, error_text(SG_ENOMEM));
}

static bool admission_route(struct request *r, enum problem *refusal)
{
	const struct config *config = r->generation->config;
	int rc = route_path(&r->params, &r->path);

	if (rc != 0)
		return rc == SG_ENOMEM ? admission_out_of_memory(r, refusal)
				       : admission_refuse(r, refusal, PROBLEM_BAD_REQUEST,
							  "a NUL in the path");
	switch (route_find(config, &r->params, &r->visitor, r->path, &r->route)) {
	case ROUTE_FOUND:
		r->authorizes |= r->route->mode == MODE_AUTHORIZE;
		return true;
	case ROUTE_UNKNOWN_NAME:
		return admission_refuse(r, refusal, PROBLEM_INTERNAL,
					"SESSIONGATE_ROUTE names a route that does not exist");
	case ROUTE_NONE:
		break;
	}
	return admission_refuse(r, refusal, PROBLEM_NO_ROUTE,
				"no route for this host, path and method");
}

bool admission_enter(struct request *r, enum problem *refusal)
{
	const struct config *config = r->generation->config;
	const char *why = "";
	int rc = params_read(buffer_content(&r->pairs), config, &r->arena, &r->params, &why);

	if (rc != 0)
		admission_glance(r);
	if (rc == SG_ELIMIT)
		return admission_refuse(r, refusal, PROBLEM_HEADERS_TOO_LARGE, why);
	if (rc == SG_EFORMAT)
		return admission_refuse(r, refusal, PROBLEM_BAD_REQUEST, why);
	if (rc != 0)
		return admission_out_of_memory(r, refusal);
	request_id_take(params_known(&r->params, PARAM_HTTP_X_REQUEST_ID), r->request_id);
	r->method = params_known(&r->params, PARAM_REQUEST_METHOD);
	if (visitor_read(&r->params, config, &r->visitor) != 0)
		return admission_out_of_memory(r, refusal);
	if (!admission_route(r, refusal))
		return false;
	if (carrier_take(&r->params, config, r->route, r->visitor.https, &r->lookup.presented) != 0)
		return admission_out_of_memory(r, refusal);
	return true;
}

/* CONTENT_LENGTH as a number; absent, empty and Caddy's -1 mean that nobody knows. */
static bool admission_length(const struct request *r, int64_t *length)
{
	struct slice text = params_known(&r->params, PARAM_CONTENT_LENGTH);
	uint64_t number;

	*length = BODY_UNKNOWN;
	if (text.len == 0 || slice_equal(text, SLICE("-1")))
		return true;
	if (!slice_number(text, INT64_MAX, &number))
		return false;
	*length = (int64_t)number;
	return true;
}

bool admission_body(struct request *r, enum problem *refusal)
{
	const struct config_limits *limits = &r->generation->config->limits;
	uint64_t max_bytes =
		r->route->body_bytes == UINT64_MAX ? limits->body_bytes : r->route->body_bytes;
	int64_t length = 0;

	if (!r->authorizes && !admission_length(r, &length))
		return admission_refuse(r, refusal, PROBLEM_BAD_REQUEST,
					"CONTENT_LENGTH is not a number");
	if (length > 0 && max_bytes != 0 && (uint64_t)length > max_bytes)
		return admission_refuse(r, refusal, PROBLEM_BODY_TOO_LARGE, "over the body size");
	body_init(&r->body, limits, r->worker->tally, length,
		  r->route->application != NULL ? r->route->application->buffer_request_bytes : 0,
		  max_bytes);
	/* the application gets the body with its length, never in chunks */
	params_remove_known(&r->params, PARAM_HTTP_TRANSFER_ENCODING);
	return true;
}

static bool admission_user_allowed(const struct config_route *route, const struct session *session)
{
	size_t i;

	if (route->allow_user_count == 0)
		return true;
	for (i = 0; session != NULL && i < route->allow_user_count; i++)
		if (session_authenticated(session) &&
		    slice_equal(route->allow_users[i], session->user))
			return true;
	return false;
}

/* Has this address brought more unknown tokens than it may? */
static bool admission_over_strangers(struct request *r)
{
	uint64_t limit = r->generation->config->limits.unknown_tokens;
	int64_t now_ms = turn_now_us(&r->worker->turn) / 1000;
	struct worker *w = r->worker;
	bool over = false;

	if (limit == 0 || (w->strangers == NULL && strangers_new(&w->strangers) != 0))
		return false; /* for want of memory nobody is refused */
	for (size_t i = 0; i < r->lookup.presented.count; i++)
		if ((r->lookup.absent & 1u << i) != 0)
			over = strangers_over(w->strangers, r->visitor.address,
					      token_id(&r->lookup.presented.tokens[i]), limit,
					      now_ms);
	return over;
}

bool admission_tokens(struct request *r, enum problem *refusal)
{
	if (r->lookup.absent == 0 || r->lookup.session != NULL || !admission_over_strangers(r))
		return true;
	return admission_refuse(r, refusal, PROBLEM_TOO_MANY_TOKENS,
				"too many different unknown tokens from this address");
}

bool admission_session(struct request *r, enum problem *refusal)
{
	const struct config_route *route = r->route;
	const struct session *session = r->lookup.session;
	bool authenticated = session != NULL && session_authenticated(session);
	enum route_require require = r->authorizes ? route->authorizer_require : route->require;

	if (r->authorizes && !config_route_has_sessions(route))
		return admission_refuse(r, refusal, PROBLEM_USER_NOT_ALLOWED,
					"an authorizer on a route without sessions");
	if (require == REQUIRE_LOGIN && !authenticated)
		return admission_refuse(r, refusal, PROBLEM_SESSION_REQUIRED,
					"the route requires a login");
	if (require == REQUIRE_SESSION && session == NULL)
		return admission_refuse(r, refusal, PROBLEM_SESSION_REQUIRED,
					"the route requires a session");
	assert(route->max_login_age_ms == 0 || session != NULL); /* it implies require: login */
	if (route->max_login_age_ms != 0 &&
	    clock_wall_ms() - session->login_ms > route->max_login_age_ms)
		return admission_refuse(r, refusal, PROBLEM_REAUTHENTICATION_REQUIRED,
					"the login is older than max_login_age");
	if (!admission_user_allowed(route, session))
		return admission_refuse(r, refusal, PROBLEM_USER_NOT_ALLOWED, "not in allow_users");
	if (route->csrf == CSRF_CHECK && !origin_permits(r))
		return admission_refuse(r, refusal, PROBLEM_CROSS_ORIGIN,
					"no sign that a page of this site asks");
	return true;
}

/* --- where to log in --- */

/* The path and query that the visitor asked for. */
static int admission_target(struct request *r, struct buffer *out)
{
	struct slice uri = params_known(&r->params, PARAM_REQUEST_URI), query;
	int rc;

	if (uri.len > 0)
		return buffer_append_slice(out, route_target(uri));
	query = params_get(&r->params, SLICE("QUERY_STRING"));
	rc = buffer_append_slice(out, params_known(&r->params, PARAM_SCRIPT_NAME));
	if (rc == 0)
		rc = buffer_append_slice(out, params_known(&r->params, PARAM_PATH_INFO));
	if (rc == 0 && query.len > 0)
		rc = buffer_append(out, "?", 1);
	return rc == 0 ? buffer_append_slice(out, query) : rc;
}

/* One leading slash: "//host/" and "/\host/" would lead a browser to another host. */
static struct slice admission_local(struct slice target)
{
	while (target.len > 0 && (target.ptr[0] == '/' || target.ptr[0] == '\\'))
		target = slice_after(target, 1);
	return target;
}

struct slice admission_login_url(struct request *r, size_t max_bytes)
{
	const char *url = r->route->login_url;
	struct buffer target = { 0 }, location = { 0 };
	struct slice out = { 0 };

	if (!method_reads(r->method))
		return slice_from(url);
	if (admission_target(r, &target) == 0 &&
	    buffer_printf(&location, "%s%cnext=%%2F", url, strchr(url, '?') != NULL ? '&' : '?') ==
		    0 &&
	    percent_encode(&location, admission_local(buffer_content(&target)), "") == 0)
		out = buffer_len(&location) <= max_bytes
			      ? arena_copy(&r->arena, buffer_content(&location))
			      : slice_from(url);
	buffer_fini(&target);
	buffer_fini(&location);
	return out;
}

/* nginx takes a header block of 4 KiB by default: rather no way back than a 502. */
enum { ADMISSION_LOCATION_BYTES = 3072 };

struct slice admission_login_location(struct request *r)
{
	if (r->route->login_url == NULL || !visitor_prefers_html(r->visitor.accept) ||
	    !method_reads(r->method))
		return (struct slice){ 0 };
	return admission_login_url(r, ADMISSION_LOCATION_BYTES);
}

/* --- what the application is told --- */

static int admission_add_configured(struct request *r)
{
	const struct config_application *application = r->route->application;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < application->param_count; i++)
		rc = params_set(&r->params, application->params[i].name,
				application->params[i].value);
	return rc;
}

static int admission_expose_api(struct request *r)
{
	const struct session_socket *socket = r->worker->session_socket;
	int rc;

	if (socket == NULL)
		return 0;
	rc = ticket_issue(&r->worker->tickets, r, &r->ticket);
	if (rc != 0)
		return rc;
	r->lookup.lasts = true;
	return expose_session_api(&r->params, session_socket_path(socket),
				  slice_of(r->ticket->text, TICKET_CHARS));
}

static int admission_expose_session(struct request *r)
{
	struct lookup *l = &r->lookup;
	struct slice next_id = { 0 };
	int rc;

	if (l->next.text[0] != '\0')
		next_id = token_id(&l->next);
	rc = expose_session(&r->params, r->route,
			    application_reads_php(generation_application(r->generation, r->route)),
			    l->session, l->reason, next_id);
	if (rc == 0 && r->route->application->session_api)
		rc = admission_expose_api(r);
	return rc;
}

/* What the adapter observes it tells the session API. */
static int admission_expose_adapter(struct request *r)
{
	int rc = 0;

	if (r->route->adapter.len > 0 && r->route->session == ROUTE_SESSION_OBSERVE)
		rc = admission_expose_api(r);
	if (rc != 0)
		return rc;
	return adapter_expose(&r->params, r->route,
			      application_knows_plain_folder(
				      generation_application(r->generation, r->route), &r->params),
			      &r->exchange.imprint);
}

int admission_expose(struct request *r)
{
	int rc;

	if ((rc = admission_add_configured(r)) != 0 ||
	    (rc = params_set_known(&r->params, PARAM_HTTP_X_REQUEST_ID,
				   slice_from(r->request_id))) != 0 ||
	    (rc = expose_remote_user(&r->params, r->route, r->lookup.session)) != 0 ||
	    (config_route_has_sessions(r->route) && (rc = admission_expose_session(r)) != 0))
		return rc;
	return r->route->application->adapter.kind != ADAPTER_NONE ? admission_expose_adapter(r)
								   : 0;
}
