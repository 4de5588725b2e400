/* front.c - one connection from a web server. */
#include "gateway/front.h"

#include "base/clock.h"
#include "base/log.h"
#include "gateway/request.h"
#include "gateway/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FRONT_READS = 4,             /* in a turn; then the others have theirs */
	FRONT_OUT_HIGH = 256 * 1024, /* answers wait above, and go on below the other */
	FRONT_OUT_LOW = 64 * 1024,
	FRONT_IDLE_RECORDS = 1000,           /* without any progress between them */
	FRONT_IDLE_BYTES = 64 * 1024 * 1024, /* the rest of an upload that was answered early */
	FRONT_STALL_MS = 60000,              /* a web server that takes nothing */
	FRONT_LINGER_MS = 5000,
};

static void front_free(struct front *f)
{
	if (f->readable != NULL)
		event_free(f->readable);
	if (f->writable != NULL)
		event_free(f->writable);
	close(f->fd);
	buffer_wipe(&f->out);
	buffer_fini(&f->values);
	free(f);
}

static void front_watch(struct front *f)
{
	bool wanted = (f->state == FRONT_OPEN && f->held == 0 && !f->full && !f->input_over) ||
		      (f->state == FRONT_LINGERING);

	if (wanted == f->reading)
		return;
	if ((wanted ? event_add(f->readable, NULL) : event_del(f->readable)) == 0)
		f->reading = wanted;
}

bool front_idle(const struct front *f)
{
	return f->requests == NULL && buffer_len(&f->out) == 0 && !fcgi_mid_record(&f->decoder);
}

bool front_full(const struct front *f)
{
	return buffer_len(&f->out) >= FRONT_OUT_HIGH;
}

void front_written(struct front *f)
{
	if (f->state == FRONT_CLOSED)
		return;
	if (front_full(f) && !f->full) {
		f->full = true;
		front_watch(f);
	}
	if (!f->writing)
		turn_add(&f->worker->turn, &f->flush);
}

void front_hold(struct front *f)
{
	f->held++;
	front_watch(f);
}

void front_release(struct front *f)
{
	f->held--;
	front_watch(f);
}

/* --- closing --- */

static void front_abort_requests(struct front *f)
{
	while (f->requests != NULL)
		request_abort(f->requests, false);
}

void front_close(struct front *f)
{
	if (f->state == FRONT_CLOSED)
		return;
	f->state = FRONT_CLOSED;
	front_abort_requests(f);
	deadline_disarm(&f->patience);
	event_del(f->readable);
	event_del(f->writable);
	*f->slot = f->next;
	if (f->next != NULL)
		f->next->slot = f->slot;
	tally_sub(&f->worker->tally->connections, 1);
	turn_add(&f->worker->turn,
		 &f->flush); /* which frees it: somebody up the stack may hold it */
}

static void front_on_impatience(struct deadline *d)
{
	struct front *f = (struct front *)((char *)d - offsetof(struct front, patience));

	if (f->state != FRONT_LINGERING)
		log_info("", "front: closed a connection that %s",
			 f->writing ? "takes no answer" : "left a record half sent");
	front_close(f);
}

static void front_be_patient(struct front *f, int64_t ms)
{
	deadline_arm(&f->worker->deadlines, &f->patience, ms, front_on_impatience);
}

/* Say EOF, then read away what is still under way. */
static void front_linger(struct front *f)
{
	f->state = FRONT_LINGERING;
	if (f->input_over || shutdown(f->fd, SHUT_WR) != 0) {
		front_close(f);
		return;
	}
	front_be_patient(f, FRONT_LINGER_MS);
	front_watch(f);
}

static void front_finish(struct front *f)
{
	if (f->state != FRONT_OPEN)
		return;
	f->state = FRONT_FINISHING;
	front_watch(f);
	front_written(f);
}

void front_cut(struct front *f)
{
	front_abort_requests(f);
	front_finish(f);
}

static void front_protocol_error(struct front *f, const char *what)
{
	log_warn("", "front: closed a connection: %s", what);
	front_close(f);
}

void front_request_ended(struct front *f, bool keep, bool read_all)
{
	f->request_count--;
	if (!keep)
		f->leave = true;
	if (f->requests == NULL && (f->leave || f->input_over)) {
		/* nothing unread is under way: no need to linger for it */
		if (read_all && !fcgi_mid_record(&f->decoder))
			f->input_over = true;
		front_finish(f);
	}
}

