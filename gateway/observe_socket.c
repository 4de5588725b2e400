/* observe_socket.c - see observe_socket.h. */
#include "gateway/observe_socket.h"

#include "base/log.h"
#include "gateway/observer.h"

#include <errno.h>
#include <event2/event.h>
#include <openssl/sha.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	OBSERVE_NAME_BYTES = 8, /* of the hash that a name is made of */
	OBSERVE_BACKLOG = 8,
	OBSERVE_PATIENCE_S = 1, /* for who asks and does not read: signals wait for so long */
	OBSERVE_ASK_S = 5,      /* for a gateway that is busy */
	OBSERVE_READ_BYTES = 4096,
};

/* What is said first: the report follows, or nothing does. */
static const char OBSERVE_TOLD = '+';
static const char OBSERVE_REFUSED = '-';

/* --- the name --- */

/* The same whatever way the file is named. */
static socklen_t observe_name(const char *file, unsigned number, struct sockaddr_un *out)
{
	char *real = realpath(file, NULL);
	struct slice name = slice_from(real != NULL ? real : file);
	uint8_t digest[SHA256_DIGEST_LENGTH];
	uint64_t head;
	int len;

	SHA256((const uint8_t *)name.ptr, name.len, digest);
	free(real);
	memcpy(&head, digest, sizeof(head));
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	len = snprintf(out->sun_path + 1, sizeof(out->sun_path) - 1,
		       "sessiongate/observe/%016llx/%u", (unsigned long long)head, number);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
}

static int observe_new_socket(int flags, int send_s, int receive_s)
{
	struct timeval sending = { .tv_sec = send_s }, receiving = { .tv_sec = receive_s };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &sending, sizeof(sending));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receiving, sizeof(receiving));
	}
	return fd;
}

static bool observe_peer(int fd, struct ucred *out)
{
	socklen_t len = sizeof(*out);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, out, &len) == 0;
}

static bool observe_write(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes = slice_after(bytes, (size_t)n);
	}
	return true;
}

/* --- the gateway's side --- */

static void observe_tell(const struct observe_socket *s, int fd)
{
	struct buffer report = { 0 };

	if (buffer_append(&report, &OBSERVE_TOLD, 1) == 0 &&
	    observer_print(s->observer, &report) == 0)
		observe_write(fd, buffer_content(&report));
	buffer_fini(&report);
}

static void observe_on_asked(evutil_socket_t fd, short what, void *ctx)
{
	struct timeval patience = { .tv_sec = OBSERVE_PATIENCE_S };
	struct observe_socket *s = ctx;
	/* cppcheck-suppress nullPointer; its gnu.cfg forgets that both may be NULL */
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	struct ucred who;

	(void)what;
	if (client < 0)
		return;
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (observe_peer(client, &who) && (who.uid == 0 || who.uid == geteuid()))
		observe_tell(s, client);
	else
		observe_write(client, slice_of(&OBSERVE_REFUSED, 1));
	close(client);
}

/* The first name that no other gateway of the file has. */
static int observe_bind(int fd, const char *file)
{
	for (unsigned i = 0; i < OBSERVE_SOCKETS; i++) {
		struct sockaddr_un name;
		socklen_t len = observe_name(file, i, &name);

		if (bind(fd, (const struct sockaddr *)&name, len) == 0)
			return listen(fd, OBSERVE_BACKLOG);
		if (errno != EADDRINUSE)
			break;
	}
	return -1;
}

static bool observe_socket_wanted(const struct config *config)
{
	for (size_t i = 0; i < config->route_count; i++)
		if (config->routes[i].session == ROUTE_SESSION_OBSERVE)
			return true;
	return false;
}

