/* snippet_nginx.c - what nginx is told. */
#include "gateway/snippet_kind.h"

#include <inttypes.h>

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

void snippet_nginx(struct snippet *s)
{
	snippet_add(s, "# nginx, within http { }\n\nupstream sessiongate {\n\tserver ");
	if (s->target.unix_path != NULL)
		snippet_add(s, "unix:%s;\n", s->target.unix_path);
	else
		snippet_add(s, "%s:%u;\n", s->target.host, s->target.port);
	snippet_add(s, "\tkeepalive 16;	# idle connections of each nginx worker\n}\n");
	snippet_hosts(s, nginx_server);
}
