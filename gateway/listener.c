/* listener.c - where web servers connect. */
#include "gateway/listener.h"

#include "base/clock.h"
#include "base/log.h"
#include "gateway/front.h"
#include "gateway/inherited.h"
#include "gateway/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	LISTENER_BACKLOG = 4096,
	LISTENER_ACCEPTS = 64, /* in a turn */
	LISTENER_PAUSE_MS = 100,
	LISTENER_COMPLAINT_MS = 60000, /* a pause is told at most this often */
};

/* --- binding, on the main thread --- */

static const char *listener_path(const struct config_listen *listen)
{
	return ((const struct sockaddr_un *)&listen->address.socket)->sun_path;
}

/* A socket file that nobody answers on is a dead process's. */
static void listener_remove_stale(const struct config_listen *listen, int type)
{
	struct stat facts;
	int fd;

	if (lstat(listener_path(listen), &facts) != 0 || !S_ISSOCK(facts.st_mode))
		return;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&listen->address.socket,
		    listen->address.socket_len) != 0 &&
	    errno == ECONNREFUSED)
		unlink(listener_path(listen));
	close(fd);
}

/* Before listen(): nobody connects who may not. */
static int listener_protect(const struct config_listen *listen)
{
	const struct passwd *user = listen->owner != NULL ? getpwnam(listen->owner) : NULL;
	const struct group *group = listen->group != NULL ? getgrnam(listen->group) : NULL;

	if ((user != NULL || group != NULL) &&
	    chown(listener_path(listen), user != NULL ? user->pw_uid : (uid_t)-1,
		  group != NULL ? group->gr_gid : (gid_t)-1) != 0)
		return SG_ESYSTEM;
	if (listen->mode >= 0 && chmod(listener_path(listen), (mode_t)listen->mode) != 0)
		return SG_ESYSTEM;
	return 0;
}

static int listener_bind_socket(const struct config_listen *settings, int type, int fd,
				const char **what)
{
	const struct address *a = &settings->address;
	int one = 1;

	if (a->kind == ADDRESS_TCP) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (a->socket.ss_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	} else {
		listener_remove_stale(settings, type);
	}
	*what = "bind";
	if (bind(fd, (const struct sockaddr *)&a->socket, a->socket_len) != 0)
		return SG_ESYSTEM;
	*what = "set owner and mode of";
	if (a->kind == ADDRESS_UNIX && listener_protect(settings) != 0)
		return SG_ESYSTEM;
	*what = "listen on";
	return type == SOCK_DGRAM || listen(fd, LISTENER_BACKLOG) == 0 ? 0 : SG_ESYSTEM;
}

