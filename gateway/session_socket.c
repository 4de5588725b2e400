/* session_socket.c - see session_socket.h. */
#include "gateway/session_socket.h"

#include "base/log.h"
#include "gateway/listener.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SCHEME "unix:"

enum {
	/* whoever knows the path may connect, and only who has a ticket is heard: the application seldom has the
	 * gateway's user */
	SESSION_SOCKET_MODE = 0666,
	SESSION_SOCKET_FOLDER_MODE = 0711,
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

/* --- a place of our own --- */

/* A folder that nobody can foretell; *folder is as long as a socket's path in it may be. */
static bool session_sockets_make_folder(const char *parent, size_t parent_len,
					char folder[ADDRESS_TEXT_BYTES])
{
	int len = snprintf(folder, ADDRESS_TEXT_BYTES, "%.*s/sessiongate-XXXXXX", (int)parent_len,
			   parent);
	size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path) - sizeof("/app.sock.255");

	return parent_len > 0 && len > 0 && (size_t)len <= room && mkdtemp(folder) != NULL &&
	       chmod(folder, SESSION_SOCKET_FOLDER_MODE) == 0;
}

/* systemd's, of which there may be several with colons between; else where the rights suffice. */
static int session_sockets_find_folder(struct session_sockets *s)
{
	const char *parents[] = { getenv("RUNTIME_DIRECTORY"), "/run", getenv("TMPDIR"), "/tmp" };

	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++)
		if (parents[i] != NULL &&
		    session_sockets_make_folder(parents[i], strcspn(parents[i], ":"), s->folder))
			return 0;
	log_error("",
		  "no folder can be made for the session API's sockets: %s; set listen_session_api",
		  strerror(errno));
	s->folder[0] = '\0';
	return SG_ESYSTEM;
}

/* --- sockets --- */

/* What they all have in common but the number. */
static int session_sockets_choose(struct session_sockets *s, const struct config *config,
				  struct config_listen *out)
{
	int rc;

	if (config->listen_session_api_count > 0) {
		*out = config->listen_session_api[0];
		return 0;
	}
	if ((rc = session_sockets_find_folder(s)) != 0)
		return rc;
	*out = (struct config_listen){ .mode = SESSION_SOCKET_MODE };
	snprintf(out->address.text, sizeof(out->address.text), SCHEME "%.100s/app.sock", s->folder);
	return 0;
}

static int session_socket_bind(struct session_socket *socket, const struct config_listen *pattern,
			       unsigned number)
{
	char text[ADDRESS_TEXT_BYTES + sizeof(".4294967295")];
	const char *what = "name";
	int rc;

	snprintf(text, sizeof(text), "%s.%u", pattern->address.text, number);
	*socket = (struct session_socket){ .listen = *pattern, .fd = -1 };
	rc = address_read(slice_from(text), &socket->listen.address, &what);
	if (rc == 0)
		rc = listener_bind(&socket->listen, &socket->fd, &what);
	if (rc == 0)
		return 0;
	log_error("", "cannot %s %s for the session API: %s", what, text, strerror(errno));
	return SG_ESYSTEM;
}

int session_sockets_open(struct session_sockets *s, const struct config *config, unsigned workers)
{
	struct config_listen pattern;
	int rc = session_sockets_choose(s, config, &pattern);

	if (rc != 0)
		return rc;
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

void session_sockets_close(struct session_sockets *s)
{
	for (unsigned i = 0; i < s->count; i++)
		listener_unbind(&s->each[i].listen, &s->each[i].fd);
	free(s->each);
	if (s->folder[0] != '\0' && rmdir(s->folder) != 0)
		log_warn("", "%s stays behind: %s", s->folder, strerror(errno));
	*s = (struct session_sockets){ .count = 0 };
}
