/* front.c - one connection from a web server. */
#include "gateway/front.h"

#include "base/block.h"
#include "base/clock.h"
#include "base/log.h"
#include "gateway/demux.h"
#include "gateway/forward.h"
#include "gateway/intake.h"
#include "gateway/request.h"
#include "gateway/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FRONT_READS = 4,              /* in a turn; then the others have theirs */
	FRONT_OUT_HIGH = 256 * 1024,  /* answers wait above, and go on below the other */
	FRONT_OUT_SCARCE = 32 * 1024, /* the same, when memory is scarce */
	FRONT_STALL_MS = 60000,       /* a web server that takes nothing */
	FRONT_SCARCE_MS =
		10000, /* the same, when memory is scarce and it holds more than its share */
	FRONT_SPENT_MS = 2000, /* and when nothing is left */
	FRONT_LINGER_MS = 5000,
	FRONT_PARTING_MS = 500, /* the same, when the process ends */
	FRONT_PROBE_MS = 500,   /* how often a TCP peer is asked then */
	FRONT_ABSENCE_MS = 50,  /* how often we look after a peer that we do not read from */
	FRONT_CANDIDATES = 16,  /* for making room, looked at in one go */
};

static void front_free(struct front *f)
{
	if (f->readable != NULL)
		event_free(f->readable);
	if (f->writable != NULL)
		event_free(f->writable);
	if (f->fd >= 0)
		close(f->fd);
	buffer_wipe(&f->out);
	buffer_fini(&f->values);
	free(f);
}

static void front_leave_if_done(struct front *f);

/* --- listening, or not --- */

int64_t front_deaf_ms(const struct front *f)
{
	return f->deaf_ms + (f->deaf_since_ms != 0 ? clock_mono_ms() - f->deaf_since_ms : 0);
}

/* One whose answer was cut is waiting for the others alone. */
static struct request *front_unread_request(const struct front *f)
{
	struct link *l;

	for (l = f->requests; l != NULL; l = l->next) {
		struct request *r = request_of_link(l);

		if (!request_is_cut(r) && !intake_complete(r))
			return r;
	}
	return NULL;
}

/* What is still to be read of any request is behind that record, and will not come. Those that are
 * whole get their answers first. */
static void front_on_impatience(struct deadline *d)
{
	static const char why[] = "a record was left half sent";
	struct front *f = CONTAINER_OF(d, struct front, patience);
	struct request *r;

	if (f->requests == NULL && buffer_len(&f->out) == 0) {
		front_protocol_error(f, why);
		return;
	}
	f->leave = f->unread = true;
	while (f->state == FRONT_OPEN && (r = front_unread_request(f)) != NULL)
		request_fail(r, PROBLEM_REQUEST_TIMEOUT, why);
	front_leave_if_done(f);
}

/* Half a record that no request waits for with a deadline of its own gets one here. */
static void front_watch_record(struct front *f)
{
	int64_t header_timeout_ms = f->worker->generation->config->limits.header_timeout_ms;

	if (!f->reading || !fcgi_mid_record(&f->decoder) || demux_stream_waits(f))
		deadline_disarm(&f->patience);
	else if (!deadline_armed(&f->patience))
		deadline_arm(&f->worker->deadlines, &f->patience, header_timeout_ms,
			     front_on_impatience);
}

static bool front_peer_is_gone(const struct front *f, bool *said_eof)
{
	struct pollfd state = { .fd = f->fd, .events = POLLRDHUP };

	if (poll(&state, 1, 0) != 1)
		return false;
	*said_eof = (state.revents & POLLRDHUP) != 0;
	return (state.revents & (POLLHUP | POLLERR)) != 0;
}

/* On TCP a full close looks like a half-close until something is written. An empty STDERR record
 * says nothing to a web server, and makes a kernel whose process is gone answer with a reset. */
static void front_probe(struct front *f)
{
	struct link *l;

	f->probed_ms = clock_mono_ms();
	for (l = f->requests; l != NULL; l = l->next)
		if (fcgi_append_record(&f->out, FCGI_STDERR, request_of_link(l)->id, SLICE("")) !=
		    0)
			return;
	front_written(f);
}

/* At once when it has said EOF; and now and then all the same, since an EOF may wait behind what we
 * do not read. */
