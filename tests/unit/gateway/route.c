/* route.c - paths in one spelling, and the routes they lead to. */
#include "gateway/route.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

static const struct {
	const char *name, *params, *path; /* path NULL: SG_EFORMAT */
} paths[] = {
	{ "as it is", "REQUEST_URI=/a/b.php", "/a/b.php" },
	{ "directory", "REQUEST_URI=/a/", "/a/" },
	{ "query", "REQUEST_URI=/a?b=/c", "/a" },
	{ "question mark only", "REQUEST_URI=?x", "/" },
	{ "fragment", "REQUEST_URI=/a#b", "/a" },
	{ "absolute form", "REQUEST_URI=http://example.org/a/../b?c", "/b" },
	{ "absolute form without a path", "REQUEST_URI=https://example.org?c", "/" },
	{ "host only", "REQUEST_URI=http://example.org", "/" },
	{ "two slashes are no host", "REQUEST_URI=//admin/x", "/admin/x" },
	{ "a URL within a path", "REQUEST_URI=/go/http://example.org/", "/go/http:/example.org/" },
	{ "asterisk", "REQUEST_URI=*", "/" },
	{ "no slash", "REQUEST_URI=a/b", "/a/b" },
	{ "slashes merge", "REQUEST_URI=/a//b///", "/a/b/" },
	{ "dots", "REQUEST_URI=/a/./b/../c", "/a/c" },
	{ "dots at the end", "REQUEST_URI=/a/b/..", "/a/" },
	{ "dot at the end", "REQUEST_URI=/a/.", "/a/" },
	{ "above the root", "REQUEST_URI=/../../a/../../b", "/b" },
	{ "more dots are a name", "REQUEST_URI=/.../.a/..b", "/.../.a/..b" },
	{ "decoded", "REQUEST_URI=/%61%2d%20", "/a- " },
	{ "decoded once", "REQUEST_URI=/%2561", "/%61" },
	{ "encoded dots", "REQUEST_URI=/a/%2e%2E/b", "/b" },
	{ "encoded slash", "REQUEST_URI=/x/..%2fadmin%2f", "/admin/" },
	{ "encoded question mark", "REQUEST_URI=/a%3fb", "/a?b" },
	{ "no escapes", "REQUEST_URI=/%zz%4%", "/%zz%4%" },
	{ "backslash stays", "REQUEST_URI=/a\\..\\b", "/a\\..\\b" },
	{ "UTF-8", "REQUEST_URI=/%c3%a4", "/\xc3\xa4" },
	{ "encoded NUL", "REQUEST_URI=/a%00b", NULL },
	{ "script and path info, decoded already", "SCRIPT_NAME=/a%20.php|PATH_INFO=/x/../y?z",
	  "/a%20.php/y?z" },
	{ "script only", "SCRIPT_NAME=/a.php", "/a.php" },
	{ "empty request URI", "REQUEST_URI=|SCRIPT_NAME=/a", "/a" },
	{ "nothing", "A=1", "/" },
};

Test(route, path_in_one_spelling)
{
	for (size_t i = 0; i < ROWS(paths); i++) {
		struct slice path = { NULL, 0 };
		struct sample s;
		struct params p;
		int rc;

		sample_init(&s);
		p = sample_params(&s, paths[i].params);
		rc = route_path(&p, &path);
		cr_expect_eq(rc, paths[i].path != NULL ? 0 : SG_EFORMAT, "%s: %d", paths[i].name,
			     rc);
		cr_expect(slice_equal(path, slice_from(paths[i].path)), "%s: %.*s", paths[i].name,
			  SLICE_ARGS(path));
		sample_fini(&s);
	}
}

static void path_of(void *ctx, struct slice bytes)
{
	struct sample s;
	struct params p;
	struct slice path;

	(void)ctx;
	sample_init(&s);
	p = sample_params(&s, "A=1");
	cr_assert_eq(params_set(&p, SLICE("REQUEST_URI"), bytes), 0);
	if (route_path(&p, &path) == 0) {
		cr_expect_eq(path.ptr[0], '/');
		for (size_t i = 0; i + 1 < path.len; i++)
			cr_expect(path.ptr[i] != '/' || path.ptr[i + 1] != '/');
	}
	sample_fini(&s);
}

Test(route, path_survives_every_mutation)
{
	sample_mutate(SLICE("http://h/a//.././%2e%2e/%2F/b/..?q#f"), path_of, NULL);
}

