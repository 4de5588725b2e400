/* snippet.c - configurations of web servers, made from ours.
 * The gateway routes for itself, so a web server only has to send it the right hosts and paths:
 * one block for each host that a route names, and one place in it for each path. */
#include "gateway/snippet.h"

#include "base/percent.h"
#include "gateway/host.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the web server connects to. */
struct snippet_target {
	const char *unix_path;           /* NULL: TCP */
	char host[INET6_ADDRSTRLEN + 2]; /* IPv6 in brackets */
	unsigned port;
};

struct snippet {
	const struct config *config;
	struct buffer *out;
	struct arena arena;
	struct snippet_target target;
	const struct config_route **routes; /* the longest path first */
	struct slice *hosts;                /* that routes name; the most special first */
	size_t host_count;
	bool any_host;  /* some route names none */
	int64_t wait_s; /* longer than the gateway may take before its first byte */
	int64_t ask_s;  /* longer than it may take to decide */
	int rc;         /* the first failure; nothing is written behind it */
};

static void snippet_add(struct snippet *s, const char *format, ...) SG_PRINTF(2, 3);

static void snippet_add(struct snippet *s, const char *format, ...)
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

/* A backslash before each of the special characters in it. */
static void snippet_escape(struct snippet *s, struct slice text, const char *special)
{
	for (size_t i = 0; i < text.len; i++)
		snippet_add(s, "%s%c", strchr(special, text.ptr[i]) != NULL ? "\\" : "",
			    text.ptr[i]);
}

/* Text between double quotes, those and backslashes in it escaped. */
static void snippet_quote(struct snippet *s, struct slice text)
{
	snippet_add(s, "\"");
	snippet_escape(s, text, "\"\\");
	snippet_add(s, "\"");
}

/* ---- where the gateway is ---- */

/* A web server has another working directory than we. */
static const char *snippet_absolute(struct snippet *s, const char *path)
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
static void snippet_target_tcp(struct snippet_target *target, const struct sockaddr_storage *socket)
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
	snippet_add(s, "# The gateway inherits its socket: write the real address below.\n");
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

typedef void snippet_route_fn(struct snippet *s, struct slice host,
			      const struct config_route *route);

/* Is it the route of its path that a request for the host takes? */
static bool snippet_takes(const struct snippet *s, struct slice host, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (slice_equal(s->routes[k]->path, s->routes[i]->path) &&
		    host_fits(s->routes[k]->host, host))
			return false;
	return host_fits(s->routes[i]->host, host);
}

/* Calls print once for each path that host has, the longest first. */
static void snippet_paths(struct snippet *s, struct slice host, snippet_route_fn *print)
{
	for (size_t i = 0; i < s->config->route_count; i++)
		if (snippet_takes(s, host, i))
			print(s, host, s->routes[i]);
}

/* The web server itself serves what is below this path, and asks us first. */
static bool snippet_guards(const struct config_route *route)
{
	return route->mode == MODE_AUTHORIZE;
}

static bool snippet_guards_any(const struct snippet *s)
{
	for (size_t i = 0; i < s->config->route_count; i++)
		if (snippet_guards(&s->config->routes[i]))
			return true;
	return false;
}

/* Is it such a path, or below one? What a web server says of that must not hold for this one as well. */
static bool snippet_below_guard(const struct snippet *s, struct slice host,
				const struct config_route *route)
{
	for (size_t i = 0; i < s->config->route_count; i++)
		if (snippet_guards(s->routes[i]) && snippet_takes(s, host, i) &&
		    slice_starts(route->path, s->routes[i]->path))
			return true;
	return false;
}

/* As snippet_paths(), the shortest first, and only what is below a guard: for web servers that merge all that fits, and
 * take the last word. */
static void snippet_guarded(struct snippet *s, struct slice host, snippet_route_fn *print)
{
	for (size_t i = s->config->route_count; i > 0; i--)
		if (snippet_takes(s, host, i - 1) && snippet_below_guard(s, host, s->routes[i - 1]))
			print(s, host, s->routes[i - 1]);
}

