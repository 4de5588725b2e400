/* session_api.c - see session_api.h. */
#include "gateway/session_api.h"

#include "base/block.h"
#include "base/log.h"
#include "gateway/chunks.h"
#include "gateway/http.h"
#include "gateway/observer.h"
#include "gateway/request.h"
#include "gateway/session_call.h"
#include "gateway/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SESSION_API_ACCEPTS = 64, /* in a turn */
	SESSION_API_PAUSE_MS = 100,
	SESSION_API_FRESH_MS = 10,          /* so long who has come may stay, to say whose he is */
	SESSION_API_LEAVING_MS = 1000,      /* for the rest of a request that was refused unread */
	SESSION_API_STRANGER_BYTES = 16384, /* of a body that comes without a good ticket */
	SESSION_API_STRANGERS_LOGGED = 10,  /* of those that are refused in one second */
};

struct session_api {
	struct worker *worker;
	int fd; /* borrowed */
	struct event *readable;
	struct deadline pause;
	struct link *callers;
	/* struct caller: those that make room for others, the longest first; of these the former before the latter */
	struct queue strangers; /* have shown no good ticket yet, whatever they have sent */
	struct queue idle;      /* have shown one, and ask nothing now */
	unsigned count;
	int64_t refused_since_ms; /* monotonic: when the second began */
	unsigned refused;         /* strangers in it */
};

enum caller_state {
	CALLER_READING,   /* a request, as far as it has come */
	CALLER_CALLING,   /* waits for a call */
	CALLER_ANSWERING, /* its answer is being taken */
	CALLER_LEAVING,   /* has its last answer; what it still sends is thrown away */
	CALLER_CLOSED,
};

/* One connection. */
struct caller {
	struct link link;
	struct link spare_link; /* of the strangers, or the idle */
	int64_t spare_since_ms; /* monotonic */
	bool known;             /* has shown a good ticket */
	struct session_api *api;
	int fd;
	struct event *readable, *writable;
	enum caller_state state;
	bool deaf;   /* readable is not added: more came before the answer */
	bool last;   /* closed after this answer */
	bool unread; /* with last: the rest of its request may still be on its way */
	struct buffer in, out;
	size_t scanned;
	bool headed; /* the request's head is read */
	struct http_request
		request; /* with head_bytes: its head stands at the front of in; the slices last until more comes */
	struct chunks chunks;
	struct buffer body;        /* as far as it has come in chunks */
	bool changes;              /* it is a PATCH */
	bool observes;             /* tells what an adapter has seen */
	char ticket[TICKET_CHARS]; /* that it shows, and how long that is */
	size_t ticket_len;
	struct session_call *call;
	struct deadline patience;
	struct chore chore; /* goes on with what has come already, or frees */
};

/* --- the end of a connection --- */

static void caller_free(struct caller *c)
{
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	close(c->fd);
	buffer_wipe(&c->in);
	buffer_wipe(&c->out);
	buffer_wipe(&c->body);
	explicit_bzero(c->ticket, sizeof(c->ticket));
	free(c);
}

/* Where it is, or would be, while others may have its place. */
static struct queue *caller_spare(const struct caller *c)
{
	return c->known ? &c->api->idle : &c->api->strangers;
}

static void caller_be_spare(struct caller *c)
{
	c->spare_since_ms = turn_now_ms(&c->api->worker->turn);
	queue_append(caller_spare(c), &c->spare_link);
}

/* Callers up the stack may hold it: the memory goes at the end of the turn. */
static void caller_close(struct caller *c)
{
	if (c->state == CALLER_CLOSED)
		return;
	c->state = CALLER_CLOSED;
	if (c->call != NULL)
		session_call_forget(c->call);
	deadline_disarm(&c->patience);
	event_del(c->readable);
	event_del(c->writable);
	link_remove(&c->link);
	queue_remove(caller_spare(c), &c->spare_link);
	c->api->count--;
	turn_add(&c->api->worker->turn, &c->chore);
}

static void caller_on_late(struct deadline *d)
{
	caller_close(CONTAINER_OF(d, struct caller, patience));
}

static void caller_wait(struct caller *c, int64_t ms)
{
	deadline_arm(&c->api->worker->deadlines, &c->patience, ms, caller_on_late);
}

/* --- answers --- */

