/* arrival.c - see arrival.h. */
#include "gateway/arrival.h"

#include "base/block.h"
#include "base/log.h"
#include "gateway/admission.h"
#include "gateway/authorizer.h"
#include "gateway/forward.h"
#include "gateway/intake.h"
#include "gateway/request.h"
#include "gateway/self_service.h"
#include "gateway/worker.h"

/* Names and values, and the lengths before them. */
static size_t arrival_pairs_limit(const struct request *r)
{
	const struct config_limits *limits = &r->generation->config->limits;

	return limits->params_bytes + (size_t)limits->params * PAIR_HEAD_BYTES;
}

/* PARAMS have become too much: for whom the answer is shows in those that are there. */
static void arrival_refuse_params(struct request *r, enum problem problem, const char *why)
{
	admission_glance(r);
	request_fail(r, problem, why);
}

void arrival_params(struct request *r, struct slice bytes)
{
	size_t room = arrival_pairs_limit(r) - buffer_len(&r->pairs);
	bool over = bytes.len > room;

	if (over)
		bytes.len = room;
	if (buffer_len(&r->pairs) + bytes.len > BLOCK_SHARE_BYTES && block_scarce())
		arrival_refuse_params(r, PROBLEM_OVERLOADED,
				      "large PARAMS while limits.memory is nearly used up");
	else if (buffer_append_slice(&r->pairs, bytes) != 0)
		request_out_of_memory(r);
	else if (over)
		arrival_refuse_params(r, PROBLEM_HEADERS_TOO_LARGE, "over limits.params_size");
}

/* All that the application is told stands: on to the body. */
static void arrival_prepare(struct request *r)
{
	if (admission_expose(r) != 0) {
		request_out_of_memory(r);
		return;
	}
	if (body_ready(&r->body))
		forward_begin(r);
	else
		request_enter(r, REQUEST_READ_BODY);
}

/* A route that is for some users alone refuses no one who may be one of them, and nobody is let pass as nobody. */
static bool arrival_goes_on_anonymously(const struct request *r)
{
	return r->route->on_store_failure == STORE_FAILURE_ANONYMOUS && !r->authorizes &&
	       r->route->allow_user_count == 0;
}

/* For who asks why. With a session that stays it is not called. */
static void arrival_note(const struct request *r, enum decision_reason why)
{
	const struct lookup *l = &r->lookup;
	const struct session *named = l->session != NULL ? l->session : l->named;
	struct decision d = {
		.reason = why,
		.bare = l->presented.carrier == CARRIER_NONE,
		.request = slice_from(r->request_id),
	};

	if (named != NULL) {
		decisions_name(&d, r->route, named);
	} else if (l->presented.count > 0) {
		d.session = token_id(&l->presented.tokens[0]);
	}
	decisions_note(r->worker->decisions, r->route, &d);
}

/* Of what the session is not there for, or not enough. */
static void arrival_note_refusal(const struct request *r, enum problem refusal)
{
	switch (refusal) {
	case PROBLEM_SESSION_REQUIRED:
		arrival_note(r, DECISION_SESSION_REQUIRED);
		break;
	case PROBLEM_REAUTHENTICATION_REQUIRED:
		arrival_note(r, DECISION_REAUTHENTICATION);
		break;
	case PROBLEM_USER_NOT_ALLOWED:
		arrival_note(r, DECISION_USER_NOT_ALLOWED);
		break;
	case PROBLEM_CROSS_ORIGIN:
		arrival_note(r, DECISION_CROSS_ORIGIN);
		break;
	case PROBLEM_TOO_MANY_TOKENS:
		arrival_note(r, DECISION_TOO_MANY_TOKENS);
		break;
	default: /* nothing that was decided of a session */
		break;
	}
}

static void arrival_refuse_session(struct request *r, enum problem refusal)
{
	arrival_note_refusal(r, refusal);
	request_refuse(r, refusal);
}

/* With whatever session there is: may it go on? */
static void arrival_decide(struct request *r)
{
	enum problem refusal;

	if (r->lookup.unavailable)
		log_warn(r->request_id, "the session could not be loaded: goes on without one");
	if (!admission_session(r, &refusal))
		arrival_refuse_session(r, refusal);
	else if (r->authorizes)
		authorizer_allow(r);
	else
		arrival_prepare(r);
}

/* Tokens came, and none of them is one. */
static void arrival_count_rejection(struct request *r)
{
	struct counter *counts = r->worker->meter->rejections;
	const struct lookup *l = &r->lookup;

	if (l->stale) {
		counter_add(&counts[METER_REJECTED_STALE], 1);
		return;
	}
	if (l->reason == REASON_MALFORMED)
		counter_add(&counts[METER_REJECTED_MALFORMED], 1);
	else if (l->reason == REASON_UNKNOWN)
		counter_add(&counts[METER_REJECTED_UNKNOWN], 1);
	else if (l->reason == REASON_EXPIRED)
		counter_add(&counts[METER_REJECTED_EXPIRED], 1);
}

/* The session is known, or that there is none, or nothing. */
static void arrival_loaded(void *ctx)
{
	struct request *r = ctx;
	enum problem refusal;

	if (r->lookup.stale)
		tally_count(&r->worker->tally->tokens_stale);
	if (r->lookup.session == NULL) {
		arrival_count_rejection(r);
		if (r->worker->decisions != NULL && config_route_has_sessions(r->route))
			arrival_note(r, r->lookup.why);
	}
	if (r->lookup.busy)
		request_fail(r, PROBLEM_SESSION_BUSY,
			     "other requests held the session's lock for lock_wait");
	else if (r->lookup.unavailable && !arrival_goes_on_anonymously(r))
		request_fail(r, PROBLEM_STORE_UNAVAILABLE, "the session could not be loaded");
	else if (!admission_tokens(r, &refusal))
		arrival_refuse_session(r, refusal);
	else if (!r->authorizes && self_service_asked(r))
		self_service_begin(r);
	else
		arrival_decide(r);
}

static void arrival_load(struct request *r)
{
	struct lookup *l = &r->lookup;

	l->store = r->worker->store;
	l->config = r->generation->config;
	l->route = r->route;
	/* what the gateway answers itself saves nothing that depends on what was loaded */
	l->locks = r->route->lock == LOCK_EXCLUSIVE && !r->authorizes && !self_service_asked(r);
	l->done = arrival_loaded;
	l->ctx = r;
	request_enter(r, REQUEST_LOAD);
	if (!lookup_begin(l))
		arrival_loaded(r);
}

void arrival_params_end(struct request *r)
{
	enum problem refusal;

	if (!admission_enter(r, &refusal) || !admission_body(r, &refusal)) {
		request_refuse(r, refusal);
		return;
	}
	intake_watch(r);
	if (!config_route_has_sessions(r->route))
		arrival_loaded(r); /* nobody was looked for: whoever must be somebody is refused */
	else
		arrival_load(r);
}