static int listener_bind_new(const struct config_listen *listen, int type, int *fd,
			     const char **what)
{
	int opened, error;

	*what = "open a socket for";
	opened = socket(listen->address.socket.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (opened < 0)
		return SG_ESYSTEM;
	if (listener_bind_socket(listen, type, opened, what) != 0) {
		error = errno;
		close(opened);
		errno = error;
		return SG_ESYSTEM;
	}
	*fd = opened;
	return 0;
}

int listener_bind(const struct config_listen *listen, int *fd, const char **what)
{
	if (listen->address.kind == ADDRESS_FD) {
		*what = "inherit";
		return inherited_listener(listen->address.fd_name, fd);
	}
	return listener_bind_new(listen, SOCK_STREAM, fd, what);
}

int listener_bind_datagrams(const struct config_listen *listen, int *fd, const char **what)
{
	return listener_bind_new(listen, SOCK_DGRAM, fd, what);
}

void listener_hide(const struct config_listen *listen)
{
	if (listen->address.kind == ADDRESS_UNIX)
		unlink(listener_path(listen));
}

void listener_unbind(const struct config_listen *listen, bool hidden, int *fd)
{
	if (*fd < 0)
		return;
	close(*fd);
	*fd = -1;
	if (!hidden)
		listener_hide(listen);
}

/* --- accepting, on a worker --- */

static void listener_on_pause_over(struct deadline *d)
{
	struct listener *l = CONTAINER_OF(d, struct listener, pause);

	if (event_add(l->readable, NULL) != 0)
		deadline_arm(&l->worker->deadlines, d, LISTENER_PAUSE_MS, listener_on_pause_over);
}

static void listener_complain(struct listener *l, const char *why)
{
	int64_t now_ms = clock_mono_ms();

	if (l->complained_ms != 0 && now_ms - l->complained_ms < LISTENER_COMPLAINT_MS)
		return;
	l->complained = true;
	l->complained_ms = now_ms;
	log_warn("", "new connections wait: %s", why);
}

static void listener_pause(struct listener *l, const char *why)
{
	listener_complain(l, why);
	event_del(l->readable);
	deadline_arm(&l->worker->deadlines, &l->pause, LISTENER_PAUSE_MS, listener_on_pause_over);
}

/* Nobody waits any more. */
static void listener_caught_up(struct listener *l)
{
	if (!l->complained)
		return;
	l->complained = false;
	log_info("", "new connections are taken again");
}

static uint64_t listener_limit(const struct worker *w)
{
	uint64_t limit = w->generation->config->limits.max_connections;
	uint64_t descriptors = tally_get(&w->tally->descriptors);

	return limit < descriptors ? limit : descriptors;
}

static bool listener_count_in(const struct worker *w)
{
	return tally_add(&w->tally->connections, 1, listener_limit(w));
}

static bool listener_is_awaited(const struct listener *l)
{
	struct pollfd state = { .fd = l->fd, .events = POLLIN };

	return poll(&state, 1, 0) == 1;
}

/* Count one more. False: none can be taken now, or nobody wants to be. */
static bool listener_let_in(struct listener *l)
{
	if (listener_count_in(l->worker))
		return true;
	if (!listener_is_awaited(l)) {
		listener_caught_up(l);
		return false;
	}
	if (front_make_room(l->worker) && listener_count_in(l->worker))
		return true;
	listener_pause(l, "limits.max_connections, or as many as there are descriptors for");
	return false;
}

static bool listener_wants_descriptors(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* accept4() failed. True: try again. */
static bool listener_failed(struct listener *l, int error)
{
	tally_sub(&l->worker->tally->connections, 1);
	if (listener_wants_descriptors(error)) {
		if (front_make_room(l->worker))
			return true;
		listener_pause(l, strerror(error));
	} else if (error == EAGAIN) {
		listener_caught_up(l);
	}
	return error == ECONNABORTED || error == EINTR;
}

/* One connection; false when there is none, or none can be taken now. */
static bool listener_accept_one(struct listener *l)
{
	struct worker *w = l->worker;
	int one = 1, fd;

	if (!listener_let_in(l))
		return false;
	/* cppcheck-suppress nullPointer; its gnu.cfg forgets that both may be NULL */
	fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return listener_failed(l, errno);
	if (l->tcp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return front_open(w, fd, l->tcp) == 0;
}

void listener_accept(struct listener *l)
{
	int count;

	for (count = 0; count < LISTENER_ACCEPTS && listener_accept_one(l); count++)
		;
}

void listener_leave(struct listener *l)
{
	int count;

	for (count = 0; count < LISTENER_BACKLOG && listener_accept_one(l); count++)
		;
	listener_close(l);
	if (!l->inherited)
		shutdown(l->fd, SHUT_RDWR);
}

static void listener_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	listener_accept(ctx);
}

int listener_open(struct listener *l, struct worker *worker, const struct config_listen *listen,
		  int fd)
{
	struct sockaddr_storage bound = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(bound);

	*l = (struct listener){
		.worker = worker,
		.fd = fd,
		.inherited = listen->address.kind == ADDRESS_FD,
	};
	l->tcp =
		getsockname(fd, (struct sockaddr *)&bound, &len) == 0 && bound.ss_family != AF_UNIX;
	l->readable = event_new(worker->loop, fd, EV_READ | EV_PERSIST, listener_on_readable, l);
	if (l->readable == NULL || event_add(l->readable, NULL) != 0)
		return SG_ENOMEM;
	return 0;
}

void listener_close(struct listener *l)
{
	deadline_disarm(&l->pause);
	if (l->readable != NULL)
		event_free(l->readable);
	l->readable = NULL;
}
