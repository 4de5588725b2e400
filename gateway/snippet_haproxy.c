/* snippet_haproxy.c - what HAProxy is told. */
#include "gateway/snippet_kind.h"

#include "gateway/host.h"

#include <inttypes.h>

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

void snippet_haproxy(struct snippet *s)
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