/* --- writing --- */

static void front_on_drained(struct front *f)
{
	struct request *r, *next;

	if (!f->full || buffer_len(&f->out) > FRONT_OUT_LOW)
		return;
	f->full = false;
	for (r = f->requests; r != NULL && !f->full; r = next) {
		next = r->next;
		request_on_room(r);
	}
	front_watch(f);
}

static bool front_write(struct front *f)
{
	while (buffer_len(&f->out) > 0) {
		struct slice content = buffer_content(&f->out);
		ssize_t n = send(f->fd, content.ptr, content.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (!f->writing) {
				f->writing = true;
				front_be_patient(f, FRONT_STALL_MS);
			}
			event_add(f->writable, NULL);
			return true;
		}
		if (n < 0) {
			front_close(f);
			return false;
		}
		if (f->writing)
			front_be_patient(f, FRONT_STALL_MS);
		buffer_consume(&f->out, (size_t)n);
	}
	if (f->writing) {
		f->writing = false;
		deadline_disarm(&f->patience);
	}
	buffer_fini(&f->out);
	return true;
}

static void front_flush(struct front *f)
{
	if (!front_write(f))
		return;
	front_on_drained(f);
	if (f->state == FRONT_FINISHING && buffer_len(&f->out) == 0)
		front_linger(f);
}

static void front_on_chore(struct chore *c)
{
	struct front *f = (struct front *)((char *)c - offsetof(struct front, flush));

	if (f->state == FRONT_CLOSED)
		front_free(f);
	else
		front_flush(f);
}

/* After EOF on TCP the writable event, edge-triggered, is what tells of a reset. */
static void front_on_writable(evutil_socket_t fd, short what, void *ctx)
{
	struct front *f = ctx;
	struct pollfd state = { .fd = fd };

	(void)what;
	if (f->input_over && poll(&state, 1, 0) == 1 &&
	    (state.revents & (POLLHUP | POLLERR)) != 0) {
		front_close(f);
		return;
	}
	front_flush(f);
}

/* --- records --- */

/* What leads nowhere is counted: false when it has become too much. */
static bool front_tolerates(struct front *f, const struct fcgi_fragment *fragment)
{
	f->idle_records += fragment->last;
	f->idle_bytes += fragment->bytes.len;
	if (f->idle_records <= FRONT_IDLE_RECORDS && f->idle_bytes <= FRONT_IDLE_BYTES)
		return true;
	front_protocol_error(f, "too many records that lead nowhere");
	return false;
}

static void front_progress(struct front *f)
{
	f->idle_records = 0;
	f->idle_bytes = 0;
}

static struct request *front_request(const struct front *f, uint16_t id)
{
	struct request *r = f->requests;

	while (r != NULL && r->id != id)
		r = r->next;
	return r;
}

/* A complete answer to a request that never became one. */
static void front_refuse(struct front *f, uint16_t id, bool keep, enum problem problem,
			 uint8_t protocol_status)
{
	log_info("", "front: refused a request: %s", problem_text(problem));
	if (answer_append_refusal(&f->out, id, problem, protocol_status) != 0) {
		front_close(f);
		return;
	}
	front_written(f);
	f->request_count++;
	front_request_ended(f, keep, false);
}

static void front_accept_request(struct front *f, uint16_t id, bool keep)
{
	struct worker *w = f->worker;
	const struct config_limits *limits = &w->generation->config->limits;
	struct request *r;

	if (f->request_count >= limits->requests_per_connection) {
		front_refuse(f, id, keep, PROBLEM_OVERLOADED,
			     limits->requests_per_connection == 1 ? FCGI_CANT_MPX_CONN
								  : FCGI_OVERLOADED);
		return;
	}
	if (w->draining) {
		front_refuse(f, id, keep, PROBLEM_DRAINING, FCGI_REQUEST_COMPLETE);
		return;
	}
	if (!tally_add(&w->tally->requests, 1, limits->requests)) {
		front_refuse(f, id, keep, PROBLEM_OVERLOADED, FCGI_OVERLOADED);
		return;
	}
	r = request_new(f, id, keep);
	if (r == NULL) {
		tally_sub(&w->tally->requests, 1);
		front_refuse(f, id, keep, PROBLEM_OVERLOADED, FCGI_OVERLOADED);
		return;
	}
	f->request_count++;
	r->slot = &f->requests;
	r->next = f->requests;
	if (r->next != NULL)
		r->next->slot = &r->next;
	f->requests = r;
}