static void caller_read_next(struct caller *c)
{
	buffer_consume(&c->in, c->request.head_bytes + c->request.body_bytes);
	c->request = (struct http_request){ .head_bytes = 0 };
	c->headed = false;
	c->chunks = (struct chunks){ .left = 0 };
	buffer_wipe(&c->body);
	c->scanned = 0;
	c->state = CALLER_READING;
	if (c->deaf && event_add(c->readable, NULL) != 0) {
		caller_close(c);
		return;
	}
	c->deaf = false;
	if (buffer_len(&c->in) > 0) {
		caller_wait(c, SESSION_API_REQUEST_MS);
		turn_add(&c->api->worker->turn, &c->chore);
		return;
	}
	/* what is idle keeps nothing, least of all what a large session took, or a ticket */
	buffer_wipe(&c->in);
	buffer_wipe(&c->out);
	if (c->known)
		caller_be_spare(c);
	caller_wait(c, SESSION_API_IDLE_MS);
}

/* Who is still sending would be told by an EPIPE that the answer will not be read (RFC 9112 section 9.6). */
static void caller_leave(struct caller *c)
{
	buffer_wipe(&c->in);
	buffer_wipe(&c->body);
	c->state = CALLER_LEAVING;
	if (shutdown(c->fd, SHUT_WR) != 0 || (c->deaf && event_add(c->readable, NULL) != 0)) {
		caller_close(c);
		return;
	}
	c->deaf = false;
	caller_wait(c, SESSION_API_LEAVING_MS);
}

static void caller_write(struct caller *c)
{
	while (buffer_len(&c->out) > 0) {
		struct slice content = buffer_content(&c->out);
		ssize_t n = send(c->fd, content.ptr, content.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && event_add(c->writable, NULL) == 0)
			return;
		if (n < 0) {
			caller_close(c);
			return;
		}
		buffer_consume(&c->out, (size_t)n);
	}
	if (c->state == CALLER_ANSWERING && c->unread)
		caller_leave(c);
	else if (c->state == CALLER_ANSWERING && c->last)
		caller_close(c);
	else if (c->state == CALLER_ANSWERING)
		caller_read_next(c);
}

static void caller_on_writable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	caller_write(ctx);
}

/* rc: of what was appended to out. */
static void caller_send(struct caller *c, int rc)
{
	if (rc != 0) {
		caller_close(c);
		return;
	}
	c->state = CALLER_ANSWERING;
	caller_wait(c, SESSION_API_REQUEST_MS);
	caller_write(c);
}

static const char *caller_field(const struct caller *c, enum problem problem)
{
	switch (problem) {
	case PROBLEM_METHOD_NOT_ALLOWED:
		return c->observes ? "Allow: POST" : "Allow: GET, PATCH";
	case PROBLEM_BAD_TICKET:
		return "WWW-Authenticate: Ticket";
	default:
		return problem_status(problem) == 503 ? "Retry-After: 1" : "";
	}
}

static void caller_refuse(struct caller *c, enum problem problem, const char *request_id)
{
	struct buffer body = { 0 };
	int rc = answer_write_problem(&body, problem, request_id);

	if (rc == 0)
		rc = http_write_with(&c->out, problem_status(problem), caller_field(c, problem),
				     SLICE("application/problem+json"), buffer_content(&body),
				     !c->last);
	buffer_fini(&body);
	caller_send(c, rc);
}

static void session_api_log_stranger(struct session_api *api, const char *request_id,
				     enum problem problem)
{
	int64_t now_ms = turn_now_ms(&api->worker->turn);

	if (api->refused == 0 || now_ms - api->refused_since_ms >= 1000) {
		api->refused_since_ms = now_ms;
		api->refused = 0;
	}
	if (api->refused == SESSION_API_STRANGERS_LOGGED)
		return;
	log_info(request_id, "session API: refused: %s", problem_text(problem));
	if (++api->refused == SESSION_API_STRANGERS_LOGGED)
		log_info("", "session API: whoever else is refused in this second is left out");
}

void session_api_refuse_stranger(struct session_api *api, enum problem problem)
{
	char request_id[REQUEST_ID_BYTES];

	request_id_make(request_id);
	session_api_log_stranger(api, request_id, problem);
}

/* Before it is known whose request it is. */
static void caller_refuse_stranger(struct caller *c, enum problem problem)
{
	char request_id[REQUEST_ID_BYTES];

	request_id_make(request_id);
	session_api_log_stranger(c->api, request_id, problem);
	caller_refuse(c, problem, request_id);
}