static bool snippet_named(const struct config_route *route)
{
	return route->name[0] != '\0';
}

/* A path as REQUEST_URI spells it. */
static void snippet_encode(struct snippet *s, struct slice path)
{
	if (s->rc == 0)
		s->rc = percent_encode(s->out, path, "/");
}

static void snippet_any_host(struct snippet *s, void (*print)(struct snippet *, struct slice host))
{
	if (s->any_host)
		print(s, SLICE(""));
}

static void snippet_named_hosts(struct snippet *s,
				void (*print)(struct snippet *, struct slice host))
{
	for (size_t i = 0; i < s->host_count; i++)
		print(s, s->hosts[i]);
}

/* Calls print once for each host that a route names; any comes last, as an empty one. */
static void snippet_hosts(struct snippet *s, void (*print)(struct snippet *, struct slice host))
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

/* ---- nginx ---- */

/* A word for the route that no other one has: names have no underscore. */
static void nginx_word(struct snippet *s, const struct config_route *route)
{
	if (snippet_named(route))
		snippet_add(s, "%s", route->name);
	else
		snippet_add(s, "_%zu", (size_t)(route - s->config->routes));
}

/* Which route decides never depends on how a path is read: another one could be an application's. */
static void nginx_choose(struct snippet *s, const struct config_route *route)
{
	if (snippet_named(route)) {
		snippet_add(s,
			    "\t\tfastcgi_param SESSIONGATE_ROUTE %s;\n"
			    "\t\tfastcgi_param REQUEST_URI $request_uri;\n",
			    route->name);
		return;
	}
	snippet_add(s, "\t\tfastcgi_param REQUEST_URI ");
	snippet_encode(s, route->path);
	snippet_add(s, ";\t# a route with a name is told $request_uri\n");
}

static void nginx_question(struct snippet *s, const struct config_route *route)
{
	snippet_add(s, "\tlocation = /.sessiongate/");
	nginx_word(s, route);
	snippet_add(s, " {\n\t\tinternal;\n\t\tfastcgi_pass sessiongate;\n"
		       "\t\tfastcgi_pass_request_body off;\n");
	nginx_choose(s, route);
	snippet_add(s,
		    "\t\tfastcgi_read_timeout %" PRId64 "s;\n"
		    "\t\tfastcgi_param REQUEST_METHOD $request_method;\n"
		    "\t\tfastcgi_param SERVER_PROTOCOL $server_protocol;\n"
		    "\t\tfastcgi_param REQUEST_SCHEME $scheme;\n"
		    "\t\tfastcgi_param HTTPS $https if_not_empty;\n"
		    "\t\tfastcgi_param SERVER_SOFTWARE nginx/$nginx_version;\n"
		    "\t\tfastcgi_param REMOTE_ADDR $remote_addr;\n"
		    "\t\tfastcgi_param SERVER_NAME $host;\n"
		    "\t\tfastcgi_param HTTP_PROXY \"\";\n\t}\n",
		    s->ask_s);
}

static void nginx_login(struct snippet *s, const struct config_route *route)
{
	snippet_add(s, "\t\tauth_request_set $session_login "
		       "$upstream_http_x_session_login_redirect;\n"
		       "\t\terror_page 401 = @sessiongate-login-");
	nginx_word(s, route);
	snippet_add(s, ";\n");
}

static void nginx_guard(struct snippet *s, const struct config_route *route)
{
	nginx_question(s, route);
	snippet_add(s, "\tlocation ");
	snippet_quote(s, route->path);
	snippet_add(s, " {\n\t\tauth_request /.sessiongate/");
	nginx_word(s, route);
	snippet_add(
		s,
		";\n"
		"\t\tauth_request_set $session_user $upstream_http_x_session_user;	# percent-encoded; empty for nobody\n"
		"\t\tauth_request_set $session_id $upstream_http_x_session_id;\n");
	if (route->login_url != NULL)
		nginx_login(s, route);
	snippet_add(
		s,
		"\t\ttry_files $uri =404;	# or proxy_pass, with proxy_set_header X-Session-User $session_user;\n\t}\n");
	if (route->login_url == NULL)
		return;
	snippet_add(s, "\tlocation @sessiongate-login-");
	nginx_word(s, route);
	snippet_add(s, " { return 302 $session_login; }\n");
}

