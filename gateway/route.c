/* route.c - the path that a request asks for, in one spelling, and the route that it leads to. */
#include "gateway/route.h"

#include "base/percent.h"
#include "gateway/host.h"

static bool is_scheme_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '-' || c == '.';
}

static size_t length_until(struct slice s, const char *stops)
{
	size_t n = 0;

	while (n < s.len && strchr(stops, s.ptr[n]) == NULL)
		n++;
	return n;
}

struct slice route_target(struct slice target)
{
	size_t scheme = 0;

	while (scheme < target.len && is_scheme_char(target.ptr[scheme]))
		scheme++;
	if (scheme == 0 || !slice_starts(slice_after(target, scheme), SLICE("://")))
		return target;
	target = slice_after(target, scheme + 3);
	return slice_after(target, length_until(target, "/?#"));
}

/* The path of a request target, as it was written: without "http://host", query and fragment. */
static struct slice target_path(struct slice target)
{
	if (slice_equal(target, SLICE("*")))
		return SLICE("/");
	target = route_target(target);
	target.len = length_until(target, "?#");
	return target;
}

static size_t path_put(char *at, struct slice s)
{
	if (s.len > 0) /* an absent param has no bytes to copy from */
		memcpy(at, s.ptr, s.len);
	return s.len;
}

/* Decode in place, once; an escape that is none stays as it is, as the web servers that let it
 * through leave it. "%2F" becomes a slash like any other, before dot segments go: an application
 * may decode it as well, and no spelling of a protected path may lead past its route. */
static size_t path_decode(char *path, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		size_t one;

		if (path[i] == '%' && len - i > 2 &&
		    percent_decode(slice_of(path + i, 3), path + out, &one) == 0) {
			out += one;
			i += 2;
		} else
			path[out++] = path[i];
	}
	return out;
}

/* path[0, out) ends with a slash: without its last segment; the root stays. */
static size_t path_parent(const char *path, size_t out)
{
	if (out == 1)
		return out;
	out--;
	while (path[out - 1] != '/')
		out--;
	return out;
}

/* Merge slashes and resolve dot segments, in place; path[0] is a slash, and what has been written
 * ends with one whenever a segment begins. */
static size_t path_flatten(char *path, size_t len)
{
	size_t out = 1, end;

	for (size_t i = 1; i < len; i = end + 1) {
		struct slice segment = { path + i, 0 };

		while (i + segment.len < len && segment.ptr[segment.len] != '/')
			segment.len++;
		end = i + segment.len;
		if (slice_equal(segment, SLICE("..")))
			out = path_parent(path, out);
		else if (segment.len > 0 && !slice_equal(segment, SLICE("."))) {
			memmove(path + out, segment.ptr, segment.len);
			out += segment.len;
			if (end < len)
				path[out++] = '/';
		}
	}
	return out;
}

int route_path(const struct params *p, struct slice *path)
{
	struct slice uri = params_known(p, PARAM_REQUEST_URI);
	struct slice first = params_known(p, PARAM_SCRIPT_NAME), second = { NULL, 0 };
	size_t len = 1;
	char *text;

	if (uri.len > 0)
		first = target_path(uri);
	else
		second = params_known(p, PARAM_PATH_INFO);
	/* A slash in front, for a target that has none; merged where there is one. */
	if ((text = arena_room(p->arena, 1 + first.len + second.len)) == NULL)
		return SG_ENOMEM;
	text[0] = '/';
	len += path_put(text + len, first);
	len += path_put(text + len, second);
	if (uri.len > 0) /* the web server has decoded the other two */
		len = path_decode(text, len);
	if (memchr(text, '\0', len) != NULL)
		return SG_EFORMAT;
	*path = slice_of(text, path_flatten(text, len));
	return 0;
}

/* How exactly a route's host fits: the longer the better, 0 where it names none; -1 not at all. */
static int64_t host_rank(struct slice pattern, struct slice host)
{
	if (!host_fits(pattern, host))
		return -1;
	return pattern.len == 0 || host_is_pattern(pattern) ? (int64_t)pattern.len : INT64_MAX;
}

static bool route_takes_method(const struct config_route *route, struct slice method)
{
	for (size_t i = 0; i < route->method_count; i++)
		if (slice_equal(route->methods[i], method))
			return true;
	return route->method_count == 0;
}

/* The longest path, then the most exact host, then the first in the file. */
static const struct config_route *route_match(const struct config *config, struct slice host,
					      struct slice method, struct slice path)
{
	const struct config_route *best = NULL;
	int64_t best_rank = -1;

	for (size_t i = 0; i < config->route_count; i++) {
		const struct config_route *route = &config->routes[i];
		int64_t rank = host_rank(route->host, host);

		if (rank < 0 || !slice_starts(path, route->path) ||
		    !route_takes_method(route, method))
			continue;
		if (best == NULL || route->path.len > best->path.len ||
		    (route->path.len == best->path.len && rank > best_rank)) {
			best = route;
			best_rank = rank;
		}
	}
	return best;
}

static const struct config_route *route_named(const struct config *config, struct slice name)
{
	for (size_t i = 0; i < config->route_count; i++)
		if (slice_equal(slice_from(config->routes[i].name), name))
			return &config->routes[i];
	return NULL;
}

enum route_found route_find(const struct config *config, struct params *p,
			    const struct visitor *visitor, struct slice path,
			    const struct config_route **out)
{
	struct slice name = params_known(p, PARAM_SESSIONGATE_ROUTE);
	const struct config_route *route;

	params_remove_known(p, PARAM_SESSIONGATE_ROUTE);
	if (name.len > 0) /* empty: a variable of the web server's that is not set */
		route = route_named(config, name);
	else
		route = route_match(config, visitor->host, params_known(p, PARAM_REQUEST_METHOD),
				    path);
	if (route == NULL)
		return name.len > 0 ? ROUTE_UNKNOWN_NAME : ROUTE_NONE;
	*out = route;
	return ROUTE_FOUND;
}
