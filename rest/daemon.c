/* daemon.c - see daemon.h.
 *
 * Connections are accepted here and handed to libmicrohttpd, which has an epoll descriptor of its own; that is one
 * descriptor of our loop. A call that waits for the store has its connection suspended. What libmicrohttpd has to do, on
 * time or after something has changed, it does in MHD_run(), which is called from the loop alone. */
#include "rest/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "rest/call.h"
#include "rest/call_body.h"
#include "rest/client_certificate.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	DAEMON_ACCEPTS = 16,  /* in a turn */
	DAEMON_SPARE = 64,    /* who is hung up on is not gone at once */
	DAEMON_TARGET = 8192, /* characters of a path and its parameters */
	/* Of a connection, for the heads of request and answer; taken from the system as it is used. */
	DAEMON_MEMORY = 131072,
	DAEMON_STREAM_BYTES = 65536,
};

struct daemon {
	struct desk *desk;
	struct MHD_Daemon *http;
	struct event *waiting; /* somebody wants to be accepted */
	struct event *ready;   /* libmicrohttpd's epoll descriptor */
	struct event *due;     /* its time has come */
	struct link *callers;
	size_t caller_count;
	bool closing;
	bool tls;
};

/* One connection. */
struct caller {
	struct link link;
	struct daemon *daemon;
	struct MHD_Connection *connection;
	int fd;
	struct auth_peer peer;
	char *target;      /* of the request that is being read; NULL: there was no memory for it */
	bool overlong;     /* more than anybody reads of it */
	struct call *call; /* from its head on */
	bool suspended;    /* until it is answered, or there is more of its answer */
	bool ended;        /* it was hung up on */
	int64_t deadline_ms;
};

/* --- turns --- */

static void daemon_run_at(struct daemon *d, int64_t ms)
{
	const struct timeval time = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (event_add(d->due, &time) != 0)
		log_error("", "admin: out of memory: an answer is late");
}

static void daemon_run(struct daemon *d)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(d->http);
	if (MHD_get_timeout(d->http, &ms) == MHD_YES)
		daemon_run_at(d, ms < INT32_MAX ? (int64_t)ms : INT32_MAX);
	else
		event_del(d->due);
}

static void daemon_on_ready(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	daemon_run(ctx);
}

/* --- callers --- */

static struct caller *caller_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct caller, link);
}

static void caller_wait(struct caller *c, int64_t ms)
{
	c->deadline_ms = clock_mono_ms() + ms;
}

static bool caller_has_stream(const struct caller *c)
{
	return c->call != NULL && c->call->source != NULL;
}

static void caller_resume(struct caller *c)
{
	c->suspended = false;
	MHD_resume_connection(c->connection);
	daemon_run_at(c->daemon, 0);
}

/* libmicrohttpd hears of it as of everything else, but of one that it does not look at. */
static void caller_hang_up(struct caller *c)
{
	c->deadline_ms = INT64_MAX;
	shutdown(c->fd, SHUT_RDWR);
	if (c->suspended && caller_has_stream(c))
		caller_resume(c);
}

static void caller_find_address(struct auth_peer *peer, const struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;

	if (address->ss_family == AF_INET)
		inet_ntop(AF_INET, &four->sin_addr, peer->address, sizeof(peer->address));
	else if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], peer->address,
			  sizeof(peer->address));
	else if (address->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &six->sin6_addr, peer->address, sizeof(peer->address));
}

static void caller_find_peer(int fd, struct auth_peer *peer)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(address);
	struct ucred who;

	*peer = (struct auth_peer){ .known = false };
	if (getpeername(fd, (struct sockaddr *)&address, &len) == 0)
		caller_find_address(peer, &address);
	len = sizeof(who);
	if (address.ss_family == AF_UNIX &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0) {
		peer->known = true;
		peer->uid = who.uid;
	}
}