static void nginx_location(struct snippet *s, struct slice host, const struct config_route *route)
{
	(void)host;
	if (snippet_guards(route)) {
		nginx_guard(s, route);
		return;
	}
	snippet_add(s, "\tlocation ");
	snippet_quote(s, route->path);
	snippet_add(s, " { fastcgi_pass sessiongate; }\n");
}

static void nginx_server(struct snippet *s, struct slice host)
{
	snippet_add(s, "\nserver {\n\tlisten 80%s;\n", host.len == 0 ? " default_server" : "");
	if (host.len > 0)
		snippet_add(s, "\tserver_name %.*s;\n", SLICE_ARGS(host));
	snippet_add(s,
		    "\troot /srv/www;\n\n"
		    "\tfastcgi_keep_conn on;\n"
		    "\tfastcgi_buffer_size 32k;	# the default of 4k is too small for some headers\n"
		    "\tfastcgi_buffers 8 32k;\n"
		    "\tfastcgi_next_upstream off;	# the gateway knows what may be repeated\n"
		    "\tfastcgi_read_timeout %" PRId64 "s;\n\n"
		    "\t# In a location of its own one fastcgi_param replaces all of these.\n"
		    "\tfastcgi_param QUERY_STRING $query_string;\n"
		    "\tfastcgi_param REQUEST_METHOD $request_method;\n"
		    "\tfastcgi_param CONTENT_TYPE $content_type;\n"
		    "\tfastcgi_param CONTENT_LENGTH $content_length;\n"
		    "\tfastcgi_param SCRIPT_NAME $fastcgi_script_name;\n"
		    "\tfastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n"
		    "\tfastcgi_param REQUEST_URI $request_uri;\n"
		    "\tfastcgi_param DOCUMENT_URI $document_uri;\n"
		    "\tfastcgi_param DOCUMENT_ROOT $document_root;\n"
		    "\tfastcgi_param SERVER_PROTOCOL $server_protocol;\n"
		    "\tfastcgi_param REQUEST_SCHEME $scheme;\n"
		    "\tfastcgi_param HTTPS $https if_not_empty;\n"
		    "\tfastcgi_param GATEWAY_INTERFACE CGI/1.1;\n"
		    "\tfastcgi_param SERVER_SOFTWARE nginx/$nginx_version;\n"
		    "\tfastcgi_param REMOTE_ADDR $remote_addr;\n"
		    "\tfastcgi_param REMOTE_PORT $remote_port;\n"
		    "\tfastcgi_param SERVER_ADDR $server_addr;\n"
		    "\tfastcgi_param SERVER_PORT $server_port;\n"
		    "\tfastcgi_param SERVER_NAME $host;\n"
		    "\tfastcgi_param HTTP_PROXY \"\";	# CVE-2016-5385\n\n",
		    s->wait_s);
	snippet_paths(s, host, nginx_location);
	snippet_add(s, "}\n");
}

static void nginx_print(struct snippet *s)
{
	snippet_add(s, "# nginx, within http { }\n\nupstream sessiongate {\n\tserver ");
	if (s->target.unix_path != NULL)
		snippet_add(s, "unix:%s;\n", s->target.unix_path);
	else
		snippet_add(s, "%s:%u;\n", s->target.host, s->target.port);
	snippet_add(s, "\tkeepalive 16;	# idle connections of each nginx worker\n}\n");
	snippet_hosts(s, nginx_server);
}

/* ---- Apache ---- */

static void apache_target(struct snippet *s)
{
	if (s->target.unix_path != NULL)
		snippet_add(s, "unix:%s|fcgi://sessiongate", s->target.unix_path);
	else
		snippet_add(s, "fcgi://%s:%u", s->target.host, s->target.port);
}

/* One set of connections for all paths: Apache, which escapes what it asks for, would not know one
 * of its own for "/a b/" again. */