static void front_begin(struct front *f, const struct fcgi_fragment *fragment)
{
	uint16_t role, id = fragment->record.id;
	uint8_t body[8];
	bool exact, keep;

	if (!fcgi_gather(&f->decoder, fragment, body, &exact))
		return;
	if (!exact || front_request(f, id) != NULL) {
		front_protocol_error(f, exact ? "BEGIN_REQUEST for a running request"
					      : "BEGIN_REQUEST of a wrong length");
		return;
	}
	front_progress(f);
	role = (uint16_t)(body[0] << 8 | body[1]);
	keep = (body[2] & FCGI_KEEP_CONN) != 0;
	if (role == FCGI_RESPONDER)
		front_accept_request(f, id, keep);
	else
		front_refuse(f, id, keep, PROBLEM_ROLE_NOT_SUPPORTED, FCGI_UNKNOWN_ROLE);
}

static void front_params(struct front *f, const struct fcgi_fragment *fragment)
{
	struct request *r = front_request(f, fragment->record.id);

	if (r == NULL) {
		front_tolerates(f, fragment);
	} else if (!request_reads_params(r)) {
		front_protocol_error(f, "PARAMS after their end");
	} else if (fragment->record.content_bytes == 0) {
		request_params_end(r);
	} else {
		request_params(r, fragment->bytes);
	}
}

static void front_stdin(struct front *f, const struct fcgi_fragment *fragment)
{
	struct request *r = front_request(f, fragment->record.id);

	if (r == NULL || r->stdin_ended) {
		front_tolerates(f, fragment);
	} else if (request_reads_params(r)) {
		front_protocol_error(f, "STDIN before the end of PARAMS");
	} else if (fragment->record.content_bytes == 0) {
		request_stdin_end(r);
	} else {
		front_progress(f);
		request_stdin(r, fragment->bytes);
	}
}

static void front_abort_record(struct front *f, const struct fcgi_fragment *fragment)
{
	struct request *r = front_request(f, fragment->record.id);

	if (r != NULL && fragment->last)
		request_abort(r, true);
	else
		front_tolerates(f, fragment);
}

static void front_get_values(struct front *f, const struct fcgi_fragment *fragment)
{
	const struct config_limits *limits = &f->worker->generation->config->limits;

	if (buffer_append_slice(&f->values, fragment->bytes) != 0) {
		front_close(f);
		return;
	}
	if (!fragment->last)
		return;
	if (fcgi_append_values(&f->out, buffer_content(&f->values), limits->max_connections,
			       limits->requests, limits->requests_per_connection > 1) != 0) {
		front_protocol_error(f, "GET_VALUES without pairs");
		return;
	}
	buffer_fini(&f->values);
	front_written(f);
}

static void front_management(struct front *f, const struct fcgi_fragment *fragment)
{
	if (!front_tolerates(f, fragment))
		return;
	if (fragment->record.type >= FCGI_BEGIN_REQUEST && fragment->record.type <= FCGI_DATA) {
		front_protocol_error(f, "a request's record under the id 0");
	} else if (fragment->record.type == FCGI_GET_VALUES) {
		front_get_values(f, fragment);
	} else if (fragment->last) {
		if (fcgi_append_unknown_type(&f->out, fragment->record.type) != 0)
			front_close(f);
		else
			front_written(f);
	}
}

static void front_fragment(struct front *f, const struct fcgi_fragment *fragment)
{
	if (fragment->record.id == FCGI_NULL_REQUEST_ID) {
		front_management(f, fragment);
		return;
	}
	switch (fragment->record.type) {
	case FCGI_BEGIN_REQUEST:
		front_begin(f, fragment);
		break;
	case FCGI_PARAMS:
		front_params(f, fragment);
		break;
	case FCGI_STDIN:
		front_stdin(f, fragment);
		break;
	case FCGI_ABORT_REQUEST:
		front_abort_record(f, fragment);
		break;
	default: /* FCGI_DATA, which only Filters read, and what does not belong to this side */
		front_tolerates(f, fragment);
	}
}

/* --- reading --- */

