/* snippet_kind.h - what a kind of web server fills in, and what it finds for that: our addresses, hosts and paths, in the
 * order that it needs. For snippet.c and the file of each kind (snippet_nginx.c …), and nobody else.
 * Borrow   from the configuration, and from snippet_print(), which owns all of it. */
#ifndef SG_SNIPPET_KIND_H
#define SG_SNIPPET_KIND_H

#include "gateway/snippet.h"

#include <netinet/in.h>

/* What the web server connects to. */
struct snippet_target {
	const char *unix_path;           /* NULL: TCP */
	char host[INET6_ADDRSTRLEN + 2]; /* IPv6 in brackets */
	unsigned port;
	bool guessed; /* the gateway inherits its socket, and does not know where it is */
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

/* The kinds: each writes all that its web server needs, or that PHP does. */
void snippet_nginx(struct snippet *s);
void snippet_apache(struct snippet *s);
void snippet_lighttpd(struct snippet *s);
void snippet_caddy(struct snippet *s);
void snippet_haproxy(struct snippet *s);
void snippet_php_fpm(struct snippet *s);

/* --- writing --- */

void snippet_add(struct snippet *s, const char *format, ...) SG_PRINTF(2, 3);
/* A backslash before each of the special characters in it. */
void snippet_escape(struct snippet *s, struct slice text, const char *special);
/* Text between double quotes, those and backslashes in it escaped. */
void snippet_quote(struct snippet *s, struct slice text);
/* A path as REQUEST_URI spells it. */
void snippet_encode(struct snippet *s, struct slice path);

/* --- where, for which hosts and paths --- */

/* Others have another working directory than we. NULL: no memory, as rc says. */
const char *snippet_absolute(struct snippet *s, const char *path);

/* A socket of ours as who connects to it calls it: every address is the loopback one. */
void snippet_target_tcp(struct snippet_target *target, const struct sockaddr_storage *socket);

typedef void snippet_host_fn(struct snippet *s, struct slice host);
typedef void snippet_route_fn(struct snippet *s, struct slice host,
			      const struct config_route *route);

/* Call print once for each host that a route names; any comes last, as an empty one. Or only those that are named,
 * only any. */
void snippet_hosts(struct snippet *s, snippet_host_fn *print);
void snippet_named_hosts(struct snippet *s, snippet_host_fn *print);
void snippet_any_host(struct snippet *s, snippet_host_fn *print);

/* Call print once for each path that host has, the longest first. */
void snippet_paths(struct snippet *s, struct slice host, snippet_route_fn *print);
/* The shortest first, and only what is guarded or below such a path: for web servers that merge all that fits, and take
 * the last word. */
void snippet_guarded(struct snippet *s, struct slice host, snippet_route_fn *print);
/* Is it such a path, or below one? What a web server says of that must not hold for this one as well. */
bool snippet_below_guard(const struct snippet *s, struct slice host,
			 const struct config_route *route);
/* The web server itself serves what is below this path, and asks us first. */
bool snippet_guards(const struct config_route *route);
bool snippet_guards_any(const struct snippet *s);
bool snippet_named(const struct config_route *route);

#endif
