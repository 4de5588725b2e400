/* scripted_server.h - a FastCGI server on a unix socket, in the test's own loop, that does with each request
 * what a letter of its script says.
 *
 *	a  answers "x", and closes unless KEEP_CONN was asked for
 *	e  ends the request without an answer
 *	m, o, r  ends it with CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE
 *	p  answers a part, then closes
 *	x  closes without an answer
 *	g  answers what is no FastCGI
 *	s  is silent, until scripted_server_answer()
 *
 * Behind its script's end each request is an a.
 * Owner    the struct is the caller's and stays where it is; open, close. */
#ifndef SG_TESTS_SCRIPTED_SERVER_H
#define SG_TESTS_SCRIPTED_SERVER_H

#include "gateway/address.h"
#include "gateway/fcgi.h"

#include <event2/event.h>

enum { SCRIPTED_CONNECTIONS = 16 };

struct scripted_server;

struct scripted_connection {
	struct scripted_server *server;
	int fd; /* -1: closed */
	struct event *readable;
	struct fcgi_decoder decoder;
	bool keep_conn, silent;
};

struct scripted_server {
	struct event_base *loop;
	struct address address;
	int listener;
	struct event *acceptable;
	bool single; /* one connection after the other, as libfcgi programs do */
	const char *script;
	struct scripted_connection connections[SCRIPTED_CONNECTIONS];
	size_t accepted;
	size_t requests;
	char name;
	struct buffer *log; /* its name is added for each request */
};

void scripted_server_open(struct scripted_server *s, struct event_base *loop, const char *dir,
			  char name, const char *script);
void scripted_server_close(struct scripted_server *s);
/* Answer what it is silent about. */
void scripted_server_answer(struct scripted_server *s);
/* Close all connections. */
void scripted_server_hang_up(struct scripted_server *s);

#endif
