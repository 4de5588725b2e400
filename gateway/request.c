/* request.c - one FastCGI request: its states and its ends. */
#include "gateway/request.h"

#include "base/block.h"
#include "base/log.h"
#include "gateway/access_log.h"
#include "gateway/admission.h"
#include "gateway/authorizer.h"
#include "gateway/forward.h"
#include "gateway/front.h"
#include "gateway/intake.h"
#include "gateway/observer.h"
#include "gateway/self_service.h"
#include "gateway/worker.h"

#include <assert.h>

enum {
	REQUEST_CLIENT_GONE = 499, /* in the access log only; nginx's number for it */
	REQUEST_CUT_MS = 5000, /* for so long the end of a cut answer waits for other requests */
	REQUEST_TOUCH_MS = 50, /* for so long an answer waits for a touch */
	REQUEST_BLOCK_BYTES = 2048,
};

static const char *const request_state_names[] = {
#define REQUEST_STATE_NAME(name, text, whom) text,
	REQUEST_STATES(REQUEST_STATE_NAME)
#undef REQUEST_STATE_NAME
};

static const char *const request_waits_for[] = {
#define REQUEST_STATE_WHOM(name, text, whom) whom,
	REQUEST_STATES(REQUEST_STATE_WHOM)
#undef REQUEST_STATE_WHOM
};

#define TO(state) (1u << REQUEST_##state)
static const unsigned request_moves[] = {
	[REQUEST_READ_PARAMS] = TO(LOAD) | TO(READ_BODY) | TO(FORWARD) | TO(RESPOND) | TO(DONE),
	[REQUEST_LOAD] = TO(READ_BODY) | TO(FORWARD) | TO(SAVE) | TO(RESPOND) | TO(DONE),
	[REQUEST_READ_BODY] = TO(FORWARD) | TO(RESPOND) | TO(DONE),
	[REQUEST_FORWARD] = TO(SAVE) | TO(RESPOND) | TO(DONE),
	[REQUEST_SAVE] =
		TO(SAVE) | TO(RESPOND) | TO(DONE), /* again: what it has waited for is over */
	[REQUEST_RESPOND] = TO(CUT) | TO(DONE),
	[REQUEST_CUT] = TO(DONE),
	[REQUEST_DONE] = 0,
};
#undef TO

static void request_on_late(struct deadline *d);

/* How long may a state last? 0: other deadlines bound it (the body's rate, the exchange's timeouts,
 * the front's patience). */
static int64_t request_patience_ms(const struct request *r)
{
	switch (r->state) {
	case REQUEST_READ_PARAMS:
		return r->generation->config->limits.header_timeout_ms;
	case REQUEST_LOAD:
		return r->generation->config->store.timeout_ms +
		       (r->lookup.locks ? r->route->lock_wait_ms : 0);
	case REQUEST_SAVE:
		return r->generation->config->store.timeout_ms;
	case REQUEST_CUT:
		return REQUEST_CUT_MS;
	default:
		return 0;
	}
}

/* To the microsecond where the application is called, which tells how long it took us to get there; else to
 * the turn of the loop. */
static void request_count_time(struct request *r, enum request_state next)
{
	int64_t now_us = next == REQUEST_FORWARD ? clock_mono_us() : turn_now_us(&r->worker->turn);
	int64_t spent_us = now_us > r->times.state_since_us ? now_us - r->times.state_since_us : 0;

	if (r->state == REQUEST_LOAD || r->state == REQUEST_SAVE)
		r->times.store_us += spent_us;
	else if (r->state == REQUEST_FORWARD || r->state == REQUEST_RESPOND)
		r->times.application_us += spent_us;
	r->times.state_since_us += spent_us;
}

/* The only place where the state changes. */
void request_enter(struct request *r, enum request_state next)
{
	int64_t patience_ms;

	assert(request_moves[r->state] & 1u << next);
	log_debug(r->request_id, "%s -> %s, waiting for %s", request_state_names[r->state],
		  request_state_names[next], request_waits_for[next]);
	request_count_time(r, next);
	r->state = next;
	patience_ms = request_patience_ms(r);
	if (patience_ms != 0)
		deadline_arm(&r->worker->deadlines, &r->deadline, patience_ms, request_on_late);
	else
		deadline_suspend(&r->deadline);
}

/* --- the end --- */