static void apache_worker(struct snippet *s)
{
	snippet_add(s, "\t<Proxy \"");
	apache_target(s);
	snippet_add(s, "/\" enablereuse=on timeout=%" PRId64 ">\n\t</Proxy>\n", s->wait_s);
}

/* Apache asks over TCP only. */
static const struct address *apache_authorizer(const struct snippet *s)
{
	for (size_t i = 0; i < s->config->listen_count; i++)
		if (s->config->listen[i].address.kind == ADDRESS_TCP)
			return &s->config->listen[i].address;
	return NULL;
}

static void apache_provider(struct snippet *s)
{
	const struct address *address = apache_authorizer(s);
	struct snippet_target target = { .unix_path = NULL };

	snippet_add(s, "# To ask before it serves something itself also authnz_fcgi, "
		       "authn_core, authz_core, authz_user, setenvif and headers.\n");
	if (address != NULL) {
		snippet_target_tcp(&target, &address->socket);
	} else {
		snippet_add(s, "# It asks over TCP only: let the gateway listen on such an address "
			       "as well, and write it below.\n");
		target = (struct snippet_target){ .host = "127.0.0.1", .port = 9100 };
	}
	snippet_add(s, "\nAuthnzFcgiDefineProvider authnz sessiongate fcgi://%s:%u/\n", target.host,
		    target.port);
}

/* Apache cannot redirect a 401, but show a page with it that goes on to the login. */
static void apache_login(struct snippet *s)
{
	snippet_add(
		s,
		"\t\tErrorDocument 401 \"<!DOCTYPE html><title>Please log in</title>"
		"<meta http-equiv=refresh content=\\\"0; url=%%{resp:X-Session-Login-Redirect}\\\">\"\n");
}

/* An AuthType of no module: no browser asks for a password then. Whoever is nobody passes where that may be. */
static void apache_ask(struct snippet *s, const struct config_route *route)
{
	snippet_add(s,
		    "\t\tAuthType sessiongate\n\t\tAuthName sessiongate\n"
		    "\t\tAuthnzFcgiCheckAuthnProvider sessiongate Authoritative On %s"
		    "RequireBasicAuth Off UserExpr \"%%{reqenv:REMOTE_USER}\"\n"
		    "\t\tSetEnvIf Request_Protocol \".\" %sSESSIONGATE_ROUTE%s%s\n"
		    "\t\tRequire valid-user\n"
		    "\t\tHeader always unset X-Session-User\n"
		    "\t\tHeader always unset X-Session-Id\n",
		    route->authorizer_require != REQUIRE_LOGIN ? "DefaultUser - " : "",
		    snippet_named(route) ? "" : "!", snippet_named(route) ? "=" : "", route->name);
	if (route->login_url != NULL)
		apache_login(s);
}

static void apache_location(struct snippet *s, struct slice host, const struct config_route *route)
{
	(void)host;
	snippet_add(s, "\t<Location ");
	snippet_quote(s, route->path);
	snippet_add(s, ">\n");
	if (snippet_guards(route)) {
		apache_ask(s, route);
	} else {
		snippet_add(s, "\t\tAuthnzFcgiCheckAuthnProvider None\n\t\tAuthType None\n"
			       "\t\tSetEnvIf Request_Protocol \".\" !SESSIONGATE_ROUTE\n"
			       "\t\tRequire all granted\n");
	}
	snippet_add(s, "\t</Location>\n");
}

static void apache_path(struct snippet *s, struct slice host, const struct config_route *route)
{
	(void)host;
	snippet_add(s, "\tProxyPass ");
	snippet_quote(s, route->path);
	if (snippet_guards(route)) {
		snippet_add(s, " \"!\"\n");
		return;
	}
	snippet_add(s, " \"");
	apache_target(s);
	snippet_escape(s, route->path, "\"\\");
	snippet_add(s, "\"\n");
}