/* The routes that the next tests choose from, by name. */
static struct slice get_only[] = { { "GET", 3 } };
static struct config_route routes[] = {
	{ .name = "root", .path = { "/", 1 } },
	{ .name = "root-again", .path = { "/", 1 } },
	{ .name = "api", .path = { "/api/", 5 } },
	{ .name = "api-get", .path = { "/api/list", 9 }, .methods = get_only, .method_count = 1 },
	{ .name = "wild", .host = { "*.example.org", 13 }, .path = { "/", 1 } },
	{ .name = "wilder", .host = { "*.shop.example.org", 18 }, .path = { "/", 1 } },
	{ .name = "exact", .host = { "a.shop.example.org", 18 }, .path = { "/", 1 } },
	{ .name = "other", .host = { "other.net", 9 }, .path = { "/only", 5 } },
};

static const struct {
	const char *name, *method, *host, *path, *route; /* route NULL: none */
} matches[] = {
	{ "the first of two equal", "GET", "", "/", "root" },
	{ "longest prefix", "GET", "", "/api/x", "api" },
	{ "a prefix is bytes", "GET", "", "/api", "root" },
	{ "longest with the method", "GET", "", "/api/list/1", "api-get" },
	{ "another method", "POST", "", "/api/list/1", "api" },
	{ "methods are case-sensitive", "get", "", "/api/list", "api" },
	{ "path before host", "GET", "a.shop.example.org", "/api/x", "api" },
	{ "exact host", "GET", "a.shop.example.org", "/x", "exact" },
	{ "longer wildcard", "GET", "b.shop.example.org", "/x", "wilder" },
	{ "shorter wildcard", "GET", "shop.example.org", "/x", "wild" },
	{ "several labels", "GET", "x.y.example.org", "/x", "wild" },
	{ "no label", "GET", "example.org", "/x", "root" },
	{ "an empty label", "GET", ".example.org", "/x", "root" },
	{ "a suffix is whole labels", "GET", "badexample.org", "/x", "root" },
	{ "host and path", "GET", "other.net", "/only/1", "other" },
};

static void expect_match(size_t i)
{
	struct visitor v = { .host = slice_from(matches[i].host) };
	const struct config_route *route = NULL;
	struct sample s;
	struct params p;

	sample_init(&s);
	s.config.routes = routes;
	s.config.route_count = ROWS(routes);
	p = sample_params(&s, "A=1");
	cr_assert_eq(params_set(&p, SLICE("REQUEST_METHOD"), slice_from(matches[i].method)), 0);
	cr_expect_eq(route_find(&s.config, &p, &v, slice_from(matches[i].path), &route),
		     ROUTE_FOUND, "%s", matches[i].name);
	cr_expect(route != NULL && strcmp(route->name, matches[i].route) == 0, "%s: %s",
		  matches[i].name, route != NULL ? route->name : "none");
	sample_fini(&s);
}

Test(route, find_takes_the_longest_path_then_the_most_exact_host)
{
	for (size_t i = 0; i < ROWS(matches); i++)
		expect_match(i);
}

static const struct {
	const char *name, *params;
	enum route_found found;
	const char *route;
} named[] = {
	{ "by name", "A=1|SESSIONGATE_ROUTE=wilder", ROUTE_FOUND, "wilder" },
	{ "unknown name", "A=1|SESSIONGATE_ROUTE=nobody", ROUTE_UNKNOWN_NAME, NULL },
	{ "a name and more", "A=1|SESSIONGATE_ROUTE=wilder2", ROUTE_UNKNOWN_NAME, NULL },
	{ "empty name", "A=1|SESSIONGATE_ROUTE=", ROUTE_FOUND, "other" },
};

Test(route, find_by_the_name_that_the_web_server_gives)
{
	for (size_t i = 0; i < ROWS(named); i++) {
		struct visitor v = { .host = SLICE("other.net") };
		const struct config_route *route = NULL;
		struct sample s;
		struct params p;

		sample_init(&s);
		s.config.routes = routes;
		s.config.route_count = ROWS(routes);
		p = sample_params(&s, named[i].params);
		cr_expect_eq(route_find(&s.config, &p, &v, SLICE("/only"), &route), named[i].found,
			     "%s", named[i].name);
		cr_expect(named[i].route == NULL ? route == NULL
						 : strcmp(route->name, named[i].route) == 0,
			  "%s", named[i].name);
		cr_expect_str_eq(sample_text(&s, &p), "A=1", "%s", named[i].name);
		sample_fini(&s);
	}
}

Test(route, find_may_find_none)
{
	struct visitor v = { .host = SLICE("example.org") };
	const struct config_route *route = NULL;
	struct sample s;
	struct params p;

	sample_init(&s);
	s.config.routes = &routes[7];
	s.config.route_count = 1;
	p = sample_params(&s, "A=1");
	cr_expect_eq(route_find(&s.config, &p, &v, SLICE("/only"), &route), ROUTE_NONE);
	v.host = SLICE("other.net");
	cr_expect_eq(route_find(&s.config, &p, &v, SLICE("/els"), &route), ROUTE_NONE);
	cr_expect_null(route);
	sample_fini(&s);
}