static void request_on_chore(struct chore *c)
{
	struct request *r = CONTAINER_OF(c, struct request, chore);

	body_fini(&r->body);
	response_fini(&r->response);
	buffer_wipe(&r->pairs);
	arena_fini(&r->arena);
	generation_unref(&r->generation);
	block_return(r, REQUEST_BLOCK_BYTES);
}

/* Stop all that goes on for the request; the answer alone is left. */
static void request_stop(struct request *r)
{
	exchange_stop(&r->exchange);
	save_stop(&r->save);
	lookup_stop(&r->lookup);
	self_service_stop(r);
	deadline_disarm(&r->upload);
}

/* Its body is not waited for any more. */
static void request_let_read(struct request *r)
{
	if (!r->held)
		return;
	r->held = false;
	front_release(r->front);
}

static void request_let_go(struct request *r)
{
	ticket_part(r->ticket);
	save_fini(&r->save);
	lookup_fini(&r->lookup);
	turn_add(&r->worker->turn, &r->chore);
}

void request_release(struct request *r)
{
	request_let_go(r);
}

static enum meter_result request_result(const struct request *r)
{
	bool failed = r->response.head.status >= 500;

	if (r->refused)
		return failed ? METER_FAILED : METER_REFUSED;
	return failed ? METER_ERROR : METER_OK;
}

static void request_count(const struct request *r, enum meter_result result)
{
	struct meter_route *meter = generation_meter(r->generation, r->route);

	counter_add(&meter->results[result], 1);
	histogram_note(&meter->durations, r->times.state_since_us - r->times.begun_us);
	if (r->asked)
		histogram_note(&application_meter(generation_application(r->generation, r->route))
					->durations,
			       r->times.application_us);
}

/* Nothing more is said; the memory goes at the end of the turn, callers up the stack may hold it. */
static void request_leave(struct request *r, enum meter_result result)
{
	request_stop(r);
	request_enter(r, REQUEST_DONE);
	deadline_disarm(&r->deadline);
	request_let_read(r);
	request_count(r, result);
	access_log(r);
	if (r->route != NULL && r->route->session == ROUTE_SESSION_OBSERVE && !r->authorizes)
		observer_visit(r->worker->observer, r);
	link_remove(&r->link);
	tally_sub(&r->worker->tally->requests, 1);
	if (!ticket_busy(r->ticket))
		request_let_go(r);
	worker_request_ended(r->worker);
	front_request_ended(r->front, r->keep_conn, r->stdin_ended);
}

static void request_end(struct request *r, uint32_t app_status)
{
	struct front *front = r->front;

	if (fcgi_append_record(&front->out, FCGI_STDOUT, r->id, SLICE("")) != 0 ||
	    fcgi_append_end(&front->out, r->id, app_status, FCGI_REQUEST_COMPLETE) != 0) {
		front_close(front);
		return;
	}
	front_written(front);
	request_leave(r, request_result(r));
}

static bool request_came_through(const struct request *r, struct slice software)
{
	return slice_starts(params_get(&r->params, SLICE("SERVER_SOFTWARE")), software);
}

/* Make it seen that the answer is not whole: by closing, which the other requests of the connection
 * would notice, so it waits until they have ended. nginx takes a bare close for the end of an answer
 * without a length, and with fastcgi_buffering off of any; what is an error to it is a record that
 * no application sends. */
static void request_cut(struct request *r)
{
	log_warn(r->request_id, "the answer was cut after %llu bytes of its body",
		 (unsigned long long)r->response.body_bytes);
	if (request_came_through(r, SLICE("nginx")) &&
	    fcgi_append_record(&r->front->out, FCGI_ABORT_REQUEST, r->id, SLICE("")) != 0) {
		front_close(r->front);
		return;
	}
	request_stop(r);
	ticket_yield(r->ticket);
	request_enter(r, REQUEST_CUT);
	request_let_read(r);
	front_answer_cut(r->front);
}

/* An announced length that is not reached tells nginx and lighttpd, who take a bare close for the
 * end; with KEEP_CONN, and for Apache, who drops the length, only the close without END_REQUEST
 * does. */
static void request_end_short(struct request *r)
{
	if (r->keep_conn || request_came_through(r, SLICE("Apache")))
		request_cut(r);
	else
		request_end(r, r->response.app_status);
}

static void request_finish_now(struct request *r)
{
	ticket_yield(r->ticket);
	switch (response_ending(&r->response)) {
	case RESPONSE_WHOLE:
		request_end(r, r->response.app_status);
		break;
	case RESPONSE_SHORT:
		request_end_short(r);
		break;
	case RESPONSE_BROKEN:
		request_cut(r);
		break;
	}
}

