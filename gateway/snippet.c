/* snippet.c - configurations of web servers, made from ours.
 * The gateway routes for itself, so a web server only has to send it the right hosts and paths:
 * one block for each host that a route names, and one place in it for each path. */
#include "gateway/snippet_kind.h"

#include "base/percent.h"
#include "gateway/host.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void snippet_add(struct snippet *s, const char *format, ...)
{
	va_list arguments;
	char *text;
	int len;

	if (s->rc != 0)
		return;
	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (len < 0) {
		s->rc = SG_ENOMEM;
		return;
	}
	s->rc = buffer_append(s->out, text, (size_t)len);
	free(text);
}

void snippet_escape(struct snippet *s, struct slice text, const char *special)
{
	for (size_t i = 0; i < text.len; i++)
		snippet_add(s, "%s%c", strchr(special, text.ptr[i]) != NULL ? "\\" : "",
			    text.ptr[i]);
}

void snippet_quote(struct snippet *s, struct slice text)
{
	snippet_add(s, "\"");
	snippet_escape(s, text, "\"\\");
	snippet_add(s, "\"");
}

/* ---- where the gateway is ---- */

const char *snippet_absolute(struct snippet *s, const char *path)
{
	char *folder, *absolute;
	size_t len;

	if (path[0] == '/')
		return path;
	folder = getcwd(NULL, 0);
	len = folder != NULL ? strlen(folder) : 0;
	absolute = folder != NULL ? arena_alloc(&s->arena, len + strlen(path) + 2) : NULL;
	if (absolute != NULL) {
		memcpy(absolute, folder, len);
		absolute[len] = '/';
		memcpy(absolute + len + 1, path, strlen(path));
	} else {
		s->rc = SG_ENOMEM;
	}
	free(folder);
	return absolute;
}

/* Who listens on every address is reached by the loopback one. */
void snippet_target_tcp(struct snippet_target *target, const struct sockaddr_storage *socket)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)socket;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)socket;
	struct in_addr any4 = in->sin_addr;
	struct in6_addr any6 = in6->sin6_addr;
	char text[INET6_ADDRSTRLEN];

	if (socket->ss_family == AF_INET) {
		if (any4.s_addr == htonl(INADDR_ANY))
			any4.s_addr = htonl(INADDR_LOOPBACK);
		inet_ntop(AF_INET, &any4, target->host, INET_ADDRSTRLEN);
		target->port = ntohs(in->sin_port);
		return;
	}
	if (IN6_IS_ADDR_UNSPECIFIED(&any6))
		any6 = in6addr_loopback;
	inet_ntop(AF_INET6, &any6, text, sizeof(text));
	snprintf(target->host, sizeof(target->host), "[%s]", text);
	target->port = ntohs(in6->sin6_port);
}

static void snippet_find_target(struct snippet *s)
{
	for (size_t i = 0; i < s->config->listen_count; i++) {
		const struct address *address = &s->config->listen[i].address;

		if (address->kind == ADDRESS_UNIX) {
			s->target.unix_path = snippet_absolute(s, address->text + strlen("unix:"));
			return;
		}
		if (address->kind == ADDRESS_TCP) {
			snippet_target_tcp(&s->target, &address->socket);
			return;
		}
	}
	s->target.unix_path = "/run/sessiongate/front.sock";
	s->target.guessed = true;
}

/* ---- which hosts and paths ---- */

static int snippet_longest_first(const void *a, const void *b)
{
	const struct config_route *const *x = a, *const *y = b;

	if ((*x)->path.len != (*y)->path.len)
		return (*x)->path.len > (*y)->path.len ? -1 : 1;
	return *x < *y ? -1 : 1;
}

static void snippet_sort_routes(struct snippet *s)
{
	size_t count = s->config->route_count;

	s->routes = arena_alloc(&s->arena, (count + 1) * sizeof(struct config_route *));
	if (s->routes == NULL) {
		s->rc = SG_ENOMEM;
		return;
	}
	for (size_t i = 0; i < count; i++)
		s->routes[i] = &s->config->routes[i];
	qsort(s->routes, count, sizeof(s->routes[0]), snippet_longest_first);
}

/* Exact ones, then patterns, the longest first: what a later one says of a host that both are for
 * is the more general. */
static int snippet_most_special_first(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	bool x_pattern = host_is_pattern(*x), y_pattern = host_is_pattern(*y);

	if (x_pattern != y_pattern)
		return x_pattern ? 1 : -1;
	return x->len == y->len ? 0 : x->len > y->len ? -1 : 1;
}

static bool snippet_knows_host(const struct snippet *s, struct slice host)
{
	for (size_t i = 0; i < s->host_count; i++)
		if (slice_equal(s->hosts[i], host))
			return true;
	return false;
}