static void apache_host(struct snippet *s, struct slice host)
{
	snippet_add(s, "\n<VirtualHost *:80>\n");
	if (host_is_pattern(host))
		snippet_add(s, "\tServerName %.*s\n\tServerAlias %.*s\n",
			    SLICE_ARGS(slice_after(host, 2)), SLICE_ARGS(host));
	else if (host.len > 0)
		snippet_add(s, "\tServerName %.*s\n", SLICE_ARGS(host));
	snippet_add(s, "\tDocumentRoot \"/srv/www\"\n");
	if (s->config->bearer) /* tokens travel in Authorization */
		snippet_add(s, "\t<Location \"/\">\n\t\tCGIPassAuth On\n\t</Location>\n");
	apache_worker(s);
	snippet_paths(s, host, apache_path);
	snippet_guarded(s, host, apache_location);
	snippet_add(s, "</VirtualHost>\n");
}

static void apache_print(struct snippet *s)
{
	snippet_add(
		s,
		"# Apache, with the modules proxy and proxy_fcgi.\n"
		"# The first ProxyPass that fits is taken: the longest path stands first.\n"
		"# The first virtual host that fits is taken, and the first one of all for hosts "
		"that none names.\n");
	if (snippet_guards_any(s))
		apache_provider(s);
	snippet_any_host(s, apache_host);
	snippet_named_hosts(s, apache_host);
}

/* ---- lighttpd ---- */

/* IPv6 without its brackets. */
static const char *lighttpd_address(const struct snippet_target *target, char *out)
{
	snprintf(out, INET6_ADDRSTRLEN, "%s", target->host + (target->host[0] == '['));
	out[strcspn(out, "]")] = '\0';
	return out;
}

/* One path of a fastcgi.server, for who serves it, or for who is asked. */
static void lighttpd_server(struct snippet *s, const char *indent, const struct config_route *route)
{
	char address[INET6_ADDRSTRLEN];

	snippet_add(s, "%s\t", indent);
	snippet_quote(s, route->path);
	snippet_add(s, " => (( ");
	if (s->target.unix_path != NULL) {
		snippet_add(s, "\"socket\" => ");
		snippet_quote(s, slice_from(s->target.unix_path));
	} else {
		snippet_add(s, "\"host\" => \"%s\", \"port\" => %u",
			    lighttpd_address(&s->target, address), s->target.port);
	}
	snippet_add(s, ", \"check-local\" => \"disable\", \"connect-timeout\" => 2,\n%s\t\t",
		    indent);
	if (snippet_guards(route))
		snippet_add(s, "\"mode\" => \"authorizer\", \"docroot\" => \"/srv/www\", ");
	snippet_add(s, "\"read-timeout\" => %" PRId64 " )),\n",
		    snippet_guards(route) ? s->ask_s : s->wait_s);
}

static void lighttpd_path(struct snippet *s, struct slice host, const struct config_route *route)
{
	if (!snippet_below_guard(s, host, route))
		lighttpd_server(s, host.len > 0 ? "\t" : "", route);
}

/* In the list of all paths it would be looked up again once it may be served. */
static void lighttpd_block(struct snippet *s, struct slice host, const struct config_route *route)
{
	const char *indent = host.len > 0 ? "\t" : "";

	snippet_add(s, "%s$HTTP[\"url\"] =^ ", indent);
	snippet_quote(s, route->path);
	snippet_add(s, " {\n%s\tfastcgi.server = (\n", indent);
	lighttpd_server(s, host.len > 0 ? "\t\t" : "\t", route);
	snippet_add(s, "%s\t)\n%s\tsetenv.add-environment = (", indent, indent);
	if (snippet_guards(route) && snippet_named(route))
		snippet_add(s, " \"SESSIONGATE_ROUTE\" => \"%s\" ", route->name);
	snippet_add(s, ")\n%s}\n", indent);
}

/* "*.example.org" as the end of a regular expression. */
static void lighttpd_suffix(struct snippet *s, struct slice pattern)
{
	for (size_t i = 1; i < pattern.len; i++)
		snippet_add(s, "%s%c", pattern.ptr[i] == '.' ? "\\" : "", pattern.ptr[i]);
}