/* The application has said all, or died, and the head is out. */
void request_finish(struct request *r)
{
	if (r->notes)
		session_notes_take(&r->worker->session_notes);
	if (!r->notes || ticket_claim(r->ticket, request_finish_now))
		request_finish_now(r);
}

/* Nothing in the answer depends on a mere touch: it waits long enough for a store that is well, and does not wait
 * for one that is not. */
static void request_hurry_touch(struct request *r)
{
	int64_t patience_ms = request_patience_ms(r);

	deadline_arm(&r->worker->deadlines, &r->deadline,
		     patience_ms < REQUEST_TOUCH_MS ? patience_ms : REQUEST_TOUCH_MS,
		     request_on_late);
}

void request_wait(struct request *r)
{
	request_enter(r, REQUEST_SAVE);
	deadline_suspend(&r->deadline);
}

void request_save(struct request *r, save_done_fn *done)
{
	struct save *s = &r->save;

	request_enter(r, REQUEST_SAVE);
	s->store = r->worker->store;
	s->deadlines = &r->worker->deadlines;
	s->config = r->generation->config;
	s->route = r->route;
	s->lookup = &r->lookup;
	s->wish = &r->wish;
	s->params = &r->params;
	s->visitor = &r->visitor;
	s->who = r->request_id;
	s->decisions = r->worker->decisions;
	s->keeps_lock = r->lookup.lasts; /* its application may save until it ends */
	s->unread = r->ticket == NULL;   /* by the session API alone: save_follow() */
	s->done = done;
	s->ctx = r;
	if (!save_begin(s)) {
		counter_add(&r->worker->meter->touches_skipped, s->skipped);
		done(r);
	} else if (s->touch && r->wish.secret == WISH_SECRET_STAYS) {
		request_hurry_touch(r);
	}
}

/* Send the head, whoever made it, and what there is of the body. */
void request_respond(struct request *r)
{
	struct head *head = &r->response.head;

	if (r->ticket == NULL)
		lookup_unlock(&r->lookup); /* nothing more is saved */
	request_enter(r, REQUEST_RESPOND);
	if (head_set(head, SLICE("X-Request-Id"), slice_from(r->request_id)) != 0 ||
	    response_start(&r->response, r->method, &r->front->out, r->id) != 0) {
		front_close(r->front); /* half a head may be there */
		return;
	}
	front_written(r->front);
	ticket_yield(r->ticket);
	if (r->response.over)
		request_finish(r);
	else
		forward_on_room(r);
}

/* The tokens that came are dead, and the answer says that a session is missing: a good moment to
 * clear them. No other answer of ours does: after a failure nothing is known for certain. */
static int request_clear_dead(struct request *r, enum problem problem)
{
	if (problem_status(problem) != 401 || r->authorizes ||
	    r->route->session != ROUTE_SESSION_ON || !lookup_dead(&r->lookup))
		return 0;
	return carrier_clear(&r->response.head, r->route, r->visitor.https,
			     r->lookup.presented.carrier);
}

int request_tell(struct request *r)
{
	const struct ticket_news *news = &r->ticket->news;
	struct head *head = &r->response.head;
	enum carrier carrier = r->lookup.presented.carrier;

	if (news->answer == SAVE_TOKEN_SEND)
		return carrier_set(head, r->route, r->visitor.https, carrier, &news->token,
				   news->age_s);
	if (news->answer == SAVE_TOKEN_CLEAR)
		return carrier_clear(head, r->route, r->visitor.https, carrier);
	return r->ticket->changed ? carrier_no_store(head, r->route) : 0;
}

/* A fresh head and body for an answer of our own, in the place of whatever there was. */
static void request_answer(struct request *r, enum problem problem)
{
	struct slice location = { 0 };
	struct buffer body = { 0 };
	struct head *head = &r->response.head;
	bool ok;

	if (problem == PROBLEM_SESSION_REQUIRED && r->self_service == NULL && !r->authorizes)
		location = admission_login_location(r);
	ok = answer_make(head, &body, problem, visitor_prefers_html(r->visitor.accept),
			 r->request_id) == 0;
	if (ok && location.ptr != NULL) {
		head->status = 302;
		head->phrase = slice_from(head_phrase(302));
		buffer_fini(&body);
		head->content_length = 0;
		head_remove(head, SLICE("Content-Type"));
		ok = head_set(head, SLICE("Location"), location) == 0;
	}
	if (ok && r->authorizes)
		ok = authorizer_refuse(r) == 0;
	response_replace(&r->response, &body);
	r->refused = true;
	if (ok && r->ticket != NULL && r->ticket->changed)
		ok = request_tell(r) == 0;
	if (ok && request_clear_dead(r, problem) == 0)
		request_respond(r);
	else
		front_close(r->front);
}

