/* scripted_server.c - see scripted_server.h. */
#include "tests/unit/gateway/scripted_server.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

static void connection_close(struct scripted_connection *c)
{
	if (c->fd < 0)
		return;
	event_free(c->readable);
	close(c->fd);
	c->fd = -1;
	if (c->server->single)
		event_add(c->server->acceptable, NULL);
}

static void connection_write(struct scripted_connection *c, struct buffer *out)
{
	struct slice bytes = buffer_content(out);

	cr_assert_eq(send(c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), (ssize_t)bytes.len);
	buffer_fini(out);
}

/* text: of STDOUT; NULL: none, and not its end. */
static void connection_end(struct scripted_connection *c, const char *text, uint8_t status)
{
	struct buffer out = { 0 };

	if (text != NULL) {
		cr_assert_eq(fcgi_append_stream(&out, FCGI_STDOUT, 1, slice_from(text)), 0);
		cr_assert_eq(fcgi_append_record(&out, FCGI_STDOUT, 1, SLICE("")), 0);
	}
	cr_assert_eq(fcgi_append_end(&out, 1, 0, status), 0);
	connection_write(c, &out);
	if (!c->keep_conn)
		connection_close(c);
}

static void connection_break(struct scripted_connection *c, const char *bytes)
{
	struct buffer out = { 0 };

	if (bytes != NULL) {
		cr_assert_eq(buffer_append_slice(&out, slice_from(bytes)), 0);
	} else {
		cr_assert_eq(fcgi_append_stream(&out, FCGI_STDOUT, 1, SLICE("part")), 0);
	}
	if (buffer_len(&out) > 0)
		connection_write(c, &out);
	connection_close(c);
}

static void connection_act(struct scripted_connection *c)
{
	struct scripted_server *s = c->server;
	char what = *s->script != '\0' ? *s->script++ : 'a';

	s->requests++;
	cr_assert_eq(buffer_append(s->log, &s->name, 1), 0);
	switch (what) {
	case 'a':
		connection_end(c, "x", FCGI_REQUEST_COMPLETE);
		break;
	case 'e':
		connection_end(c, NULL, FCGI_REQUEST_COMPLETE);
		break;
	case 'm':
		connection_end(c, NULL, FCGI_CANT_MPX_CONN);
		break;
	case 'o':
		connection_end(c, NULL, FCGI_OVERLOADED);
		break;
	case 'r':
		connection_end(c, NULL, FCGI_UNKNOWN_ROLE);
		break;
	case 'p':
		connection_break(c, NULL);
		break;
	case 'x':
		connection_break(c, "");
		break;
	case 'g':
		connection_break(c, "HTTP/1.1 400 Bad Request\r\n\r\n");
		break;
	case 's':
		c->silent = true;
		break;
	default:
		cr_assert_fail("what is %c?", what);
	}
}

/* Act at the end of STDIN. The flags of BEGIN are its third byte; the gateway writes it in one piece. */
static void connection_take(struct scripted_connection *c, const struct fcgi_fragment *f)
{
	if (f->record.type == FCGI_BEGIN_REQUEST && f->bytes.len == 8)
		c->keep_conn = f->bytes.ptr[2] & FCGI_KEEP_CONN;
	if (f->record.type == FCGI_STDIN && f->record.content_bytes == 0)
		connection_act(c);
}

static void connection_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct scripted_connection *c = ctx;
	struct fcgi_fragment f;
	struct slice in;
	char bytes[4096];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	(void)what;
	if (n <= 0) {
		connection_close(c);
		return;
	}
	in = slice_of(bytes, (size_t)n);
	while (c->fd >= 0 && fcgi_decode(&c->decoder, &in, &f) == FCGI_FRAGMENT)
		connection_take(c, &f);
}

static void server_on_acceptable(evutil_socket_t fd, short what, void *ctx)
{
	struct scripted_server *s = ctx;
	struct scripted_connection *c = &s->connections[s->accepted++];

	(void)what;
	cr_assert_leq(s->accepted, SCRIPTED_CONNECTIONS);
	*c = (struct scripted_connection){ .server = s, .fd = accept(fd, NULL, NULL) };
	cr_assert_geq(c->fd, 0);
	c->readable = event_new(s->loop, c->fd, EV_READ | EV_PERSIST, connection_on_readable, c);
	event_add(c->readable, NULL);
	if (!s->single)
		event_add(s->acceptable, NULL);
}

void scripted_server_open(struct scripted_server *s, struct event_base *loop, const char *dir,
			  char name, const char *script)
{
	char path[64];
	const char *reason = "";
	int length = snprintf(path, sizeof(path), "unix:%s/%c", dir, name);

	*s = (struct scripted_server){ .loop = loop, .name = name, .script = script };
	cr_assert_eq(address_read(slice_of(path, (size_t)length), &s->address, &reason), 0, "%s",
		     reason);
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_geq(s->listener, 0);
	cr_assert_eq(
		bind(s->listener, (struct sockaddr *)&s->address.socket, s->address.socket_len), 0);
	cr_assert_eq(listen(s->listener, 8), 0);
	s->acceptable = event_new(loop, s->listener, EV_READ, server_on_acceptable, s);
	event_add(s->acceptable, NULL);
}

void scripted_server_close(struct scripted_server *s)
{
	const struct sockaddr_un *address = (const struct sockaddr_un *)&s->address.socket;

	scripted_server_hang_up(s);
	event_free(s->acceptable);
	close(s->listener);
	unlink(address->sun_path);
}

void scripted_server_answer(struct scripted_server *s)
{
	for (size_t i = 0; i < s->accepted; i++) {
		struct scripted_connection *c = &s->connections[i];

		if (c->fd >= 0 && c->silent) {
			c->silent = false;
			connection_end(c, "x", FCGI_REQUEST_COMPLETE);
		}
	}
}

void scripted_server_hang_up(struct scripted_server *s)
{
	for (size_t i = 0; i < s->accepted; i++)
		connection_close(&s->connections[i]);
}