static bool front_probe_due(const struct front *f, bool said_eof)
{
	int64_t since_ms = f->probed_ms > f->deaf_since_ms ? f->probed_ms : f->deaf_since_ms;

	if (!f->tcp || buffer_len(&f->out) > 0)
		return false;
	return (said_eof && f->probed_ms == 0) || clock_mono_ms() - since_ms >= FRONT_PROBE_MS;
}

/* Nothing that the loop could tell is asked for while we do not read: so we look, now and then. */
static void front_on_absence(struct deadline *d)
{
	struct front *f = CONTAINER_OF(d, struct front, absence);
	bool said_eof = false;

	if (front_peer_is_gone(f, &said_eof)) {
		front_close(f);
		return;
	}
	if (front_probe_due(f, said_eof))
		front_probe(f);
	deadline_arm(&f->worker->deadlines, d, FRONT_ABSENCE_MS, front_on_absence);
}

static void front_turn_deaf(struct front *f)
{
	f->reading = false;
	f->deaf_since_ms = clock_mono_ms();
	if (f->state == FRONT_OPEN)
		deadline_arm(&f->worker->deadlines, &f->absence, FRONT_ABSENCE_MS,
			     front_on_absence);
}

static void front_listen(struct front *f)
{
	f->reading = true;
	if (f->record_since_ms != 0 && f->deaf_since_ms != 0)
		f->record_since_ms += clock_mono_ms() - f->deaf_since_ms;
	f->deaf_ms = front_deaf_ms(f);
	f->deaf_since_ms = 0;
	deadline_disarm(&f->absence);
}

static void front_watch(struct front *f)
{
	bool wanted = (f->state == FRONT_OPEN && f->held == 0 && !f->full && !f->input_over) ||
		      f->state == FRONT_LINGERING;

	if (wanted == f->reading)
		return;
	if ((wanted ? event_add(f->readable, NULL) : event_del(f->readable)) != 0) {
		front_close(f);
		return;
	}
	if (wanted)
		front_listen(f);
	else
		front_turn_deaf(f);
	front_watch_record(f);
}

static size_t front_out_limit(void)
{
	return block_scarce() ? FRONT_OUT_SCARCE : FRONT_OUT_HIGH;
}

/* With more on its way out than it should. */
static bool front_overflows(const struct front *f)
{
	return buffer_len(&f->out) >= FRONT_OUT_SCARCE && buffer_len(&f->out) >= front_out_limit();
}

void front_written(struct front *f)
{
	if (f->state == FRONT_CLOSED)
		return;
	/* a web server that does not take its answers may wait with its questions */
	if (!f->full && front_overflows(f)) {
		f->full = true;
		front_watch(f);
	}
	if (!f->writing)
		turn_add(&f->worker->turn, &f->flush);
}

/* As it was last written to, whatever has become scarce since: who waits is told only behind that. */
bool front_full(const struct front *f)
{
	return f->full;
}

void front_hold(struct front *f)
{
	f->held++;
	front_watch(f);
}

void front_release(struct front *f)
{
	f->held--;
	if (f->state != FRONT_CLOSED)
		front_watch(f);
}

/* --- idle, or not --- */

static void front_turn_idle(struct front *f)
{
	f->idle_since_ms = turn_now_ms(&f->worker->turn);
	queue_remove(&f->worker->idle_fronts, &f->idle_link);
	queue_append(&f->worker->idle_fronts, &f->idle_link);
}

static void front_turn_busy(struct front *f)
{
	queue_remove(&f->worker->idle_fronts, &f->idle_link);
}

void front_request_begins(struct front *f, struct link *request)
{
	f->asked = true;
	link_push(&f->requests, request);
	f->request_count++;
	front_turn_busy(f);
}