/* The rest of the request is not read, so nobody knows where the next one would begin. */
static void caller_refuse_unread(struct caller *c, enum problem problem)
{
	c->last = c->unread = true;
	caller_refuse_stranger(c, problem);
}

static void caller_on_outcome(void *ctx, const struct session_call_outcome *outcome)
{
	struct caller *c = ctx;

	c->call = NULL;
	if (!outcome->ok)
		caller_refuse(c, outcome->problem, outcome->request_id);
	else if (outcome->json.len > 0)
		caller_send(c, http_write(&c->out, 200, SLICE("application/json"), outcome->json,
					  !c->last));
	else
		caller_send(c, http_write(&c->out, 204, SLICE(""), SLICE(""), !c->last));
}

/* --- requests --- */

static struct slice caller_ticket(const struct caller *c)
{
	return slice_of(c->ticket, c->ticket_len);
}

/* What is asked for again when the body has come. */
static void caller_note(struct caller *c)
{
	struct slice ticket = http_credentials(c->request.authorization, SLICE("Ticket"));

	c->observes = slice_equal(c->request.path, SLICE("/observation"));
	c->changes = slice_equal(c->request.method, SLICE("PATCH"));
	c->ticket_len = ticket.len == sizeof(c->ticket) ? ticket.len : 0;
	memcpy(c->ticket, ticket.ptr, c->ticket_len);
}

static struct slice caller_body(const struct caller *c)
{
	return c->request.chunked ? buffer_content(&c->body)
				  : slice_of(buffer_content(&c->in).ptr + c->request.head_bytes,
					     c->request.body_bytes);
}

/* What the adapter has seen is counted at once: no call of a session. */
static void caller_observe(struct caller *c, struct ticket *t)
{
	const struct config_route *route = ticket_route(t);
	struct worker *w = c->api->worker;
	int rc;

	if (route->session != ROUTE_SESSION_OBSERVE) {
		caller_refuse(c, PROBLEM_NOT_FOUND, ticket_request_id(t));
		return;
	}
	rc = observer_hear(w->observer, route, caller_body(c),
			   t->request != NULL ? t->request->times.begun_us : -1,
			   turn_now_us(&w->turn));
	if (rc == 0)
		caller_send(c, http_write(&c->out, 204, SLICE(""), SLICE(""), !c->last));
	else
		caller_refuse(c, rc == SG_EFORMAT ? PROBLEM_BAD_CHANGE : PROBLEM_OVERLOADED,
			      ticket_request_id(t));
}

static int caller_call_with(struct caller *c, struct ticket *t)
{
	struct worker *w = c->api->worker;
	struct slice body = caller_body(c);

	return c->changes ? session_call_change(w, t, body, caller_on_outcome, c, &c->call)
			  : session_call_read(w, t, caller_on_outcome, c, &c->call);
}

/* The request is whole. */
static void caller_call(struct caller *c)
{
	struct ticket *t = ticket_show(&c->api->worker->tickets, caller_ticket(c));
	int rc;

	c->last = !c->request.keeps;
	if (t == NULL) {
		caller_refuse_stranger(c, PROBLEM_BAD_TICKET);
		return;
	}
	if (c->observes) {
		caller_observe(c, t);
		return;
	}
	c->state = CALLER_CALLING;
	deadline_suspend(&c->patience); /* the call has a deadline of its own */
	rc = caller_call_with(c, t);
	if (rc != 0)
		caller_refuse(c,
			      rc == SG_EFORMAT  ? PROBLEM_BAD_CHANGE
			      : rc == SG_ELIMIT ? PROBLEM_OVER_LIMIT
						: PROBLEM_OVERLOADED,
			      ticket_request_id(t));
}

/* How large may the body be, and what else is it? */
static size_t caller_most_bytes(const struct caller *c, enum problem *larger)
{
	const struct ticket *t = ticket_find(&c->api->worker->tickets, caller_ticket(c));

	*larger = t == NULL ? PROBLEM_BAD_TICKET : PROBLEM_BODY_TOO_LARGE;
	return t == NULL ? SESSION_API_STRANGER_BYTES
			 : directives_max_bytes(ticket_route(t)->realm);
}

/* May a body come that is so large? */
static bool caller_takes_body(const struct caller *c, size_t bytes, enum problem *refusal)
{
	if (bytes > caller_most_bytes(c, refusal))
		return false;
	*refusal = PROBLEM_OVERLOADED;
	return bytes <= BLOCK_SHARE_BYTES || !block_scarce();
}