static void lighttpd_host(struct snippet *s, struct slice host)
{
	const char *indent = host.len > 0 ? "\t" : "";

	if (host_is_pattern(host)) {
		snippet_add(s, "\n$HTTP[\"host\"] =~ \"");
		lighttpd_suffix(s, host);
		snippet_add(s, "(:[0-9]+)?$\" {\n");
	} else if (host.len > 0) {
		snippet_add(s, "\n$HTTP[\"host\"] == \"%.*s\" {\n", SLICE_ARGS(host));
	} else {
		snippet_add(s, "\n");
	}
	snippet_add(s, "%sfastcgi.server = (\n", indent);
	snippet_paths(s, host, lighttpd_path);
	snippet_add(s, "%s)\n", indent);
	snippet_guarded(s, host, lighttpd_block);
	if (host.len > 0)
		snippet_add(s, "}\n");
}

static void lighttpd_print(struct snippet *s)
{
	snippet_add(s,
		    "# lighttpd. The first path that fits is taken: the longest stands first.\n"
		    "# The last host that fits is taken: the most special stands last.\n\n"
		    "server.modules += ( \"mod_fastcgi\"%s )\n",
		    snippet_guards_any(s) ? ", \"mod_setenv\"" : "");
	snippet_any_host(s, lighttpd_host);
	for (size_t i = s->host_count; i > 0; i--)
		lighttpd_host(s, s->hosts[i - 1]);
}

/* ---- Caddy ---- */

static void caddy_target(struct snippet *s)
{
	if (s->target.unix_path != NULL)
		snippet_add(s, "unix/%s", s->target.unix_path);
	else
		snippet_add(s, "%s:%u", s->target.host, s->target.port);
}

/* Which route decides never depends on how a path is read, which Caddy does not do letter by letter. */
static void caddy_choose(struct snippet *s, const struct config_route *route)
{
	if (snippet_named(route)) {
		snippet_add(s, "\t\t\t\t\tenv SESSIONGATE_ROUTE %s\n", route->name);
		return;
	}
	snippet_add(s, "\t\t\t\t\tenv REQUEST_URI ");
	snippet_encode(s, route->path);
	snippet_add(s, "	# a route with a name is told the visitor's own\n");
}

/* In a route of its own: else Caddy would take headers away behind the question, and not before it. */
static void caddy_guard(struct snippet *s, const struct config_route *route)
{
	snippet_add(s, "\t\troute {\n\t\t\trequest_header -Proxy\n"
		       "\t\t\trequest_header -X-Session-User\n"
		       "\t\t\trequest_header -X-Session-Id\n\t\t\tforward_auth ");
	caddy_target(s);
	snippet_add(s, " {\n\t\t\t\turi /\n"
		       "\t\t\t\tcopy_headers X-Session-User X-Session-Id\n"
		       "\t\t\t\ttransport fastcgi {\n");
	caddy_choose(s, route);
	snippet_add(s,
		    "\t\t\t\t\tdial_timeout 2s\n\t\t\t\t\tread_timeout %" PRId64 "s\n\t\t\t\t}\n",
		    s->ask_s);
	if (route->login_url != NULL)
		snippet_add(s, "\t\t\t\t@login status 401\n\t\t\t\thandle_response @login {\n"
			       "\t\t\t\t\tredir {rp.header.X-Session-Login-Redirect}\n"
			       "\t\t\t\t}\n");
	snippet_add(s, "\t\t\t}\n\t\t\troot * /srv/www\n"
		       "\t\t\tfile_server	# or reverse_proxy to whoever has it\n\t\t}\n\t}\n");
}

static void caddy_path(struct snippet *s, struct slice host, const struct config_route *route)
{
	(void)host;
	snippet_add(s, "\thandle ");
	if (route->path.len > 1) {
		snippet_add(s, "\"");
		snippet_escape(s, route->path, "\"\\");
		snippet_add(s, "*\" ");
	}
	snippet_add(s, "{\n");
	if (snippet_guards(route)) {
		caddy_guard(s, route);
		return;
	}
	snippet_add(s, "\t\trequest_header -Proxy\n\t\treverse_proxy ");
	caddy_target(s);
	snippet_add(s,
		    " {\n\t\t\ttransport fastcgi {\n\t\t\t\troot /srv/www\n"
		    "\t\t\t\tdial_timeout 2s\n\t\t\t\tread_timeout %" PRId64 "s\n"
		    "\t\t\t}\n\t\t}\n\t}\n",
		    s->wait_s);
}

