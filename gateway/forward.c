/* forward.c - a request's time with its application: what is sent, what comes back, and what that
 * asks of the session. */
#include "gateway/forward.h"

#include "base/block.h"
#include "base/decimal.h"
#include "base/log.h"
#include "base/quantity.h"
#include "gateway/adapter.h"
#include "gateway/front.h"
#include "gateway/intake.h"
#include "gateway/method.h"
#include "gateway/request.h"
#include "gateway/worker.h"

#include <stdio.h>

enum {
	FORWARD_WINDOW_BYTES = 65536, /* of the body on its way at once */
	FORWARD_HELD_BYTES = 65536,   /* of the answer, while its head waits */
	FORWARD_UNCOUNTED_BYTES =
		4096, /* Status, lengths, what ends here: of no limit, but bounded */
};

static struct request *forward_request(struct exchange *e)
{
	return CONTAINER_OF(e, struct request, exchange);
}

/* --- to the application --- */

/* PHP swallows the next request when CONTENT_LENGTH says more than there is, so it says what there is. */
static int forward_set_length(struct request *r)
{
	struct slice before = params_known(&r->params, PARAM_CONTENT_LENGTH);
	char text[DECIMAL_BYTES];
	struct slice length = decimal_text(r->body.length, text);
	struct slice copy;

	if (slice_equal(before, length))
		return 0;
	copy = arena_copy(&r->arena, length);
	return copy.ptr == NULL ? SG_ENOMEM
				: params_set_known(&r->params, PARAM_CONTENT_LENGTH, copy);
}

static int forward_give_body(struct request *r, struct buffer *out)
{
	int rc = body_give(&r->body, out, EXCHANGE_REQUEST_ID, FORWARD_WINDOW_BYTES);

	r->exchange.given = r->body.given;
	r->exchange.rewindable = body_rewindable(&r->body);
	intake_release(r);
	return rc;
}

/* What PHP keeps for a connection is said there once. */
static int forward_load_adapter(struct request *r)
{
	const struct config_adapter *adapter = &r->route->application->adapter;
	const struct exchange *e = &r->exchange;

	return e->imprint != 0 && e->imprint == adapter->imprint && !e->imprinted
		       ? adapter_load(&r->params, adapter)
		       : 0;
}

static int forward_on_begin(struct exchange *e, struct buffer *out, bool keep_conn)
{
	struct request *r = forward_request(e);
	int rc;

	if (body_rewindable(&r->body))
		body_rewind(&r->body);
	if ((rc = fcgi_append_begin(out, EXCHANGE_REQUEST_ID, FCGI_RESPONDER,
				    keep_conn ? FCGI_KEEP_CONN : 0)) != 0 ||
	    (rc = forward_load_adapter(r)) != 0 ||
	    (rc = fcgi_append_params(out, EXCHANGE_REQUEST_ID, r->params.items, r->params.count)) !=
		    0)
		return rc;
	return forward_give_body(r, out);
}

static int forward_on_more(struct exchange *e, struct buffer *out)
{
	return forward_give_body(forward_request(e), out);
}

/* --- what the answer asks of the session --- */

static bool forward_read_directives(struct request *r)
{
	const char *why = "";
	int rc;

	if (!config_route_has_sessions(r->route))
		return true;
	if (r->route->session == ROUTE_SESSION_PEEK) {
		directives_drop(&r->response.head, "the route's session is peek", r->request_id);
		return true;
	}
	rc = directives_read(&r->response.head, r->route->application->directives, r->route->realm,
			     r->request_id, &r->directives, &why);
	if (rc == SG_ENOMEM)
		request_fail(r, PROBLEM_OVERLOADED, error_text(rc));
	else if (rc != 0)
		request_fail(r, PROBLEM_BAD_DIRECTIVE, why);
	return rc == 0;
}

/* "plain folder 300": for so many seconds. -1: it says something else. */
static int64_t forward_plain_folder_s(struct slice said)
{
	static const struct slice word = { "plain folder ", sizeof("plain folder ") - 1 };
	uint64_t seconds;

	if (!slice_starts(said, word) ||
	    quantity_read_count(slice_after(said, word.len), &seconds) != NULL ||
	    seconds > INT64_MAX)
		return -1;
	return (int64_t)seconds;
}