static struct caller *caller_open(struct daemon *d, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct caller *c = calloc(1, sizeof(*c));

	if (c == NULL || info == NULL) {
		free(c);
		return NULL;
	}
	c->daemon = d;
	c->connection = connection;
	c->fd = info->connect_fd;
	caller_find_peer(c->fd, &c->peer);
	caller_wait(c, DAEMON_IDLE_MS);
	link_push(&d->callers, &c->link);
	d->caller_count++;
	return c;
}

static void caller_close(struct caller *c)
{
	c->daemon->caller_count--;
	link_remove(&c->link);
	call_close(&c->call);
	free(c->target);
	free(c);
}

static void daemon_on_connection(void *ctx, struct MHD_Connection *connection, void **caller,
				 enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*caller = caller_open(ctx, connection);
	else if (*caller != NULL)
		caller_close(*caller);
}

/* NULL: there was no memory for one. */
static struct caller *daemon_caller(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

/* --- requests --- */

/* Path and parameters before anything has been done to them. The latter are ours to take apart. libmicrohttpd would do it
 * as well, in 64 bytes each, and hang up where there is no room for that: to it there are none. What it shows here stands
 * in the connection's own buffer, and is const to others. */
static void *daemon_on_target(void *ctx, const char *target, struct MHD_Connection *connection)
{
	struct caller *c = daemon_caller(connection);
	char *parameters = target != NULL ? strchr(target, '?') : NULL;

	(void)ctx;
	if (c == NULL)
		return NULL;
	free(c->target);
	c->target = target != NULL ? strndup(target, DAEMON_TARGET + 1) : strdup("");
	c->overlong = c->target != NULL && strlen(c->target) > DAEMON_TARGET;
	if (parameters != NULL && parameters[1] != '\0')
		parameters[1] = '\0';
	caller_wait(c, DAEMON_REQUEST_MS);
	if (c->target == NULL)
		caller_hang_up(c);
	return NULL;
}

/* A head, and what libmicrohttpd goes by. */
struct reading {
	struct call_head head;
	struct slice host, length, encoding;
};

/* Which of the fields is of that name? NULL: none that anybody here reads. */
static struct slice *reading_field(struct reading *r, struct slice name)
{
	struct call_head *head = &r->head;
	struct {
		struct slice name;
		struct slice *field;
	} fields[] = {
		{ SLICE("Authorization"), &head->authorization },
		{ SLICE("Content-Type"), &head->content_type },
		{ SLICE("X-Request-Id"), &head->request_id },
		{ SLICE("If-Match"), &head->if_match },
		{ SLICE("If-None-Match"), &head->if_none_match },
		{ SLICE("Origin"), &head->origin },
		{ SLICE("Accept"), &head->accept },
		{ SLICE("Last-Event-ID"), &head->last_event_id },
		{ SLICE("Host"), &r->host },
		{ SLICE("Content-Length"), &r->length },
		{ SLICE("Transfer-Encoding"), &r->encoding },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (slice_equal_nocase(name, fields[i].name))
			return fields[i].field;
	return NULL;
}

static enum MHD_Result caller_on_field(void *ctx, enum MHD_ValueKind kind, const char *name,
				       const char *value)
{
	struct reading *r = ctx;
	struct slice *field = reading_field(r, slice_from(name));

	(void)kind;
	if (field != NULL && (field != &r->head.accept || field->ptr == NULL)) {
		if (field->ptr != NULL)
			r->head.fault = "A header field that may come once has come twice";
		*field = slice_from(value != NULL ? value : "");
	}
	return MHD_YES;
}

/* One reader of its head may see another body than the next. */
static bool reading_is_framed(const struct reading *r)
{
	return r->encoding.ptr == NULL ||
	       (r->length.ptr == NULL && slice_equal_nocase(r->encoding, SLICE("chunked")));
}

static void caller_on_answer(struct call *call)
{
	struct caller *c = call->ctx;

	if (call->source != NULL)
		c->deadline_ms = INT64_MAX; /* it has limits of its own */
	else
		caller_wait(c, DAEMON_ANSWER_MS);
	if (c->suspended) /* else call_run() has not returned yet */
		caller_resume(c);
}

static void caller_on_more(struct call *call)
{
	struct caller *c = call->ctx;

	if (c->suspended)
		caller_resume(c);
}

static void caller_on_end(struct call *call)
{
	struct caller *c = call->ctx;

	c->ended = true;
	caller_hang_up(c);
}

/* After the handshake: the names that he has shown. */
static void caller_find_certificate(struct caller *c)
{
	const union MHD_ConnectionInfo *info;

	if (!c->daemon->tls)
		return;
	info = MHD_get_connection_info(c->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info != NULL && info->tls_session != NULL)
		client_certificate_names(info->tls_session, c->peer.names, sizeof(c->peer.names));
}

/* False: no memory. */
static bool caller_begin(struct caller *c, const char *method)
{
	struct reading r = { .head = { .method = slice_from(method),
				       .target = slice_from(c->target) } };

	if (c->target == NULL)
		return false; /* who is hung up on already */
	MHD_get_connection_values(c->connection, MHD_HEADER_KIND, caller_on_field, &r);
	if (c->overlong)
		r.head.fault = "Path and parameters may have 8192 characters";
	else if (!reading_is_framed(&r))
		r.head.fault = "Send a body with Content-Length, or chunked, and in no other way";
	caller_find_certificate(c);
	if (call_open(c->daemon->desk, &c->peer, &r.head, &c->call) != 0)
		return false;
	c->call->on_answer = caller_on_answer;
	c->call->on_more = caller_on_more;
	c->call->on_end = caller_on_end;
	c->call->ctx = c;
	return true;
}

static void caller_add_fields(const struct call *call, struct MHD_Response *response)
{
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "X-Request-Id", call->request_id);
	if (call->type != NULL)
		MHD_add_response_header(response, "Content-Type", call->type);
	for (size_t i = 0; i < call->field_count; i++)
		MHD_add_response_header(response, call->fields[i].name, call->fields[i].value);
}

/* Nothing for now: its connection rests until there is. */
static ssize_t caller_read(void *ctx, uint64_t position, char *room, size_t max)
{
	struct caller *c = ctx;
	ssize_t bytes;

	(void)position;
	if (c->ended || !caller_has_stream(c))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	bytes = c->call->source->read(c->call, room, max);
	if (bytes < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (bytes == 0) {
		c->suspended = true;
		MHD_suspend_connection(c->connection);
	}
	return bytes;
}

/* What the system keeps of it on its way is nothing that the reader has. */
static struct MHD_Response *caller_open_stream(struct caller *c)
{
	static const int bytes = DAEMON_STREAM_BYTES;

	if (setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)) != 0)
		log_debug(c->call->request_id, "admin: SO_SNDBUF: %s", strerror(errno));
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, DAEMON_STREAM_BYTES / 4,
						 caller_read, c, NULL);
}