void request_fail(struct request *r, enum problem problem, const char *why)
{
	log_warn(r->request_id, "%s: %s", problem_text(problem), why);
	request_refuse(r, problem);
}

void request_out_of_memory(struct request *r)
{
	request_fail(r, PROBLEM_OVERLOADED, error_text(SG_ENOMEM));
}

/* A token that a call has made goes out with it. */
static void request_refuse_now(struct request *r)
{
	request_answer(r, r->ticket->refusal);
}

void request_refuse(struct request *r, enum problem problem)
{
	request_stop(r);
	if (r->response.started) {
		request_cut(r);
	} else if (ticket_claim(r->ticket, request_refuse_now)) {
		request_answer(r, problem);
	} else {
		r->ticket->refusal = problem;
		request_wait(r);
	}
}

void request_abort(struct request *r, bool answer)
{
	struct front *front = r->front;

	if (!request_is_cut(r))
		log_info(r->request_id, "the web server gave the request up");
	if (!r->response.started)
		r->response.head.status = REQUEST_CLIENT_GONE;
	if (answer && fcgi_append_end(&front->out, r->id, 0, FCGI_REQUEST_COMPLETE) != 0) {
		front_close(front);
		return;
	}
	front_written(front);
	request_leave(r, request_is_cut(r) ? METER_CUT : METER_ABORTED);
}

/* Only what we listened to counts. */
static void request_on_slow_params(struct request *r)
{
	int64_t left_ms = request_patience_ms(r) - intake_listening_ms(r);

	if (left_ms > 0)
		deadline_arm(&r->worker->deadlines, &r->deadline, left_ms, request_on_late);
	else
		request_fail(r, PROBLEM_REQUEST_TIMEOUT, "PARAMS did not end in time");
}

/* As if it had said that it cannot: what that means is a matter of the route. */
static void request_on_slow_store(struct request *r)
{
	log_warn(r->request_id, "the store did not answer in time");
	if (r->state == REQUEST_LOAD)
		lookup_give_up(&r->lookup);
	else
		save_give_up(&r->save);
}

static void request_on_late(struct deadline *d)
{
	struct request *r = CONTAINER_OF(d, struct request, deadline);

	if (r->state == REQUEST_READ_PARAMS) {
		request_on_slow_params(r);
	} else if (r->state == REQUEST_CUT) {
		front_cut(r->front);
	} else {
		request_on_slow_store(r);
	}
}

/* --- the beginning --- */

/* From where its arena and buffers come from as well: so it is counted, and asks malloc for nothing. */
static struct request *request_memory(void)
{
	size_t bytes = REQUEST_BLOCK_BYTES;
	struct request *r = block_borrow(&bytes);

	_Static_assert(sizeof(*r) <= REQUEST_BLOCK_BYTES, "a request fits the smallest block");
	return r != NULL ? memset(r, 0, sizeof(*r)) : NULL;
}

struct request *request_new(struct front *front, uint16_t id, bool authorizer, bool keep_conn)
{
	struct worker *w = front->worker;
	struct request *r;

	if (!tally_add(&w->tally->requests, 1, w->generation->config->limits.requests))
		return NULL;
	r = request_memory();
	if (r == NULL) {
		tally_sub(&w->tally->requests, 1);
		return NULL;
	}
	front_request_begins(front, &r->link);
	r->front = front;
	r->worker = w;
	w->requests++;
	r->generation = generation_ref(w->generation);
	r->id = id;
	r->keep_conn = keep_conn;
	r->authorizes = authorizer;
	r->chore.run = request_on_chore;
	r->times.begun_us = r->times.state_since_us = turn_now_us(&w->turn);
	request_id_make(r->request_id); /* until the front's is known, if there is one */
	response_init(&r->response, &r->arena);
	intake_listen(r);
	if (front->record_since_ms != 0) /* the first byte of BEGIN counts, not its last */
		r->listening_since_ms = front->record_since_ms;
	deadline_arm(&w->deadlines, &r->deadline, request_patience_ms(r) - intake_listening_ms(r),
		     request_on_late);
	return r;
}