/* What the adapter says of itself. */
static void forward_hear_adapter(struct request *r, struct slice said, int64_t plain_s)
{
	struct application *a = generation_application(r->generation, r->route);

	if (slice_equal(said, SLICE("reads SESSION_PHP")))
		application_note_reads_php(a);
	else if (plain_s >= 0)
		application_note_plain_folder(a, &r->params, plain_s);
	else if (slice_equal(said, SLICE("notes")))
		r->notes = true;
	else if (!remark_adapter(application_remark(a), r->request_id, said))
		log_warn(r->request_id, "unknown word of an adapter dropped");
}

/* PHP finds a session without a word of its adapter, if another application of the realm has made it. */
static bool forward_shows_session(const struct request *r, int64_t plain_s)
{
	const struct config_application *settings = r->route->application;

	return r->directives.any || (r->directives.adapter.len > 0 && plain_s < 0) ||
	       (r->ticket != NULL && r->ticket->shown > 0) ||
	       (settings->adapter.kind == ADAPTER_NONE && r->lookup.session != NULL);
}

/* What is remarkable in it, the first time. */
static void forward_remark(struct request *r)
{
	const struct config_application *settings = r->route->application;
	struct remark *remark = application_remark(generation_application(r->generation, r->route));
	struct slice said = r->directives.adapter;
	int64_t plain_s = forward_plain_folder_s(said);

	if (said.len > 0)
		forward_hear_adapter(r, said, plain_s);
	if (r->route->session == ROUTE_SESSION_ON)
		remark_response(remark, forward_shows_session(r, plain_s), !settings->session_api);
}

static bool forward_wish(struct request *r)
{
	int rc = wish_make(r->route, &r->lookup, &r->directives, &r->arena, clock_wall_coarse_ms(),
			   &r->wish);

	if (rc == 0)
		wish_grow_old(r->route, &r->lookup, clock_wall_coarse_ms(), &r->wish);
	else if (rc == SG_ENOMEM)
		request_out_of_memory(r);
	else
		request_fail(r, PROBLEM_BAD_DIRECTIVE,
			     "login_from: the attribute's value can be nobody's name");
	if (rc == 0 && r->lookup.stale && r->directives.any)
		log_info(r->request_id, "directives other than Login dropped: the token was "
					"replaced a moment ago");
	return rc == 0;
}

/* The token's way out, and what caches must know. */
static int forward_seal(struct request *r)
{
	const struct save *s = &r->save;
	struct head *head = &r->response.head;
	enum carrier carrier = r->lookup.presented.carrier;
	bool https = r->visitor.https;

	if (s->answer == SAVE_TOKEN_SEND)
		return carrier_set(head, r->route, https, carrier, &s->token, save_token_age_s(s));
	if (s->answer == SAVE_TOKEN_CLEAR)
		return carrier_clear(head, r->route, https, carrier);
	if (r->ticket != NULL && r->ticket->changed && !s->late)
		return request_tell(r);
	if (r->directives.any ||
	    (r->route->private_ == PRIVATE_ALWAYS && r->lookup.session != NULL))
		return carrier_no_store(head, r->route);
	return 0;
}

/* Nothing could be saved: does the answer go out all the same? Not where it says that somebody came or went, or that
 * an old secret is dead. Then it tells the browser nothing of its token. */
static bool forward_does_without(struct request *r)
{
	const struct wish *w = &r->wish;

	if (r->route->on_save_failure == SAVE_FAILURE_FAIL || w->logout || w->logout_others ||
	    w->user_goes != WISH_USER_STAYS || r->directives.rotate || r->directives.rotate_grace)
		return false;
	tally_count(&r->worker->tally->saves_left_out);
	log_warn(r->request_id,
		 "the session could not be saved: the answer goes out without its changes");
	r->save.answer = SAVE_TOKEN_NONE;
	return true;
}

static void forward_send(struct request *r)
{
	if (forward_seal(r) != 0)
		request_out_of_memory(r);
	else
		request_respond(r);
}

