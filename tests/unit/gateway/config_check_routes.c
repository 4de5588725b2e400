/* config_check_routes.c - what routes make of what they do not say, and of their applications' adapters. */
#include "tests/unit/gateway/config_file.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* mode, what is required of Responders and of Authorizers, what is exposed */
static const struct {
	const char *route;
	enum route_mode mode;
	enum route_require require, authorizer_require;
	unsigned expose;
} mode_rows[] = {
	{ "application: app", MODE_RESPOND, REQUIRE_NONE, REQUIRE_LOGIN, EXPOSE_EACH },
	{ "application: app, require: none", MODE_RESPOND, REQUIRE_NONE, REQUIRE_NONE,
	  EXPOSE_EACH },
	{ "application: app, require: session", MODE_RESPOND, REQUIRE_SESSION, REQUIRE_SESSION,
	  EXPOSE_EACH },
	{ "application: app, max_login_age: 1h, require: none", MODE_RESPOND, REQUIRE_LOGIN,
	  REQUIRE_LOGIN, EXPOSE_EACH },
	{ "mode: authorize", MODE_AUTHORIZE, REQUIRE_LOGIN, REQUIRE_LOGIN, 0 },
	{ "mode: authorize, application: app", MODE_AUTHORIZE, REQUIRE_LOGIN, REQUIRE_LOGIN, 0 },
	{ "mode: authorize, require: none, expose: each", MODE_AUTHORIZE, REQUIRE_NONE,
	  REQUIRE_NONE, EXPOSE_EACH },
	{ "mode: authorize, max_login_age: 1h", MODE_AUTHORIZE, REQUIRE_LOGIN, REQUIRE_LOGIN, 0 },
};

Test(config, takes_more_for_granted_of_who_authorizes)
{
	for (size_t i = 0; i < sizeof(mode_rows) / sizeof(mode_rows[0]); i++) {
		char text[256];
		const struct config *c;

		snprintf(text, sizeof(text),
			 "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
			 "routes: [{path: /, %s}]}",
			 mode_rows[i].route);
		c = config_file_load_good(text);
		cr_expect_eq(c->routes[0].mode, mode_rows[i].mode, "%s", mode_rows[i].route);
		cr_expect_eq(c->routes[0].require, mode_rows[i].require, "%s", mode_rows[i].route);
		cr_expect_eq(c->routes[0].authorizer_require, mode_rows[i].authorizer_require, "%s",
			     mode_rows[i].route);
		cr_expect_eq(c->routes[0].expose, mode_rows[i].expose, "%s", mode_rows[i].route);
		config_unref(&c);
	}
}

