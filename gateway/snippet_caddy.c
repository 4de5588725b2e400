/* snippet_caddy.c - what Caddy is told. */
#include "gateway/snippet_kind.h"

#include <inttypes.h>

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
	snippet_add(s, "\t\t\t}\n\t\t\troot * /srv/www\n");
	snippet_add(s, "\t\t\tfile_server	# or reverse_proxy to whoever has it\n");
	snippet_add(s, "\t\t}\n\t}\n");
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

void snippet_caddy(struct snippet *s)
{
	snippet_add(s, "# Caddyfile. A host without http:// gets a certificate and https.\n");
	snippet_hosts(s, caddy_host);
}
