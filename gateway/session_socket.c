/* session_socket.c - see session_socket.h. */
#include "gateway/session_socket.h"

#include "base/log.h"
#include "gateway/listener.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SCHEME "unix:"

enum {
	/* whoever knows the path may connect, and only who has a ticket is heard: the application seldom has the
	 * gateway's user, so what the umask says keeps it out */
	SESSION_SOCKET_MODE = 0666,
	SESSION_SOCKET_MODE_OWNED = 0660, /* where it is said whose the socket is */
};

bool session_sockets_wanted(const struct config *config)
{
	for (size_t i = 0; i < config->application_count; i++)
		if (config->applications[i].session_api)
			return true;
	return false;
}

const char *session_socket_path(const struct session_socket *socket)
{
	return socket->listen.address.text + sizeof(SCHEME) - 1;
}

static int session_sockets_mode(const struct config_listen *listen)
{
	if (listen->mode >= 0)
		return listen->mode;
	return listen->owner != NULL || listen->group != NULL ? SESSION_SOCKET_MODE_OWNED
							      : SESSION_SOCKET_MODE;
}

/* What they all have in common but the number. */
static int session_sockets_choose(struct session_sockets *s, const struct config *config,
				  struct config_listen *out)
{
	int rc;

	if (config->listen_session_api_count > 0) {
		*out = config->listen_session_api[0];
		out->mode = session_sockets_mode(out);
		return 0;
	}
	if ((rc = session_folder_open(&s->folder)) != 0)
		return rc;
	*out = (struct config_listen){ .mode = SESSION_SOCKET_MODE };
	snprintf(out->address.text, sizeof(out->address.text),
		 SCHEME "%.100s/" SESSION_FOLDER_SOCKET, s->folder.path);
	return 0;
}

/* The address of one of them. SG_EFORMAT, SG_ELIMIT: it is none for a socket. */
static int session_socket_name(struct config_listen *out, const char *base, unsigned number,
			       const char *suffix)
{
	char text[ADDRESS_TEXT_BYTES + sizeof(".4294967295" SESSION_FOLDER_NOTES)];
	const char *why;

	snprintf(text, sizeof(text), "%s.%u%s", base, number, suffix);
	return address_read(slice_from(text), &out->address, &why);
}

static int session_socket_failed(const struct config_listen *listen, const char *what)
{
	log_error("", "cannot %s %s for the session API: %s", what, listen->address.text,
		  strerror(errno));
	return SG_ESYSTEM;
}

static int session_socket_bind(struct session_socket *socket, const struct config_listen *pattern,
			       unsigned number)
{
	const char *base = pattern->address.text, *what = "name";

	*socket = (struct session_socket){
		.listen = *pattern, .fd = -1, .notes = *pattern, .notes_fd = -1
	};
	if (session_socket_name(&socket->listen, base, number, "") != 0 ||
	    listener_bind(&socket->listen, &socket->fd, &what) != 0)
		return session_socket_failed(&socket->listen, what);
	if (session_socket_name(&socket->notes, base, number, SESSION_FOLDER_NOTES) == 0 &&
	    listener_bind_datagrams(&socket->notes, &socket->notes_fd, &what) != 0)
		return session_socket_failed(&socket->notes, what);
	return 0;
}

int session_sockets_open(struct session_sockets *s, const struct config *config, unsigned workers)
{
	struct config_listen pattern;
	int rc;

	if (s->each != NULL || !session_sockets_wanted(config))
		return 0;
	if ((rc = session_sockets_choose(s, config, &pattern)) != 0)
		return rc;
	s->config = config_ref(config);
	s->each = calloc(workers, sizeof(*s->each));
	if (s->each == NULL)
		rc = SG_ENOMEM;
	while (rc == 0 && s->count < workers) {
		rc = session_socket_bind(&s->each[s->count], &pattern, s->count);
		if (rc == 0)
			log_info("", "the session API of worker %u listens on %s", s->count,
				 session_socket_path(&s->each[s->count]));
		s->count++;
	}
	if (rc != 0)
		session_sockets_close(s);
	return rc;
}

const struct session_socket *session_sockets_of(const struct session_sockets *s, unsigned worker)
{
	return s->each != NULL ? &s->each[worker] : NULL;
}

void session_sockets_close(struct session_sockets *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		listener_unbind(&s->each[i].listen, false, &s->each[i].fd);
		listener_unbind(&s->each[i].notes, false, &s->each[i].notes_fd);
	}
	free(s->each);
	session_folder_close(&s->folder);
	config_unref(&s->config);
	*s = (struct session_sockets){ .count = 0 };
}
