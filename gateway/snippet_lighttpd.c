/* snippet_lighttpd.c - what lighttpd is told. */
#include "gateway/snippet_kind.h"

#include "gateway/host.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

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

void snippet_lighttpd(struct snippet *s)
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