static struct MHD_Response *caller_open_response(struct caller *c)
{
	const struct buffer *text = &c->call->text;

	if (c->call->source != NULL)
		return caller_open_stream(c);
	/* the call lasts until the answer has gone out */
	return MHD_create_response_from_buffer(buffer_len(text), text->data,
					       MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result caller_send(struct caller *c)
{
	struct MHD_Response *response = caller_open_response(c);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	caller_add_fields(c->call, response);
	result = MHD_queue_response(c->connection, c->call->status, response);
	MHD_destroy_response(response);
	return result;
}

/* The head may say nothing of where its body ends: it is answered now, and nothing more is read behind it. */
static enum MHD_Result caller_refuse(struct caller *c)
{
	call_run(c->call);
	return caller_send(c);
}

/* Called with the head, with each piece of the body, with its end, and again when the connection was resumed. */
static enum MHD_Result daemon_on_request(void *ctx, struct MHD_Connection *connection,
					 const char *url, const char *method, const char *version,
					 const char *upload, size_t *upload_len, void **begun)
{
	struct daemon *d = ctx;
	struct caller *c = daemon_caller(connection);

	(void)url;
	(void)version;
	if (c == NULL || d->closing)
		return MHD_NO;
	if (*begun == NULL) {
		*begun = c;
		if (!caller_begin(c, method))
			return MHD_NO;
		return c->call->head.fault == NULL ? MHD_YES : caller_refuse(c);
	}
	if (*upload_len > 0) {
		call_take(c->call, slice_of(upload, *upload_len));
		*upload_len = 0;
		return MHD_YES;
	}
	if (!c->call->whole) {
		c->deadline_ms = INT64_MAX;
		call_run(c->call);
	}
	if (c->call->state == CALL_ANSWERED)
		return caller_send(c);
	c->suspended = true;
	MHD_suspend_connection(connection);
	return MHD_YES;
}

static void daemon_on_completed(void *ctx, struct MHD_Connection *connection, void **begun,
				enum MHD_RequestTerminationCode why)
{
	struct caller *c = daemon_caller(connection);

	(void)ctx;
	(void)why;
	*begun = NULL;
	if (c == NULL)
		return;
	call_close(&c->call);
	caller_wait(c, DAEMON_IDLE_MS);
}

/* --- accepting --- */

/* Who has kept us waiting the longest; NULL: all are being answered. */
static struct caller *daemon_slowest(const struct daemon *d)
{
	struct caller *slowest = NULL;

	for (struct link *l = d->callers; l != NULL; l = l->next) {
		struct caller *c = caller_of_link(l);

		if (c->deadline_ms != INT64_MAX &&
		    (slowest == NULL || c->deadline_ms < slowest->deadline_ms))
			slowest = c;
	}
	return slowest;
}

/* False: nobody can be let in now. */
static bool daemon_make_room(struct daemon *d)
{
	struct caller *slowest;

	if (d->caller_count < DAEMON_CALLERS)
		return true;
	slowest = daemon_slowest(d);
	if (slowest == NULL)
		return false;
	caller_hang_up(slowest);
	daemon_run(d);
	return d->caller_count < DAEMON_CALLERS + DAEMON_SPARE;
}

static bool daemon_accept_one(struct daemon *d, int fd)
{
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(address);
	int accepted;

	if (!daemon_make_room(d))
		return false;
	accepted = accept4(fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (accepted < 0)
		return errno == ECONNABORTED || errno == EINTR;
	/* which closes it when it fails */
	return MHD_add_connection(d->http, accepted, (struct sockaddr *)&address, len) == MHD_YES;
}

static void daemon_on_waiting(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;
	int count;

	(void)what;
	for (count = 0; count < DAEMON_ACCEPTS && daemon_accept_one(d, fd); count++)
		;
	daemon_run(d);
	/* what waits on is looked at by the next tick, not by a loop that finds it each time */
	if (count == 0)
		event_del(d->waiting);
}

/* libmicrohttpd reads what there is, and looks for more when epoll says that there is: but not for an end that had come
 * by then. So an end is looked for here, where nothing is left to be read before it. */
static bool caller_has_gone(const struct caller *c)
{
	char byte;

	return (c->call == NULL || !c->call->whole || caller_has_stream(c)) &&
	       recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool caller_is_late(const struct caller *c, int64_t now_ms)
{
	return c->deadline_ms != INT64_MAX
		       ? now_ms >= c->deadline_ms || caller_has_gone(c)
		       : caller_has_stream(c) && !c->ended && caller_has_gone(c);
}

void daemon_tick(struct daemon *d)
{
	int64_t now_ms = clock_mono_ms();

	for (struct link *l = d->callers; l != NULL; l = l->next) {
		struct caller *c = caller_of_link(l);

		if (caller_is_late(c, now_ms)) {
			c->ended = true;
			caller_hang_up(c);
		}
	}
	if (!event_pending(d->waiting, EV_READ, NULL) && event_add(d->waiting, NULL) != 0)
		log_error("", "admin: out of memory: nobody is let in for a moment");
}

/* --- its life --- */

/* Paths and parameters are ours to decode. */
static size_t daemon_unescape(void *ctx, struct MHD_Connection *connection, char *text)
{
	(void)ctx;
	(void)connection;
	return strlen(text);
}

static bool daemon_is_local(int fd)
{
	struct sockaddr_storage bound = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(bound);

	return getsockname(fd, (struct sockaddr *)&bound, &len) == 0 && bound.ss_family == AF_UNIX;
}

/* libmicrohttpd takes texts that it does not change by pointers that would let it. */
static void daemon_add_pem(struct MHD_OptionItem *options, size_t *count, enum MHD_OPTION option,
			   const struct buffer *pem)
{
	if (buffer_len(pem) > 0)
		options[(*count)++] = (struct MHD_OptionItem){ option, 0, pem->data };
}

static struct MHD_Daemon *daemon_start(struct daemon *d, const struct credentials *credentials)
{
	struct MHD_OptionItem options[4];
	size_t count = 0;

	if (d->tls) {
		daemon_add_pem(options, &count, MHD_OPTION_HTTPS_MEM_CERT,
			       &credentials->certificate);
		daemon_add_pem(options, &count, MHD_OPTION_HTTPS_MEM_KEY, &credentials->key);
		daemon_add_pem(options, &count, MHD_OPTION_HTTPS_MEM_TRUST,
			       &credentials->client_ca);
	}
	options[count] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
					MHD_USE_NO_LISTEN_SOCKET | (d->tls ? MHD_USE_TLS : 0u),
				0, NULL, NULL, daemon_on_request, d, MHD_OPTION_CONNECTION_LIMIT,
				(unsigned)(DAEMON_CALLERS + DAEMON_SPARE),
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)DAEMON_MEMORY,
				MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP,
				1, MHD_OPTION_UNESCAPE_CALLBACK, daemon_unescape, NULL,
				MHD_OPTION_URI_LOG_CALLBACK, daemon_on_target, NULL,
				MHD_OPTION_NOTIFY_COMPLETED, daemon_on_completed, NULL,
				MHD_OPTION_NOTIFY_CONNECTION, daemon_on_connection, d,
				MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

static int daemon_watch(struct daemon *d, int fd)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(d->http, MHD_DAEMON_INFO_EPOLL_FD);

	if (info == NULL)
		return SG_ENOMEM;
	d->waiting = event_new(d->desk->loop, fd, EV_READ | EV_PERSIST, daemon_on_waiting, d);
	d->ready =
		event_new(d->desk->loop, info->epoll_fd, EV_READ | EV_PERSIST, daemon_on_ready, d);
	d->due = evtimer_new(d->desk->loop, daemon_on_ready, d);
	if (d->waiting == NULL || d->ready == NULL || d->due == NULL ||
	    event_add(d->waiting, NULL) != 0 || event_add(d->ready, NULL) != 0)
		return SG_ENOMEM;
	return 0;
}

int daemon_open(struct desk *desk, int fd, const struct credentials *credentials,
		struct daemon **out)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int rc;

	if (d == NULL)
		return SG_ENOMEM;
	d->desk = desk;
	d->tls = buffer_len(&credentials->certificate) > 0 && !daemon_is_local(fd);
	d->http = daemon_start(d, credentials);
	if (d->http != NULL)
		rc = daemon_watch(d, fd);
	else
		rc = d->tls ? SG_EFORMAT : SG_ENOMEM;
	if (rc != 0)
		daemon_close(&d);
	else
		*out = d;
	return rc;
}

/* libmicrohttpd does not let go of a connection that is suspended. */
static void daemon_resume_all(struct daemon *d)
{
	for (struct link *l = d->callers; l != NULL; l = l->next) {
		struct caller *c = caller_of_link(l);

		if (!c->suspended)
			continue;
		c->suspended = false;
		call_close(&c->call);
		MHD_resume_connection(c->connection);
	}
}

void daemon_close(struct daemon **dp)
{
	struct daemon *d = *dp;

	*dp = NULL;
	if (d == NULL)
		return;
	d->closing = true;
	if (d->http != NULL) {
		daemon_resume_all(d);
		MHD_run(d->http);
		MHD_stop_daemon(d->http);
	}
	assert(d->callers == NULL);
	if (d->waiting != NULL)
		event_free(d->waiting);
	if (d->ready != NULL)
		event_free(d->ready);
	if (d->due != NULL)
		event_free(d->due);
	free(d);
}
