/* snippet.c - configurations of web servers, made from ours.
 * The gateway routes for itself, so a web server only has to send it the right hosts and paths:
 * one block for each host that a route names, and one place in it for each path. */
#include "gateway/snippet.h"

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

/* Calls print once for each path that host has, the longest first. */
static void snippet_paths(struct snippet *s, struct slice host,
			  void (*print)(struct snippet *, struct slice host, struct slice path))
{
	for (size_t i = 0; i < s->config->route_count; i++) {
		struct slice path = s->routes[i]->path;
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = slice_equal(s->routes[k]->path, path) &&
				host_fits(s->routes[k]->host, host);
		if (!again && host_fits(s->routes[i]->host, host))
			print(s, host, path);
	}
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

/* ---- nginx ---- */

static void nginx_location(struct snippet *s, struct slice host, struct slice path)
{
	(void)host;
	snippet_add(s, "\tlocation ");
	snippet_quote(s, path);
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

static void apache_path(struct snippet *s, struct slice host, struct slice path)
{
	(void)host;
	snippet_add(s, "\tProxyPass ");
	snippet_quote(s, path);
	snippet_add(s, " \"");
	apache_target(s);
	snippet_escape(s, path, "\"\\");
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

static void lighttpd_path(struct snippet *s, struct slice host, struct slice path)
{
	const char *indent = host.len > 0 ? "\t" : "";
	char address[INET6_ADDRSTRLEN];

	snippet_add(s, "%s\t", indent);
	snippet_quote(s, path);
	snippet_add(s, " => (( ");
	if (s->target.unix_path != NULL) {
		snippet_add(s, "\"socket\" => ");
		snippet_quote(s, slice_from(s->target.unix_path));
	} else {
		snippet_add(s, "\"host\" => \"%s\", \"port\" => %u",
			    lighttpd_address(&s->target, address), s->target.port);
	}
	snippet_add(s,
		    ", \"check-local\" => \"disable\", \"connect-timeout\" => 2,\n"
		    "%s\t\t\"read-timeout\" => %" PRId64 " )),\n",
		    indent, s->wait_s);
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
	if (host.len > 0)
		snippet_add(s, "}\n");
}

static void lighttpd_print(struct snippet *s)
{
	snippet_add(s, "# lighttpd. The first path that fits is taken: the longest stands first.\n"
		       "# The last host that fits is taken: the most special stands last.\n\n"
		       "server.modules += ( \"mod_fastcgi\" )\n");
	snippet_any_host(s, lighttpd_host);
	for (size_t i = s->host_count; i > 0; i--)
		lighttpd_host(s, s->hosts[i - 1]);
}

/* ---- Caddy ---- */

static void caddy_path(struct snippet *s, struct slice host, struct slice path)
{
	(void)host;
	snippet_add(s, "\thandle ");
	if (path.len > 1) {
		snippet_add(s, "\"");
		snippet_escape(s, path, "\"\\");
		snippet_add(s, "*\" ");
	}
	snippet_add(s, "{\n\t\trequest_header -Proxy\n\t\treverse_proxy ");
	if (s->target.unix_path != NULL)
		snippet_add(s, "unix/%s", s->target.unix_path);
	else
		snippet_add(s, "%s:%u", s->target.host, s->target.port);
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

static void haproxy_rule(struct snippet *s, struct slice host, struct slice path)
{
	snippet_add(s, "\tuse_backend sessiongate if ");
	if (host_is_pattern(host))
		snippet_add(s, "{ req.hdr(host),host_only -i -m end %.*s } ",
			    SLICE_ARGS(slice_after(host, 1)));
	else if (host.len > 0)
		snippet_add(s, "{ req.hdr(host),host_only -i %.*s } ", SLICE_ARGS(host));
	snippet_add(s, "{ path,url_dec -m beg \"");
	snippet_escape(s, path, "\"\\$");
	snippet_add(s, "\" }\n");
}

static void haproxy_host(struct snippet *s, struct slice host)
{
	snippet_paths(s, host, haproxy_rule);
}

static void haproxy_print(struct snippet *s)
{
	snippet_add(s, "# HAProxy\n\nfrontend web\n\tmode http\n\tbind :80\n\ttimeout client 60s\n"
		       "\thttp-request del-header Proxy\n");
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