static void forward_saved(void *ctx)
{
	struct request *r = ctx;

	if (r->ticket != NULL && r->save.verdict == SAVE_FINE)
		save_follow(&r->save);
	switch (r->save.verdict) {
	case SAVE_FINE:
		forward_send(r);
		break;
	case SAVE_OVER_LIMIT:
		request_fail(
			r, PROBLEM_BAD_DIRECTIVE,
			"X-Session-Set or X-Session-Update: the session would be over max_size or max_attributes");
		break;
	case SAVE_BLOCKED:
		request_fail(r, PROBLEM_USER_BLOCKED, "the user is blocked");
		break;
	case SAVE_FULL:
		request_fail(r, PROBLEM_SESSION_LIMIT,
			     "the user has as many sessions as per_user_limit allows");
		break;
	case SAVE_UNAVAILABLE:
		if (forward_does_without(r)) {
			forward_send(r);
			break;
		}
		request_fail(r, PROBLEM_STORE_UNAVAILABLE, "the session could not be saved");
		break;
	}
}

static void forward_save(struct request *r)
{
	if (config_route_has_sessions(r->route))
		request_save(r, forward_saved);
	else
		forward_saved(r);
}

/* --- from the application --- */

/* What may be gathered at all: the limit for headers is held against those that are left in the end.
 * Directives come on top of it, up to four times what a session may hold. */
static size_t forward_block_limit(const struct request *r)
{
	size_t limit =
		r->generation->config->limits.response_header_bytes + FORWARD_UNCOUNTED_BYTES;

	return config_route_has_sessions(r->route) ? limit + directives_max_bytes(r->route->realm)
						   : limit;
}

/* The header is read, and what calls have changed before it came is saved. */
static void forward_settle(struct request *r)
{
	if (!forward_wish(r))
		return;
	forward_remark(r);
	if (r->lookup.unavailable && r->directives.any)
		request_fail(r, PROBLEM_STORE_UNAVAILABLE,
			     "directives, and the session could not be loaded");
	else if (response_head_bytes(&r->response) >
		 r->generation->config->limits.response_header_bytes)
		request_fail(r, PROBLEM_BAD_RESPONSE,
			     "the response is over limits.response_header_size");
	else
		forward_save(r);
}

static void forward_on_head(struct request *r)
{
	size_t dropped = carrier_guard(&r->response.head, r->generation->config);

	r->exchange.heading = false;
	if (dropped > 0)
		log_warn(
			r->request_id,
			"application %s: dropped %zu Set-Cookie or token headers that are ours to say",
			r->route->application->name, dropped);
	if (!forward_read_directives(r))
		return;
	if (ticket_claim(r->ticket, forward_settle))
		forward_settle(r);
	else
		request_wait(r);
}

/* Is it directives that make the block so long? */
static bool forward_speaks_of_session(const struct request *r)
{
	struct slice rest = buffer_content(&r->response.block), line;

	if (r->route->session != ROUTE_SESSION_ON)
		return false;
	while (rest.len > 0) {
		slice_cut(&rest, '\n', &line);
		if (directive_named(line))
			return true;
	}
	return false;
}

static void forward_on_head_bytes(struct request *r, struct slice bytes)
{
	const char *why = error_text(SG_ENOMEM);
	int rc = response_feed(&r->response, bytes, forward_block_limit(r), &why);

	if (rc == 1)
		forward_on_head(r);
	else if (rc == SG_ELIMIT && forward_speaks_of_session(r))
		request_fail(r, PROBLEM_BAD_DIRECTIVE,
			     "X-Session-*: together over four times max_size");
	else if (rc == SG_ENOMEM)
		request_fail(r, PROBLEM_OVERLOADED, why);
	else if (rc != 0)
		request_fail(r, PROBLEM_BAD_RESPONSE, why);
}

static bool forward_has_room(const struct request *r)
{
	size_t held = buffer_len(&r->response.held);

	return held < FORWARD_HELD_BYTES && (held < BLOCK_SHARE_BYTES || !block_scarce()) &&
	       !front_full(r->front);
}