static void caddy_host(struct snippet *s, struct slice host)
{
	if (host.len > 0)
		snippet_add(s, "\nhttp://%.*s {\n", SLICE_ARGS(host));
	else
		snippet_add(s, "\n:80 {\n");
	snippet_paths(s, host, caddy_path);
	snippet_add(s, "}\n");
}

static void caddy_print(struct snippet *s)
{
	snippet_add(s, "# Caddyfile. A host without http:// gets a certificate and https.\n");
	snippet_hosts(s, caddy_host);
}

/* ---- HAProxy ---- */

static void haproxy_rule(struct snippet *s, struct slice host, const struct config_route *route)
{
	if (snippet_guards(route)) {
		snippet_add(
			s,
			"\t# HAProxy cannot ask before it serves: nothing for mode: authorize\n");
		return;
	}
	snippet_add(s, "\tuse_backend sessiongate if ");
	if (host_is_pattern(host))
		snippet_add(s, "{ req.hdr(host),host_only -i -m end %.*s } ",
			    SLICE_ARGS(slice_after(host, 1)));
	else if (host.len > 0)
		snippet_add(s, "{ req.hdr(host),host_only -i %.*s } ", SLICE_ARGS(host));
	snippet_add(s, "{ path,url_dec -m beg \"");
	snippet_escape(s, route->path, "\"\\$");
	snippet_add(s, "\" }\n");
}

static void haproxy_host(struct snippet *s, struct slice host)
{
	snippet_paths(s, host, haproxy_rule);
}

static void haproxy_print(struct snippet *s)
{
	snippet_add(s,
		    "# HAProxy%s\n\nfrontend web\n\tmode http\n\tbind :80\n\ttimeout client 60s\n"
		    "\thttp-request del-header Proxy\n",
		    snippet_guards_any(s)
			    ? ". It cannot ask before it serves: there is nothing here "
			      "of routes with mode: authorize."
			    : "");
	if (!s->config->bearer) /* tokens travel in it */
		snippet_add(s, "\thttp-request del-header Authorization	# else it becomes a "
			       "REMOTE_USER that nobody verified\n");
	snippet_hosts(s, haproxy_host);
	snippet_add(s,
		    "\nbackend sessiongate\n\tmode http\n\tuse-fcgi-app sessiongate\n"
		    "\toption http-buffer-request	# chunked bodies get their length\n"
		    "\ttimeout connect 2s\n\ttimeout server %" PRId64 "s\n\tserver gateway ",
		    s->wait_s);
	if (s->target.unix_path != NULL)
		snippet_add(s, "unix@%s proto fcgi\n", s->target.unix_path);
	else
		snippet_add(s, "%s:%u proto fcgi\n", s->target.host, s->target.port);
	snippet_add(s, "\nfcgi-app sessiongate\n\tdocroot /srv/www\n\tlog-stderr global\n"
		       "\toption keep-conn\n");
	if (s->config->bearer)
		snippet_add(s, "\tset-param HTTP_AUTHORIZATION %%[req.fhdr(authorization)] if { "
			       "req.fhdr(authorization) -m found }\n");
}

int snippet_print(struct slice server, const struct config *config, struct buffer *out)
{
	static const struct {
		const char *name;
		void (*print)(struct snippet *);
	} servers[] = {
		{ "nginx", nginx_print },       { "apache", apache_print },
		{ "lighttpd", lighttpd_print }, { "caddy", caddy_print },
		{ "haproxy", haproxy_print },
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
		if (s.rc == 0)
			servers[i].print(&s);
		arena_fini(&s.arena);
		return s.rc;
	}
	return SG_EFORMAT;
}