static int observe_socket_listen(struct observe_socket *s, struct event_base *loop,
				 const char *file)
{
	s->fd = observe_new_socket(SOCK_NONBLOCK, OBSERVE_PATIENCE_S, OBSERVE_PATIENCE_S);
	if (s->fd < 0)
		return SG_ESYSTEM;
	if (observe_bind(s->fd, file) != 0) {
		int error = errno;

		close(s->fd);
		errno = error;
		return SG_ESYSTEM;
	}
	s->readable = event_new(loop, s->fd, EV_READ | EV_PERSIST, observe_on_asked, s);
	if (s->readable != NULL && event_add(s->readable, NULL) == 0)
		return 0;
	observe_socket_close(s);
	return SG_ENOMEM;
}

void observe_socket_open(struct observe_socket *s, struct event_base *loop,
			 const struct config *config, const char *file, struct observer *observer)
{
	if (s->readable != NULL || !observe_socket_wanted(config))
		return;
	s->observer = observer;
	if (observe_socket_listen(s, loop, file) != 0)
		log_warn("", "--observe-report will find no answer here: %s", strerror(errno));
}

void observe_socket_close(struct observe_socket *s)
{
	if (s->readable == NULL)
		return;
	event_free(s->readable);
	s->readable = NULL;
	close(s->fd);
}

/* --- who asks --- */

static int observe_read(int fd, struct buffer *out)
{
	ssize_t n;
	char *room;
	int rc;

	do {
		if ((rc = buffer_reserve(out, OBSERVE_READ_BYTES, &room)) != 0)
			return rc;
		n = recv(fd, room, OBSERVE_READ_BYTES, 0);
		if (n > 0)
			buffer_commit(out, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n == 0 ? 0 : SG_ESYSTEM;
}

/* Anybody could have taken the name first: so it is said who has it, and a terminal gets nothing but text. */
static int observe_say(const struct ucred *who, struct slice report, struct buffer *out)
{
	/* cppcheck-suppress getpwuidCalled; who asks has one thread */
	const struct passwd *user = getpwuid(who->uid);
	int rc = buffer_printf(out, "Observed by process %d of user ", (int)who->pid);

	if (rc == 0)
		rc = user != NULL ? buffer_printf(out, "%s\n\n", user->pw_name)
				  : buffer_printf(out, "%u\n\n", (unsigned)who->uid);
	for (size_t i = 0; rc == 0 && i < report.len; i++) {
		char c = report.ptr[i];

		rc = buffer_append(out, c == '\n' || (c >= ' ' && c <= '~') ? &c : "?", 1);
	}
	return rc;
}

static int observe_ask_one(int fd, struct buffer *out, unsigned *answered, unsigned *refused)
{
	struct buffer answer = { 0 };
	int rc = observe_read(fd, &answer);
	struct slice text = buffer_content(&answer);
	struct ucred who;

	if (rc == 0 && text.len > 0 && text.ptr[0] == OBSERVE_TOLD && observe_peer(fd, &who)) {
		rc = *answered > 0 ? buffer_append(out, "\n", 1) : 0;
		if (rc == 0)
			rc = observe_say(&who, slice_after(text, 1), out);
		++*answered;
	} else if (text.len > 0 && text.ptr[0] == OBSERVE_REFUSED) {
		++*refused;
	}
	buffer_fini(&answer);
	return rc == SG_ENOMEM ? rc : 0;
}

int observe_socket_ask(const char *file, struct buffer *out, unsigned *answered, unsigned *refused)
{
	int rc = 0;

	*answered = *refused = 0;
	for (unsigned i = 0; rc == 0 && i < OBSERVE_SOCKETS; i++) {
		struct sockaddr_un name;
		socklen_t len = observe_name(file, i, &name);
		int fd = observe_new_socket(0, OBSERVE_ASK_S, OBSERVE_ASK_S);

		if (fd < 0)
			return SG_ESYSTEM;
		if (connect(fd, (const struct sockaddr *)&name, len) == 0)
			rc = observe_ask_one(fd, out, answered, refused);
		close(fd);
	}
	return rc;
}
