/* upstream.c - one connection to a server of an application. */
#include "gateway/upstream.h"

#include "base/block.h"
#include "base/log.h"
#include "gateway/front.h"
#include "gateway/server.h"
#include "gateway/worker.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	UPSTREAM_OUT_BYTES = 65536, /* more of the body is asked for below this */
	UPSTREAM_READS = 4,         /* of one connection in a turn; then the others have theirs */
	UPSTREAM_STRAYS = 1000,
	UPSTREAM_GULP_BYTES =
		4096, /* what came in one write and is no longer than this is read at once */
};

static void upstream_lost(struct upstream *u, enum exchange_failure why);
static void upstream_on_chore(struct chore *c);
static void upstream_on_readable(evutil_socket_t fd, short what, void *ctx);
static void upstream_on_writable(evutil_socket_t fd, short what, void *ctx);

static struct upstream *upstream_of_chore(struct chore *c)
{
	return CONTAINER_OF(c, struct upstream, chore);
}

/* --- the server's lists --- */

static void upstream_unlink(struct upstream *u)
{
	if (link_listed(&u->idle_link))
		u->server->idle_count--;
	link_remove(&u->idle_link);
	queue_remove(&u->server->door->fresh, &u->fresh_link);
}

static void upstream_link_idle(struct upstream *u)
{
	link_push(&u->server->idle, &u->idle_link);
	u->server->idle_count++;
}

/* --- opening and closing --- */

static bool upstream_watch(struct upstream *u, bool reading)
{
	if (u->reading != reading &&
	    (reading ? event_add(u->readable, NULL) : event_del(u->readable)) == 0)
		u->reading = reading;
	return u->reading == reading;
}

static void upstream_free(struct upstream *u)
{
	if (u->readable != NULL)
		event_free(u->readable);
	if (u->writable != NULL)
		event_free(u->writable);
	if (u->fd >= 0)
		close(u->fd);
	buffer_wipe(&u->out);
	free(u);
}

void upstream_close(struct upstream *u)
{
	assert(u->state != UPSTREAM_CLOSED);
	upstream_unlink(u);
	deadline_disarm(&u->idle);
	if (u->exchange != NULL)
		u->exchange->upstream = NULL;
	u->exchange = NULL;
	u->state = UPSTREAM_CLOSED;
	u->server->connections--;
	server_changed(u->server);
	event_del(u->readable);
	event_del(u->writable);
	/* the descriptor goes now, an application's process may be waiting for it; the memory when
	 * nobody up the stack can hold it any more */
	close(u->fd);
	u->fd = -1;
	turn_add(&u->worker->turn, &u->chore);
}

static struct upstream *upstream_new(struct server *server, int fd)
{
	struct worker *w = server->worker;
	struct upstream *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->server = server;
	u->worker = w;
	u->fd = fd;
	u->chore.run = upstream_on_chore;
	u->readable = event_new(w->loop, fd, EV_READ | EV_PERSIST, upstream_on_readable, u);
	u->writable = event_new(w->loop, fd, EV_WRITE, upstream_on_writable, u);
	if (u->readable == NULL || u->writable == NULL) {
		u->fd = -1;
		upstream_free(u);
		return NULL;
	}
	return u;
}

static void upstream_adopt(struct upstream *u, struct exchange *e)
{
	u->exchange = e;
	e->upstream = u;
}

static void upstream_begin(struct upstream *u)
{
	struct exchange *e = u->exchange;

	u->state = UPSTREAM_BUSY;
	u->begun_ms = turn_now_ms(&u->worker->turn);
	u->broken = u->wrote = u->answered = u->began = u->spoke = u->output_closed = u->paused =
		false;
	u->strays = 0;
	u->sent = 0;
	server_begins(u);
	u->keep_conn = server_keeps_connections(u->server);
	e->imprinted = u->imprint == e->imprint;
	if (e->imprint != 0)
		u->imprint = e->imprint;
	if (!upstream_watch(u, true) || e->ops->begin(e, &u->out, u->keep_conn) != 0) {
		upstream_lost(u, EXCHANGE_MEMORY);
		return;
	}
	turn_add(&u->worker->turn, &u->chore);
}