/* Nothing is on its way in or out; between this look and the close nothing else happens here. */
static bool front_is_silent(const struct front *f)
{
	char byte;

	return buffer_len(&f->out) == 0 && recv(f->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

bool front_make_room(struct worker *w)
{
	int64_t spared_ms = w->generation->config->limits.header_timeout_ms;
	int64_t now_ms = clock_mono_ms();
	int i;

	for (i = 0; i < FRONT_CANDIDATES && w->idle_fronts.first != NULL; i++) {
		struct front *f = CONTAINER_OF(w->idle_fronts.first, struct front, idle_link);

		if (now_ms - f->idle_since_ms < spared_ms)
			return false;
		if (front_is_silent(f)) {
			front_close(f);
			return true;
		}
		front_turn_idle(f); /* to the end: not idle after all */
	}
	return false;
}

/* --- closing --- */

static void front_abort_requests(struct front *f)
{
	while (f->requests != NULL)
		request_abort(request_of_link(f->requests), false);
}

void front_close(struct front *f)
{
	if (f->state == FRONT_CLOSED)
		return;
	f->state = FRONT_CLOSED;
	front_abort_requests(f);
	front_turn_busy(f);
	deadline_disarm(&f->patience);
	deadline_disarm(&f->stall);
	deadline_disarm(&f->absence);
	event_del(f->readable);
	event_del(f->writable);
	link_remove(&f->link);
	queue_remove(&f->worker->stalled_fronts, &f->stalled_link);
	tally_sub(&f->worker->tally->connections, 1);
	/* the descriptor goes now, another connection may be waiting for it; the memory when nobody
	 * up the stack can hold it any more */
	close(f->fd);
	f->fd = -1;
	turn_add(&f->worker->turn, &f->flush);
}

void front_protocol_error(struct front *f, const char *what)
{
	log_warn("", "front: closed a connection: %s", what);
	front_close(f);
}

static void front_on_stall(struct deadline *d)
{
	struct front *f = CONTAINER_OF(d, struct front, stall);

	if (f->state != FRONT_LINGERING)
		log_warn("", "front: closed a connection that takes no answer");
	front_close(f);
}

/* The longest waits first. */
void front_relieve(struct worker *w)
{
	int64_t now_ms = clock_mono_ms();
	unsigned closed = 0;

	while (w->stalled_fronts.first != NULL && block_scarce()) {
		struct front *f = CONTAINER_OF(w->stalled_fronts.first, struct front, stalled_link);

		if (now_ms - f->stalled_since_ms <
		    (block_spent() ? FRONT_SPENT_MS : FRONT_SCARCE_MS))
			break;
		queue_remove(&w->stalled_fronts, &f->stalled_link);
		if (buffer_len(&f->out) <= BLOCK_SHARE_BYTES)
			continue;     /* not worth it; its own deadline counts on */
		buffer_wipe(&f->out); /* now, and not at the turn's end: it decides who is next */
		front_close(f);
		closed++;
	}
	if (closed > 0)
		log_warn(
			"",
			"front: closed %u connections that take no answer, as limits.memory is nearly used up",
			closed);
}

/* Say EOF, then read away what is still under way. */
static void front_linger(struct front *f)
{
	bool silent = f->input_over || (!f->unread && !fcgi_mid_record(&f->decoder));

	f->state = FRONT_LINGERING;
	front_turn_busy(f);
	if (silent || shutdown(f->fd, SHUT_WR) != 0) {
		front_close(f);
		return;
	}
	deadline_arm(&f->worker->deadlines, &f->stall,
		     f->worker->draining ? FRONT_PARTING_MS : FRONT_LINGER_MS, front_on_stall);
	front_watch(f);
}

static void front_finish(struct front *f)
{
	if (f->state != FRONT_OPEN)
		return;
	f->state = FRONT_FINISHING;
	front_turn_busy(f);
	deadline_disarm(&f->absence);
	front_watch(f);
	front_written(f);
}

void front_cut(struct front *f)
{
	f->unread = true;
	front_finish(f);
	front_abort_requests(f);
}

struct request *front_running(const struct front *f)
{
	struct link *l = f->requests;

	while (l != NULL && request_is_cut(request_of_link(l)))
		l = l->next;
	return l != NULL ? request_of_link(l) : NULL;
}

void front_retire(struct front *f)
{
	/* what waits to be read or written comes first */
	if (f->state != FRONT_OPEN || f->requests != NULL || !front_is_silent(f))
		return;
	f->unread = true; /* a request may be on its way all the same */
	front_linger(f);
}

static void front_leave_if_done(struct front *f)
{
	if (f->state != FRONT_OPEN || front_running(f) != NULL)
		return;
	if (f->requests != NULL)
		front_cut(f);
	else if (f->leave || f->input_over)
		front_finish(f);
}

void front_answer_cut(struct front *f)
{
	front_leave_if_done(f);
}

void front_request_ended(struct front *f, bool keep, bool read_all)
{
	f->request_count--;
	f->leave |= !keep;
	f->unread |= !read_all;
	front_leave_if_done(f);
	if (f->state != FRONT_OPEN)
		return;
	if (f->requests == NULL)
		front_turn_idle(f);
	front_watch_record(f); /* half a record of its streams is nobody's now */
}

void front_request_refused(struct front *f, bool keep)
{
	f->leave |= !keep;
	f->unread = true;
	front_leave_if_done(f);
}

/* --- writing --- */

static void front_on_drained(struct front *f)
{
	struct link *l, *next;

	if (!f->full || buffer_len(&f->out) > front_out_limit() / 4)
		return;
	f->full = false;
	for (l = f->requests; l != NULL && !f->full; l = next) {
		next = l->next;
		forward_on_room(request_of_link(l));
	}
	front_watch(f);
}

static void front_wait_for_room(struct front *f)
{
	f->writing = true;
	f->stalled_since_ms = clock_mono_ms();
	queue_remove(&f->worker->stalled_fronts, &f->stalled_link);
	queue_append(&f->worker->stalled_fronts, &f->stalled_link);
	deadline_arm(&f->worker->deadlines, &f->stall, FRONT_STALL_MS, front_on_stall);
	if (event_add(f->writable, NULL) != 0)
		front_close(f);
}

/* Write what is there. False when the rest has to wait, or the connection is closed. */
static bool front_write(struct front *f)
{
	while (buffer_len(&f->out) > 0) {
		struct slice content = buffer_content(&f->out);
		ssize_t n = send(f->fd, content.ptr, content.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			front_wait_for_room(f);
			return false;
		}
		if (n < 0) {
			front_close(f);
			return false;
		}
		buffer_consume(&f->out, (size_t)n);
	}
	deadline_disarm(&f->stall);
	queue_remove(&f->worker->stalled_fronts, &f->stalled_link);
	buffer_fini(&f->out);
	return true;
}

static void front_flush(struct front *f)
{
	bool written = front_write(f);

	if (f->state == FRONT_CLOSED)
		return;
	front_on_drained(f);
	if (written && f->state == FRONT_FINISHING)
		front_linger(f);
}

static void front_on_chore(struct chore *c)
{
	struct front *f = CONTAINER_OF(c, struct front, flush);

	if (f->state == FRONT_CLOSED)
		front_free(f);
	else if (f->state != FRONT_LINGERING)
		front_flush(f);
}

static void front_on_writable(evutil_socket_t fd, short what, void *ctx)
{
	struct front *f = ctx;

	(void)fd;
	(void)what;
	f->writing = false;
	front_flush(f);
}

/* --- reading --- */

/* The next one has a time of its own. */
static void front_end_record(struct front *f)
{
	f->record_since_ms = 0;
	deadline_disarm(&f->patience);
}

static void front_feed(struct front *f, struct slice in)
{
	bool padding = fcgi_mid_padding(&f->decoder);
	struct fcgi_fragment fragment;
	enum fcgi_step step = FCGI_MORE;

	while (f->state == FRONT_OPEN &&
	       (step = fcgi_decode(&f->decoder, &in, &fragment)) == FCGI_FRAGMENT) {
		demux(f, &fragment);
		if (fragment.last)
			front_end_record(f);
	}
	if (f->state != FRONT_OPEN)
		return;
	if (padding && !fcgi_mid_padding(&f->decoder))
		front_end_record(f);
	if (f->record_since_ms == 0 && fcgi_mid_record(&f->decoder) &&
	    !fcgi_mid_padding(&f->decoder))
		f->record_since_ms = clock_mono_ms();
	if (step == FCGI_BAD)
		front_protocol_error(f, "not FastCGI version 1");
	else
		front_watch_record(f);
}

/* EOF: what has not wholly come will not; what has is still answered, unless the peer is gone
 * altogether. */
static void front_on_eof(struct front *f)
{
	struct link *l, *next;
	bool said_eof;

	if (front_peer_is_gone(f, &said_eof)) {
		front_close(f);
		return;
	}
	f->input_over = true;
	for (l = f->requests; l != NULL && f->state == FRONT_OPEN; l = next) {
		next = l->next;
		if (!intake_complete(request_of_link(l)))
			request_abort(request_of_link(l), false);
	}
	front_leave_if_done(f);
	if (f->state != FRONT_OPEN)
		return;
	front_watch(f);
	if (f->tcp)
		front_probe(f);
}

/* What comes while lingering is for nobody. */
static void front_read_away(struct front *f, size_t bytes)
{
	f->idle_bytes += bytes;
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
			front_read_away(f, (size_t)n);
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
	link_push(&worker->fronts, &f->link);
	front_turn_idle(f);
	front_watch(f);
	return 0;
}
