/* snippet_apache.c - what Apache is told. */
#include "gateway/snippet_kind.h"

#include "gateway/host.h"

#include <inttypes.h>

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

void snippet_apache(struct snippet *s)
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