/* what an application's adapter is told on each of the routes, and what these expose */
static const struct {
	const char *adapter, *route, *told;
	unsigned expose;
} adapter_rows[] = {
	{ "none", "", "", EXPOSE_EACH },
	{ "php", "",
	  "{\"kind\":\"php\",\"mode\":\"on\",\"split\":\"keys\",\"lock\":false,"
	  "\"create\":\"start\",\"regenerate\":\"now\",\"application\":\"app\"}",
	  EXPOSE_OBJECT | EXPOSE_PHP | EXPOSE_PHP_ALONE },
	{ "php", ", expose: [object]",
	  "{\"kind\":\"php\",\"mode\":\"on\",\"split\":\"keys\",\"lock\":false,"
	  "\"create\":\"start\",\"regenerate\":\"now\",\"application\":\"app\"}",
	  EXPOSE_OBJECT | EXPOSE_PHP },
	{ "{php: }", ", session: peek, lock: none",
	  "{\"kind\":\"php\",\"mode\":\"peek\",\"split\":\"keys\",\"lock\":false,"
	  "\"create\":\"start\",\"regenerate\":\"now\",\"application\":\"app\"}",
	  EXPOSE_OBJECT | EXPOSE_PHP | EXPOSE_PHP_ALONE },
	{ "{php: {create: lazy, split: whole, regenerate: grace}}",
	  ", lock: exclusive, expose: [each, object]",
	  "{\"kind\":\"php\",\"mode\":\"on\",\"split\":\"whole\",\"lock\":true,"
	  "\"create\":\"lazy\",\"regenerate\":\"grace\",\"application\":\"app\"}",
	  EXPOSE_EACH | EXPOSE_OBJECT },
	{ "{php: {adopt: redis, save_path: 'tcp://h:1?a=\"b\"', cookie: OLD, until: 2999-12-30,"
	  " write_back: yes}}",
	  "",
	  "{\"kind\":\"php\",\"adopt\":{\"from\":\"redis\","
	  "\"save_path\":\"tcp://h:1?a=\\\"b\\\"\",\"cookie\":\"OLD\",\"until\":32503593600,"
	  "\"write_back\":true},"
	  "\"mode\":\"on\",\"split\":\"keys\",\"lock\":false,"
	  "\"create\":\"start\",\"regenerate\":\"now\",\"application\":\"app\"}",
	  EXPOSE_OBJECT },
	{ "php", ", session: observe",
	  "{\"kind\":\"php\",\"mode\":\"observe\",\"split\":\"keys\",\"lock\":false,"
	  "\"create\":\"start\",\"regenerate\":\"now\",\"application\":\"app\"}",
	  EXPOSE_OBJECT | EXPOSE_PHP | EXPOSE_PHP_ALONE },
	{ "php", ", session: off", "", EXPOSE_EACH },
	{ "php", ", mode: authorize", "", 0 },
};

Test(config, tells_adapters_how_they_are_set)
{
	for (size_t i = 0; i < COUNT(adapter_rows); i++) {
		char text[512];
		const struct config *c;

		snprintf(text, sizeof(text),
			 "{listen: unix:/f, applications: {app: {servers: unix:/a, adapter: %s}},\n"
			 "routes: [{path: /, application: app%s}]}",
			 adapter_rows[i].adapter, adapter_rows[i].route);
		c = config_file_load_good(text);
		cr_expect(slice_equal(c->routes[0].adapter, slice_from(adapter_rows[i].told)),
			  "%s%s: %.*s", adapter_rows[i].adapter, adapter_rows[i].route,
			  SLICE_ARGS(c->routes[0].adapter));
		cr_expect_eq(c->routes[0].expose, adapter_rows[i].expose, "%s%s",
			     adapter_rows[i].adapter, adapter_rows[i].route);
		cr_expect_eq(c->applications[0].session_api, i > 0);
		config_unref(&c);
	}
}

/* how PHP is made to load it */
static const struct {
	const char *file, *begins, *ends;
} loading_rows[] = {
	{ "auto", "auto_prepend_file=\"/", "/adapters/php/sessiongate.php\"" },
	{ "/srv/adapter.php", "auto_prepend_file=\"", "\"/srv/adapter.php\"" },
	{ "\"\"", "", "" },
};

Test(config, names_the_adapter_to_php)
{
	for (size_t i = 0; i < COUNT(loading_rows); i++) {
		char text[256];
		const struct config *c;
		struct slice line;

		snprintf(text, sizeof(text), WITH_ADAPTER "{php: {file: %s}}}}}",
			 loading_rows[i].file);
		c = config_file_load_good(text);
		line = c->applications[0].adapter.loading;
		cr_expect(slice_starts(line, slice_from(loading_rows[i].begins)), "%s: %.*s",
			  loading_rows[i].file, SLICE_ARGS(line));
		cr_expect(line.len >= strlen(loading_rows[i].ends) &&
				  slice_equal(slice_after(line,
							  line.len - strlen(loading_rows[i].ends)),
					      slice_from(loading_rows[i].ends)),
			  "%s: %.*s", loading_rows[i].file, SLICE_ARGS(line));
		config_unref(&c);
	}
}