static void upstream_connected(struct upstream *u)
{
	queue_append(&u->server->door->fresh, &u->fresh_link);
	upstream_begin(u);
}

/* A request that was taken comes before a web server's connection that does nothing. */
static int upstream_socket(const struct server *server)
{
	int family = server->address->socket.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = errno;

	if (fd < 0 && (error == EMFILE || error == ENFILE) && front_make_room(server->worker))
		return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	errno = error;
	return fd;
}

enum upstream_opened upstream_open(struct server *server, struct exchange *e)
{
	const struct address *to = server->address;
	int one = 1, fd = upstream_socket(server), error = 0;
	struct upstream *u;

	if (fd < 0)
		return UPSTREAM_WANTING;
	if (to->kind == ADDRESS_TCP)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (const struct sockaddr *)&to->socket, to->socket_len) != 0)
		error = errno;
	if (error != 0 && error != EINPROGRESS) {
		close(fd);
		errno = error;
		return error == EAGAIN ? UPSTREAM_FULL : UPSTREAM_REFUSED;
	}
	u = upstream_new(server, fd);
	if (u == NULL) {
		close(fd);
		errno = ENOMEM;
		return UPSTREAM_WANTING;
	}
	server->connections++;
	upstream_adopt(u, e);
	u->state = UPSTREAM_CONNECTING;
	if (error == 0)
		upstream_connected(u);
	else if (event_add(u->writable, NULL) != 0)
		server_connect_failed(u, ENOMEM);
	return UPSTREAM_OPENED;
}

/* --- writing --- */

static void upstream_lost(struct upstream *u, enum exchange_failure why)
{
	if (u->exchange != NULL)
		server_failed(u, why);
	else
		upstream_close(u);
}

/* Write what is there; false when the connection failed (and is gone). */
static bool upstream_write(struct upstream *u)
{
	while (buffer_len(&u->out) > 0) {
		struct slice content = buffer_content(&u->out);
		ssize_t n = send(u->fd, content.ptr, content.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			u->writing = true;
			if (event_add(u->writable, NULL) == 0)
				return true;
			upstream_lost(u, EXCHANGE_MEMORY);
			return false;
		}
		if (n < 0) {
			/* an answer that came before it closed (libfcgi, fcgiwrap) is still to be read */
			buffer_fini(&u->out);
			u->broken = true;
			if (u->wrote)
				return true;
			upstream_lost(u, EXCHANGE_LOST);
			return false;
		}
		u->wrote = true;
		u->sent += (uint64_t)n;
		u->exchange->read_since_ms = turn_now_ms(&u->worker->turn);
		buffer_consume(&u->out, (size_t)n);
	}
	buffer_fini(&u->out);
	return true;
}

/* Write, and ask for more of the body as long as the socket takes it. */
static void upstream_flush(struct upstream *u)
{
	size_t before;

	if (u->state != UPSTREAM_BUSY || u->writing || u->broken)
		return;
	do {
		if (!upstream_write(u) || u->writing || u->broken || u->exchange->given)
			return;
		before = buffer_len(&u->out);
		if (u->exchange->ops->more(u->exchange, &u->out) != 0) {
			upstream_lost(u, EXCHANGE_MEMORY);
			return;
		}
	} while (buffer_len(&u->out) > before);
}

static void upstream_on_chore(struct chore *c)
{
	struct upstream *u = upstream_of_chore(c);

	if (u->state == UPSTREAM_CLOSED)
		upstream_free(u);
	else if (u->doomed)
		upstream_lost(u, EXCHANGE_MEMORY);
	else
		upstream_flush(u);
}