/* Half a record that no request waits for with a deadline of its own gets one here. */
static void front_watch_record(struct front *f)
{
	const struct fcgi_decoder *d = &f->decoder;
	bool stream = d->open && d->content_left > 0 &&
		      (d->record.type == FCGI_PARAMS || d->record.type == FCGI_STDIN) &&
		      front_request(f, d->record.id) != NULL;

	if (f->writing)
		return;
	if (!fcgi_mid_record(d) || stream)
		deadline_disarm(&f->patience);
	else if (!deadline_armed(&f->patience))
		front_be_patient(f, f->worker->generation->config->limits.header_timeout_ms);
}

static void front_feed(struct front *f, struct slice in)
{
	struct fcgi_fragment fragment;
	enum fcgi_step step = FCGI_MORE;

	while (f->state == FRONT_OPEN &&
	       (step = fcgi_decode(&f->decoder, &in, &fragment)) == FCGI_FRAGMENT)
		front_fragment(f, &fragment);
	if (f->state != FRONT_OPEN)
		return;
	if (step == FCGI_BAD)
		front_protocol_error(f, "not FastCGI version 1");
	else
		front_watch_record(f);
}

/* On TCP a full close looks like a half-close until something is written. An empty STDERR record says nothing to a
 * web server, and makes a kernel whose process is gone answer with a reset. */
static void front_probe(struct front *f)
{
	struct request *r;

	for (r = f->requests; r != NULL; r = r->next)
		if (fcgi_append_record(&f->out, FCGI_STDERR, r->id, SLICE("")) != 0)
			return;
	front_written(f);
}

/* EOF: what has not wholly come will not; what has is still answered, unless the peer is gone altogether. */
static void front_on_eof(struct front *f)
{
	struct pollfd state = { .fd = f->fd };
	struct request *r, *next;

	f->input_over = true;
	front_watch(f);
	if (poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0) {
		front_close(f);
		return;
	}
	for (r = f->requests; r != NULL; r = next) {
		next = r->next;
		if (!request_input_complete(r))
			request_abort(r, false);
	}
	if (f->state != FRONT_OPEN)
		return;
	if (f->requests == NULL) {
		front_finish(f);
		return;
	}
	event_free(f->writable);
	f->writable = event_new(f->worker->loop, f->fd, EV_WRITE | EV_ET | EV_PERSIST,
				front_on_writable, f);
	if (f->writable == NULL || event_add(f->writable, NULL) != 0)
		front_close(f);
	else if (f->tcp)
		front_probe(f);
}

/* What comes while lingering is for nobody. */
static void front_read_away(struct front *f, ssize_t n)
{
	f->idle_bytes += (uint64_t)n;
	if (f->idle_bytes > FRONT_IDLE_BYTES)
		front_close(f);
}

static void front_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct front *f = ctx;
	struct worker *w = f->worker;
	ssize_t n = sizeof(w->scratch);
	int turn;

	(void)what;
	for (turn = 0; turn < FRONT_READS && n == (ssize_t)sizeof(w->scratch); turn++) {
		n = recv(fd, w->scratch, sizeof(w->scratch), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0 || (n == 0 && f->state == FRONT_LINGERING)) {
			front_close(f);
			return;
		}
		if (n == 0)
			front_on_eof(f);
		else if (f->state == FRONT_LINGERING)
			front_read_away(f, n);
		else
			front_feed(f, slice_of(w->scratch, (size_t)n));
		if (!f->reading || f->state == FRONT_CLOSED)
			return;
	}
}

int front_open(struct worker *worker, int fd, bool tcp)
{
	struct front *f = calloc(1, sizeof(*f));

	if (f != NULL) {
		f->fd = fd;
		f->tcp = tcp;
		f->worker = worker;
		f->flush.run = front_on_chore;
		f->readable =
			event_new(worker->loop, fd, EV_READ | EV_PERSIST, front_on_readable, f);
		f->writable = event_new(worker->loop, fd, EV_WRITE, front_on_writable, f);
	}
	if (f == NULL || f->readable == NULL || f->writable == NULL) {
		tally_sub(&worker->tally->connections, 1);
		if (f != NULL)
			front_free(f);
		else
			close(fd);
		return SG_ENOMEM;
	}
	f->next = worker->fronts;
	if (f->next != NULL)
		f->next->slot = &f->next;
	f->slot = &worker->fronts;
	worker->fronts = f;
	front_watch(f);
	return 0;
}