static void snippet_sort_hosts(struct snippet *s)
{
	size_t count = s->config->route_count;

	s->hosts = arena_alloc(&s->arena, (count + 1) * sizeof(struct slice));
	if (s->hosts == NULL) {
		s->rc = SG_ENOMEM;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct slice host = s->config->routes[i].host;

		if (host.len == 0)
			s->any_host = true;
		else if (!snippet_knows_host(s, host))
			s->hosts[s->host_count++] = host;
	}
	qsort(s->hosts, s->host_count, sizeof(s->hosts[0]), snippet_most_special_first);
}

/* Is it the route of its path that a request for the host takes? */
static bool snippet_takes(const struct snippet *s, struct slice host, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (slice_equal(s->routes[k]->path, s->routes[i]->path) &&
		    host_fits(s->routes[k]->host, host))
			return false;
	return host_fits(s->routes[i]->host, host);
}

void snippet_paths(struct snippet *s, struct slice host, snippet_route_fn *print)
{
	for (size_t i = 0; i < s->config->route_count; i++)
		if (snippet_takes(s, host, i))
			print(s, host, s->routes[i]);
}

bool snippet_guards(const struct config_route *route)
{
	return route->mode == MODE_AUTHORIZE;
}

bool snippet_guards_any(const struct snippet *s)
{
	for (size_t i = 0; i < s->config->route_count; i++)
		if (snippet_guards(&s->config->routes[i]))
			return true;
	return false;
}

bool snippet_below_guard(const struct snippet *s, struct slice host,
			 const struct config_route *route)
{
	for (size_t i = 0; i < s->config->route_count; i++)
		if (snippet_guards(s->routes[i]) && snippet_takes(s, host, i) &&
		    slice_starts(route->path, s->routes[i]->path))
			return true;
	return false;
}

void snippet_guarded(struct snippet *s, struct slice host, snippet_route_fn *print)
{
	for (size_t i = s->config->route_count; i > 0; i--)
		if (snippet_takes(s, host, i - 1) && snippet_below_guard(s, host, s->routes[i - 1]))
			print(s, host, s->routes[i - 1]);
}

bool snippet_named(const struct config_route *route)
{
	return route->name[0] != '\0';
}

void snippet_encode(struct snippet *s, struct slice path)
{
	if (s->rc == 0)
		s->rc = percent_encode(s->out, path, "/");
}

void snippet_any_host(struct snippet *s, snippet_host_fn *print)
{
	if (s->any_host)
		print(s, SLICE(""));
}

void snippet_named_hosts(struct snippet *s, snippet_host_fn *print)
{
	for (size_t i = 0; i < s->host_count; i++)
		print(s, s->hosts[i]);
}

void snippet_hosts(struct snippet *s, snippet_host_fn *print)
{
	snippet_named_hosts(s, print);
	snippet_any_host(s, print);
}

/* The slowest answer: a place in the queue, a connection, the application's silence, and a little
 * more, so that it is the gateway that answers in the end, and not the web server. */
static int64_t snippet_wait_s(const struct config *config)
{
	int64_t longest = 0;

	for (size_t i = 0; i < config->route_count; i++) {
		const struct config_route *route = &config->routes[i];
		const struct config_application *app = route->application;
		int64_t read_ms, wait_ms;

		if (app == NULL)
			continue;
		read_ms =
			route->read_timeout_ms > 0 ? route->read_timeout_ms : app->read_timeout_ms;
		wait_ms = app->queue_timeout_ms + app->connect_timeout_ms + read_ms;
		if (wait_ms > longest)
			longest = wait_ms;
	}
	return (longest + 2 * config->store.timeout_ms + 999) / 1000 + 1;
}

/* A look at the store, a touch, and a little more. */
static int64_t snippet_ask_s(const struct config *config)
{
	return (2 * config->store.timeout_ms + 999) / 1000 + 1;
}

int snippet_print(struct slice server, const struct config *config, struct buffer *out)
{
	static const struct {
		const char *name;
		void (*print)(struct snippet *);
	} servers[] = {
		{ "nginx", snippet_nginx },       { "apache", snippet_apache },
		{ "lighttpd", snippet_lighttpd }, { "caddy", snippet_caddy },
		{ "haproxy", snippet_haproxy },   { "php-fpm", snippet_php_fpm },
	};

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		struct snippet s = { .config = config, .out = out };

		if (!slice_equal(server, slice_from(servers[i].name)))
			continue;
		s.wait_s = snippet_wait_s(config);
		s.ask_s = snippet_ask_s(config);
		snippet_find_target(&s);
		snippet_sort_routes(&s);
		snippet_sort_hosts(&s);
		if (s.target.guessed && servers[i].print != snippet_php_fpm)
			snippet_add(&s, "# The gateway inherits its socket: write the real address "
					"below.\n");
		if (s.rc == 0)
			servers[i].print(&s);
		arena_fini(&s.arena);
		return s.rc;
	}
	return SG_EFORMAT;
}