static bool forward_on_output(struct exchange *e, struct slice bytes)
{
	struct request *r = forward_request(e);
	struct front *front = r->front;

	switch (r->state) {
	case REQUEST_FORWARD:
		forward_on_head_bytes(r, bytes);
		break;
	case REQUEST_SAVE:
		if (response_hold(&r->response, bytes) != 0)
			request_out_of_memory(r);
		break;
	default:
		if (response_body(&r->response, bytes, &front->out, r->id) != 0)
			request_out_of_memory(r);
		else
			front_written(front);
	}
	return forward_has_room(r);
}

/* In any state: another request's answer on the same connection may have been what was in the way. */
void forward_on_room(struct request *r)
{
	if (forward_has_room(r))
		exchange_resume(&r->exchange);
}

static bool forward_on_complaint(struct exchange *e, struct slice bytes)
{
	struct request *r = forward_request(e);
	enum stderr_to to = r->route->application->stderr_to;

	if (r->route->adapter.len > 0)
		remark_complaint(
			application_remark(generation_application(r->generation, r->route)), bytes);
	if (to != STDERR_FORWARD)
		complaint_log(&r->worker->complaints, &r->complaint_bytes, r->request_id,
			      r->route->application->name, bytes);
	if (to != STDERR_LOG) {
		if (fcgi_append_stream(&r->front->out, FCGI_STDERR, r->id, bytes) != 0)
			request_out_of_memory(r);
		else
			front_written(r->front);
	}
	return forward_has_room(r);
}

/* The application will say no more. In SAVE the answer goes on when the store has spoken. */
static void forward_over(struct request *r, bool lost)
{
	r->response.over = true;
	r->response.lost = lost;
	if (r->state == REQUEST_RESPOND)
		request_finish(r);
}

static void forward_on_ended(struct exchange *e, uint32_t app_status)
{
	struct request *r = forward_request(e);

	r->response.app_status = app_status;
	if (r->state == REQUEST_FORWARD)
		request_fail(r, PROBLEM_BAD_RESPONSE,
			     "the application ended without a whole header block");
	else
		forward_over(r, false);
}

static enum problem forward_problem(enum exchange_failure why)
{
	switch (why) {
	case EXCHANGE_UNREACHABLE:
	case EXCHANGE_BACKLOG_FULL:
		return PROBLEM_APPLICATION_UNAVAILABLE;
	case EXCHANGE_QUEUE_FULL:
	case EXCHANGE_QUEUE_TIMEOUT:
	case EXCHANGE_MEMORY:
		return PROBLEM_OVERLOADED;
	case EXCHANGE_CONNECT_TIMEOUT:
	case EXCHANGE_READ_TIMEOUT:
		return PROBLEM_APPLICATION_TIMEOUT;
	default:
		return PROBLEM_BAD_RESPONSE;
	}
}

static void forward_on_failed(struct exchange *e, enum exchange_failure why)
{
	struct request *r = forward_request(e);

	if (r->state == REQUEST_FORWARD) {
		request_fail(r, forward_problem(why), exchange_failure_text(why));
		return;
	}
	log_warn(r->request_id, "in the middle of the answer: %s", exchange_failure_text(why));
	forward_over(r, true);
}

static const struct exchange_ops forward_ops = {
	.begin = forward_on_begin,
	.more = forward_on_more,
	.output = forward_on_output,
	.complaint = forward_on_complaint,
	.ended = forward_on_ended,
	.failed = forward_on_failed,
};

void forward_begin(struct request *r)
{
	struct exchange *e = &r->exchange;

	if (forward_set_length(r) != 0) {
		request_out_of_memory(r);
		return;
	}
	r->asked = true;
	request_enter(r, REQUEST_FORWARD);
	e->ops = &forward_ops;
	e->heading = true;
	e->read_timeout_ms = r->route->read_timeout_ms != 0
				     ? r->route->read_timeout_ms
				     : r->route->application->read_timeout_ms;
	e->idempotent = method_is_safe(r->method);
	e->rewindable = body_rewindable(&r->body);
	exchange_start(e, generation_application(r->generation, r->route));
}