static bool caller_admits(const struct caller *c, enum problem *refusal)
{
	const struct http_request *r = &c->request;
	bool is_session = slice_equal(r->path, SLICE("/session"));

	if ((is_session && (c->changes || slice_equal(r->method, SLICE("GET")))) ||
	    (c->observes && slice_equal(r->method, SLICE("POST"))))
		return caller_takes_body(c, r->body_bytes, refusal);
	*refusal = is_session || c->observes ? PROBLEM_METHOD_NOT_ALLOWED : PROBLEM_NOT_FOUND;
	return false;
}

static void caller_invite_body(struct caller *c)
{
	c->request.expects = false;
	if (http_write_continue(&c->out) != 0)
		caller_close(c);
	else
		caller_write(c);
}

/* 1 it is whole, 0 more is to come, -1 it is refused */
static int caller_hear_chunks(struct caller *c, enum problem *refusal)
{
	size_t most = caller_most_bytes(c, refusal);
	int rc = chunks_read(&c->chunks, &c->in, &c->body, most);

	if (rc == SG_EFORMAT)
		*refusal = PROBLEM_BAD_REQUEST;
	else if (rc == SG_ENOMEM)
		*refusal = PROBLEM_OVERLOADED;
	if (rc < 0 || !caller_takes_body(c, buffer_len(&c->body), refusal))
		return -1;
	return rc;
}

static int caller_hear_body(struct caller *c, enum problem *refusal)
{
	return c->request.chunked
		       ? caller_hear_chunks(c, refusal)
		       : buffer_len(&c->in) >= c->request.head_bytes + c->request.body_bytes;
}

static void caller_on_body(struct caller *c)
{
	enum problem refusal;
	int rc = caller_hear_body(c, &refusal);

	if (rc < 0)
		caller_refuse_unread(c, refusal);
	else if (rc == 1)
		caller_call(c);
	else if (c->request.expects)
		caller_invite_body(c);
}

/* Chunks are taken from the front of in: its head makes way for them. */
static void caller_forget_head(struct caller *c)
{
	buffer_consume(&c->in, c->request.head_bytes);
	c->request.head_bytes = 0;
	c->request.method = c->request.path = c->request.authorization = SLICE("");
}

static void caller_on_head(struct caller *c)
{
	enum problem refusal;

	c->headed = true;
	caller_note(c);
	if (!c->known && ticket_find(&c->api->worker->tickets, caller_ticket(c)) != NULL) {
		queue_remove(&c->api->strangers, &c->spare_link);
		c->known = true;
	}
	if (!caller_admits(c, &refusal)) {
		caller_refuse_unread(c, refusal);
		return;
	}
	if (c->request.chunked)
		caller_forget_head(c);
	caller_on_body(c);
}

/* More has come, or the answer to what came before is out. */
static void caller_proceed(struct caller *c)
{
	int rc;

	if (c->headed) {
		caller_on_body(c);
		return;
	}
	rc = http_read(buffer_content(&c->in), &c->scanned, &c->request);
	if (rc == 1)
		caller_on_head(c);
	else if (rc != 0)
		caller_refuse_unread(c, rc == SG_ELIMIT ? PROBLEM_HEADERS_TOO_LARGE
							: PROBLEM_BAD_REQUEST);
}

static void caller_feed(struct caller *c, struct slice bytes)
{
	if (buffer_len(&c->in) == 0 && !c->headed) {
		if (c->known)
			queue_remove(&c->api->idle, &c->spare_link);
		caller_wait(c, SESSION_API_REQUEST_MS);
	}
	if (buffer_append_slice(&c->in, bytes) != 0)
		caller_refuse_unread(c, PROBLEM_OVERLOADED);
	else
		caller_proceed(c);
}

/* One request after the other: what comes before an answer waits in the socket. */
static void caller_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct caller *c = ctx;
	struct worker *w = c->api->worker;
	ssize_t n;

	(void)what;
	if (c->state != CALLER_READING && c->state != CALLER_LEAVING) {
		event_del(c->readable);
		c->deaf = true;
		return;
	}
	n = recv(fd, w->scratch, sizeof(w->scratch), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		caller_close(c);
	else if (c->state == CALLER_READING)
		caller_feed(c, slice_of(w->scratch, (size_t)n));
}

static void caller_on_chore(struct chore *chore)
{
	struct caller *c = CONTAINER_OF(chore, struct caller, chore);

	if (c->state == CALLER_CLOSED)
		caller_free(c);
	else if (c->state == CALLER_READING)
		caller_proceed(c);
}