static void upstream_on_writable(evutil_socket_t fd, short what, void *ctx)
{
	struct upstream *u = ctx;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)what;
	u->writing = false;
	if (u->state == UPSTREAM_CONNECTING) {
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
			error = errno;
		if (error != 0) {
			server_connect_failed(u, error);
		} else {
			upstream_connected(u);
		}
		return;
	}
	upstream_flush(u);
}

void upstream_push(struct upstream *u)
{
	if (u->state == UPSTREAM_BUSY && !u->writing && buffer_len(&u->out) < UPSTREAM_OUT_BYTES)
		turn_add(&u->worker->turn, &u->chore);
}

/* Neither the end of the connection has come, nor a byte that nobody asked for. */
static bool upstream_is_silent(const struct upstream *u)
{
	char byte;

	return recv(u->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

bool upstream_reuse(struct upstream *u, struct exchange *e)
{
	bool repeatable = e->idempotent && e->rewindable;

	assert(u->state == UPSTREAM_IDLE);
	/* The loop has looked at it in this turn already. What came since is worth a system call where a
	 * second attempt could not make up for it, and where the server is known for such things. */
	if ((!repeatable || u->server->restless) && !upstream_is_silent(u)) {
		server_left(u->server);
		upstream_close(u);
		return false;
	}
	upstream_unlink(u);
	deadline_suspend(&u->idle);
	u->reused = true;
	upstream_adopt(u, e);
	upstream_begin(u);
	return true;
}

/* --- reading --- */

static void upstream_first_byte(struct upstream *u)
{
	if (u->answered)
		return;
	u->answered = true;
	upstream_unlink(u); /* no longer among the fresh ones */
}

/* An application that has answered and left some of the body unread. libfcgi throws away what it has
 * read ahead, and would take the middle of the rest for the next request. A TCP socket cannot tell. */
static bool upstream_is_half_read(const struct upstream *u)
{
	return u->sent > UPSTREAM_GULP_BYTES && u->server->address->kind == ADDRESS_UNIX &&
	       !server_reads_all(u->server) && !upstream_is_read(u);
}

static void upstream_end_record(struct upstream *u, const struct fcgi_fragment *f, bool more_input)
{
	struct fcgi_end end;
	int rc = fcgi_read_end(&u->decoder, f, &end);
	bool reusable;

	if (rc == 0)
		return;
	if (rc != 1) {
		upstream_lost(u, EXCHANGE_PROTOCOL);
		return;
	}
	reusable = u->keep_conn && !u->broken && u->exchange->given && buffer_len(&u->out) == 0 &&
		   !more_input && !fcgi_mid_record(&u->decoder) && !upstream_is_half_read(u);
	server_ended(u, end.app_status, end.protocol_status, reusable);
}

/* STDOUT alone counts as a sign of life: complaining is not answering. */
static void upstream_output(struct upstream *u, struct slice bytes)
{
	struct exchange *e = u->exchange;

	/* a header block that comes in drops is late all the same: it has the timeout once more,
	 * from its first byte on */
	if (!u->began || !e->heading)
		e->read_since_ms = turn_now_ms(&u->worker->turn);
	u->began = u->spoke = true;
	if (!e->ops->output(e, bytes) && u->exchange == e)
		u->paused = true;
}

/* Of a record that means nothing: ignored, but not without end. */
static void upstream_stray(struct upstream *u, const struct fcgi_fragment *f)
{
	u->strays += f->last;
	if (u->strays > UPSTREAM_STRAYS)
		upstream_lost(u, EXCHANGE_PROTOCOL);
}

/* Is it our own BEGIN_REQUEST, before any answer? */
static bool upstream_is_echo(const struct upstream *u, const struct fcgi_fragment *f)
{
	return f->record.type == FCGI_BEGIN_REQUEST && f->record.id == EXCHANGE_REQUEST_ID &&
	       !u->spoke;
}

/* One run of a record. Afterwards the connection may be idle or closed. */
static void upstream_fragment(struct upstream *u, const struct fcgi_fragment *f, bool more_input)
{
	struct exchange *e = u->exchange;
	bool ours = f->record.type == FCGI_STDOUT || f->record.type == FCGI_STDERR ||
		    f->record.type == FCGI_END_REQUEST;

	if (f->record.id != EXCHANGE_REQUEST_ID && (ours || f->record.id != FCGI_NULL_REQUEST_ID)) {
		upstream_lost(u, EXCHANGE_PROTOCOL);
		return;
	}
	if (upstream_is_echo(u, f)) {
		server_echoed(u);
	} else if (!ours) {
		upstream_stray(u, f);
	} else if (f->record.type == FCGI_END_REQUEST) {
		upstream_end_record(u, f, more_input);
	} else if (f->record.content_bytes == 0) {
		u->output_closed |= f->record.type == FCGI_STDOUT;
		upstream_stray(u, f);
	} else if (f->record.type == FCGI_STDERR) {
		u->paused |= !e->ops->complaint(e, f->bytes) && u->exchange == e;
	} else if (!u->output_closed) {
		upstream_output(u, f->bytes);
	}
}

static void upstream_feed(struct upstream *u, struct slice in)
{
	struct exchange *e = u->exchange;
	struct fcgi_fragment f;
	enum fcgi_step step;

	upstream_first_byte(u);
	while ((step = fcgi_decode(&u->decoder, &in, &f)) == FCGI_FRAGMENT) {
		upstream_fragment(u, &f, in.len > 0);
		if (u->state != UPSTREAM_BUSY || u->exchange != e)
			return;
	}
	if (step == FCGI_BAD)
		upstream_lost(u, EXCHANGE_PROTOCOL);
}

static void upstream_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct upstream *u = ctx;
	struct worker *w = u->worker;
	size_t most = block_scarce() ? BLOCK_SHARE_BYTES : sizeof(w->scratch);
	ssize_t n = (ssize_t)most;
	int turn;

	(void)what;
	if (u->state == UPSTREAM_IDLE) {
		server_left(u->server); /* or it speaks unasked */
		upstream_close(u);
		return;
	}
	for (turn = 0; turn < UPSTREAM_READS && n == (ssize_t)most; turn++) {
		n = recv(fd, w->scratch, most, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			upstream_lost(u, EXCHANGE_LOST);
			return;
		}
		upstream_feed(u, slice_of(w->scratch, (size_t)n));
		if (u->state != UPSTREAM_BUSY)
			return;
		if (u->paused) {
			if (!upstream_watch(u, false))
				upstream_lost(u, EXCHANGE_MEMORY);
			return;
		}
	}
}

void upstream_resume(struct upstream *u)
{
	if (u->state != UPSTREAM_BUSY || !u->paused)
		return;
	u->paused = false;
	u->exchange->read_since_ms = turn_now_ms(&u->worker->turn);
	u->doomed = !upstream_watch(u, true);
	if (u->doomed)
		turn_add(&u->worker->turn,
			 &u->chore); /* its owner is told, but not from within its own call */
}

bool upstream_is_read(const struct upstream *u)
{
	int unread = 0;

	return ioctl(u->fd, SIOCOUTQ, &unread) == 0 && unread == 0 && u->wrote;
}

/* --- keeping --- */

static void upstream_on_idle_too_long(struct deadline *d)
{
	upstream_close(CONTAINER_OF(d, struct upstream, idle));
}

void upstream_keep(struct upstream *u)
{
	u->exchange->upstream = NULL;
	u->exchange = NULL;
	u->state = UPSTREAM_IDLE;
	upstream_link_idle(u);
	deadline_arm(&u->worker->deadlines, &u->idle, server_idle_timeout_ms(u->server),
		     upstream_on_idle_too_long);
	/* paused until now: a closing application must be seen */
	if (!upstream_watch(u, true))
		upstream_close(u);
	else
		server_changed(u->server);
}