/* --- connections --- */

static int caller_open(struct session_api *api, int fd)
{
	struct caller *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return SG_ENOMEM;
	}
	c->api = api;
	c->fd = fd;
	c->chore.run = caller_on_chore;
	c->readable = event_new(api->worker->loop, fd, EV_READ | EV_PERSIST, caller_on_readable, c);
	c->writable = event_new(api->worker->loop, fd, EV_WRITE, caller_on_writable, c);
	if (c->readable == NULL || c->writable == NULL || event_add(c->readable, NULL) != 0) {
		caller_free(c);
		return SG_ENOMEM;
	}
	link_push(&api->callers, &c->link);
	caller_be_spare(c);
	api->count++;
	caller_wait(c, SESSION_API_IDLE_MS);
	return 0;
}

static void session_api_on_pause_over(struct deadline *d)
{
	struct session_api *api = CONTAINER_OF(d, struct session_api, pause);

	if (event_add(api->readable, NULL) != 0)
		deadline_arm(&api->worker->deadlines, d, SESSION_API_PAUSE_MS,
			     session_api_on_pause_over);
}

/* New ones wait in the backlog for a moment. */
static void session_api_pause(struct session_api *api)
{
	event_del(api->readable);
	deadline_arm(&api->worker->deadlines, &api->pause, SESSION_API_PAUSE_MS,
		     session_api_on_pause_over);
}

/* Whose place somebody else may have; NULL: nobody's, or not yet. */
static struct caller *session_api_spare(const struct session_api *api)
{
	struct link *l = api->strangers.first != NULL ? api->strangers.first : api->idle.first;
	struct caller *c = l != NULL ? CONTAINER_OF(l, struct caller, spare_link) : NULL;
	int64_t now_ms = turn_now_ms(&api->worker->turn);

	return c != NULL && now_ms - c->spare_since_ms >= SESSION_API_FRESH_MS ? c : NULL;
}

/* There is no descriptor: that of a spare one is free at the end of the turn, and then it is tried again. */
static void session_api_want_descriptor(struct session_api *api)
{
	struct caller *spare = session_api_spare(api);

	if (spare != NULL)
		caller_close(spare);
	else
		session_api_pause(api);
}

static bool session_api_accept(struct session_api *api)
{
	/* cppcheck-suppress nullPointer; its gnu.cfg forgets that both may be NULL */
	int fd = accept4(api->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		return caller_open(api, fd) == 0;
	if (errno == EAGAIN)
		return false;
	if (errno == ECONNABORTED || errno == EINTR)
		return true;
	session_api_want_descriptor(api);
	return false;
}

static void session_api_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct session_api *api = ctx;

	(void)fd;
	(void)what;
	for (int i = 0; i < SESSION_API_ACCEPTS; i++) {
		struct caller *spare = NULL;

		if (api->count >= SESSION_API_CONNECTIONS &&
		    (spare = session_api_spare(api)) == NULL) {
			session_api_pause(api);
			return;
		}
		if (!session_api_accept(api))
			return;
		if (spare != NULL)
			caller_close(spare);
	}
}

int session_api_open(struct worker *w, const struct session_socket *socket,
		     struct session_api **out)
{
	struct session_api *api = calloc(1, sizeof(*api));

	if (api == NULL)
		return SG_ENOMEM;
	api->worker = w;
	api->fd = socket->fd;
	queue_init(&api->strangers);
	queue_init(&api->idle);
	api->readable =
		event_new(w->loop, api->fd, EV_READ | EV_PERSIST, session_api_on_readable, api);
	if (api->readable == NULL || event_add(api->readable, NULL) != 0) {
		session_api_close(&api);
		return SG_ENOMEM;
	}
	*out = api;
	return 0;
}

void session_api_end_calls(struct worker *w)
{
	while (w->session_calls != NULL)
		session_call_stop(CONTAINER_OF(w->session_calls, struct session_call, running_link),
				  PROBLEM_DRAINING);
}

void session_api_close(struct session_api **apip)
{
	struct session_api *api = *apip;

	*apip = NULL;
	if (api == NULL)
		return;
	session_api_end_calls(api->worker);
	while (api->callers != NULL)
		caller_close(CONTAINER_OF(api->callers, struct caller, link));
	deadline_disarm(&api->pause);
	if (api->readable != NULL)
		event_free(api->readable);
	free(api);
}
