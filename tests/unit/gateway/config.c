/* config.c - tests of gateway/config.c, and of the values that it gives. */
#include "tests/unit/gateway/config_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

Test(config, the_smallest_file_has_the_defaults)
{
	const struct config *c = config_file_load_good(BASE "}");
	const struct config_application *app = &c->applications[0];
	const struct config_route *route = &c->routes[0];

	cr_expect_eq(c->workers, 1);
	cr_expect_eq(c->shutdown_grace_ms, 30000);
	cr_expect_eq(c->realm_count, 1);
	cr_expect_str_eq(c->realms[0].name, "default");
	cr_expect_eq(c->realms[0].lifetime.idle_ms, 1800000);
	cr_expect_eq(c->realms[0].lifetime.anonymous_idle_ms, 1800000);
	cr_expect_eq(c->realms[0].limits.max_bytes, 1 << 20);
	cr_expect_str_eq(c->realms[0].cookie.https_name, "__Host-sg_session");
	cr_expect_str_eq(c->realms[0].cookie.http_name, "sg_session");
	cr_expect_str_eq(c->realms[0].cookie.domain, "");
	cr_expect_null(c->realms[0].cookie.name);
	cr_expect(c->realms[0].cookie.http_only && !c->realms[0].cookie.partitioned);
	cr_expect_str_eq(c->realms[0].header.name, "X-Auth-Token");
	cr_expect_str_eq(c->store.url, "memory:");
	cr_expect_eq(c->longest_idle_ms, 1860000);
	cr_expect_eq(c->listen[0].mode, -1);
	cr_expect_null(c->listen[0].owner);
	cr_expect_eq(app->idle_connections, 2);
	cr_expect_eq(app->queue_size, 1024);
	cr_expect_eq(app->queue_timeout_ms, 5000);
	cr_expect_eq(app->directives, (1u << 7) - 1);
	cr_expect_eq(app->buffer_request_bytes, 65536);
	cr_expect_eq(app->adapter.kind, ADAPTER_NONE);
	cr_expect(!app->session_api);
	cr_expect_eq(route->adapter.len, 0);
	cr_expect_str_eq(route->name, "");
	cr_expect_eq(route->host.len, 0);
	cr_expect_eq(route->application, app);
	cr_expect_eq(route->realm, &c->realms[0]);
	cr_expect_eq(route->session, ROUTE_SESSION_ON);
	cr_expect_eq(route->expose, EXPOSE_EACH);
	cr_expect_eq(route->body_bytes, UINT64_MAX);
	cr_expect_null(route->login_url);
	cr_expect_null(route->logout_url);
	cr_expect_eq(route->csrf, CSRF_OFF);
	cr_expect_eq(route->self_service.len, 0);
	cr_expect_eq(c->limits.body_rate, 100);
	cr_expect_str_eq(c->log.to, "stderr");
	cr_expect(c->log.access);
	config_unref(&c);
	cr_expect_null(c);
}

Test(config, reads_what_is_written)
{
	const struct config *c = config_file_load_good(
		"listen: [{address: unix:/f, mode: 0660, owner: root, group: root}, \"[::1]:9000\"]\n"
		"node: gw-1\nworkers: 2\ntrusted_proxies: 10.0.0.0/8\ndrop_params: [PHP_VALUE]\n"
		"session: {idle_timeout: 10m, touch_interval: 0, device: off}\ncookie: {http_only: Off}\n"
		"realms:\n  r: {session: {idle_timeout: 8h}, cookie: {name: r},"
		" header: {name: Authorization}}\n"
		"applications:\n  app:\n    servers: [unix:/a, 127.0.0.1:9000]\n"
		"    directives: [set, login]\n    params: {B: \"2\", A: }\n    stderr: both\n"
		"routes:\n  - path: /x\n    application: app\n    host: WWW.Example.ORG\n"
		"    realm: r\n    session: off\n"
		"  - {path: /, application: app, methods: [GET, HEAD], allow_users: alice,\n"
		"     max_login_age: 5m, expose: [each, object], body_size: 0, private: always,\n"
		"     csrf: check, self_service: /.session, logout_url: /bye}\n");
	const struct config_application *app = &c->applications[0];

	cr_expect_eq(c->listen_count, 2);
	cr_expect_eq(c->listen[0].mode, 0660);
	cr_expect_str_eq(c->listen[0].group, "root");
	cr_expect_eq(c->listen[1].mode, -1);
	cr_expect_str_eq(c->node, "gw-1");
	cr_expect_eq(c->trusted_proxy_count, 1);
	cr_expect(slice_equal(c->drop_params[0], SLICE("PHP_VALUE")));
	cr_expect_eq(c->realms[0].lifetime.touch_ms, 0);
	cr_expect_not(c->realms[0].cookie.http_only);
	cr_expect_eq(c->realms[1].lifetime.idle_ms, 8 * 3600000);
	cr_expect_eq(c->realms[1].lifetime.anonymous_idle_ms, 8 * 3600000);
	cr_expect_eq(c->realms[1].lifetime.touch_ms, 0);
	cr_expect_eq(c->realms[1].device, DEVICE_OFF);
	cr_expect_not(c->realms[1].cookie.http_only);
	cr_expect(c->realms[1].header.bearer && c->bearer);
	cr_expect_eq(app->server_count, 2);
	cr_expect_eq(app->idle_connections, 0);
	cr_expect_eq(app->directives, DIRECTIVE_SET | DIRECTIVE_LOGIN);
	cr_expect_eq(app->stderr_to, STDERR_BOTH);
	cr_expect(slice_equal(app->params[0].name, SLICE("B")));
	cr_expect_eq(app->params[1].value.len, 0);
	cr_expect(slice_equal(c->routes[0].host, SLICE("www.example.org")));
	cr_expect_eq(c->routes[0].session, ROUTE_SESSION_OFF);
	cr_expect_eq(c->routes[0].realm, &c->realms[1]);
	cr_expect_eq(c->routes[1].method_count, 2);
	cr_expect_eq(c->routes[1].allow_user_count, 1);
	cr_expect_eq(c->routes[1].require, REQUIRE_LOGIN);
	cr_expect_eq(c->routes[1].expose, EXPOSE_EACH | EXPOSE_OBJECT);
	cr_expect_eq(c->routes[1].body_bytes, 0);
	cr_expect_eq(c->routes[1].csrf, CSRF_CHECK);
	cr_expect(slice_equal(c->routes[1].self_service, SLICE("/.session")));
	cr_expect_str_eq(c->routes[1].logout_url, "/bye");
	cr_expect_eq(c->token_param_count, 1);
	cr_expect(slice_equal(c->token_params[0], SLICE("HTTP_X_AUTH_TOKEN")));
	cr_expect_eq(c->cookie_name_count, 4);
	cr_expect(slice_equal(c->cookie_names[2], SLICE("__Secure-sg_session")));
	cr_expect(slice_equal(c->cookie_names[3], SLICE("r")));
	config_unref(&c);
}

static const struct {
	const char *cookie, *https_name, *http_name;
} cookies[] = {
	{ "{}", "__Host-sg_session", "sg_session" },
	{ "{domain: example.org}", "__Secure-sg_session", "sg_session" },
	{ "{path: /app}", "__Secure-sg_session", "sg_session" },
	{ "{secure: never}", "sg_session", "sg_session" },
	{ "{name: sid}", "sid", "sid" },
	{ "{name: auto, secure: always}", "__Host-sg_session", "sg_session" },
};

Test(config, names_the_cookie_for_each_scheme)
{
	for (size_t i = 0; i < COUNT(cookies); i++) {
		char text[512];
		const struct config *c;

		snprintf(text, sizeof(text), "%s,\ncookie: %s}", BASE, cookies[i].cookie);
		c = config_file_load_good(text);
		cr_expect_str_eq(c->realms[0].cookie.https_name, cookies[i].https_name);
		cr_expect_str_eq(c->realms[0].cookie.http_name, cookies[i].http_name);
		config_unref(&c);
	}
}

Test(config, the_environment_fills_texts)
{
	const struct config *c;

	setenv("SG_TEST_NODE", "from-env", 1);
	setenv("SG_TEST_EMPTY", "", 1);
	c = config_file_load_good(BASE
				  ",\nnode: \"${SG_TEST_NODE}\", workers: \"${SG_TEST_EMPTY:-3}\","
				  "drop_params: [\"a$$b\", \"c$d\", \"x${SG_NO_SUCH:-y}z\"]}");
	cr_expect_str_eq(c->node, "from-env");
	cr_expect_eq(c->workers, 3);
	cr_expect(slice_equal(c->drop_params[0], SLICE("a$b")));
	cr_expect(slice_equal(c->drop_params[1], SLICE("c$d")));
	cr_expect(slice_equal(c->drop_params[2], SLICE("xyz")));
	config_unref(&c);
}

/* ---- the command line ---- */

Test(config, the_command_line_is_a_whole_gateway)
{
	const char *listen[] = { "unix:f.sock" }, *apps[] = { "127.0.0.1:9000", "unix:/b" };
	const struct config_arguments arguments = {
		.listen = listen, .listen_count = 1, .apps = apps, .app_count = 2, .verbose = true
	};
	const struct config *c = NULL;
	struct buffer report = { 0 };

	cr_assert_eq(config_load(&arguments, &report, &c), 0);
	cr_expect_str_eq(c->listen[0].address.text, "unix:f.sock");
	cr_expect_str_eq(c->applications[0].name, "app");
	cr_expect_eq(c->applications[0].server_count, 2);
	cr_expect(slice_equal(c->routes[0].path, SLICE("/")));
	cr_expect_str_eq(c->routes[0].name, "");
	cr_expect_eq(c->log.level, LOG_DEBUG);
	config_unref(&c);
	buffer_fini(&report);
}

Test(config, the_one_application_of_the_command_line_may_be_php)
{
	const char *listen[] = { "unix:f.sock" }, *apps[] = { "unix:/b" };
	const struct config_arguments arguments = {
		.listen = listen, .listen_count = 1, .apps = apps, .app_count = 1, .php = true
	};
	const struct config *c = NULL;
	struct buffer report = { 0 };

	cr_assert_eq(config_load(&arguments, &report, &c), 0);
	cr_expect_eq(buffer_len(&report), 0);
	cr_expect_eq(c->applications[0].adapter.kind, ADAPTER_PHP);
	cr_expect(c->applications[0].session_api && c->applications[0].adapter.loading.len > 0);
	cr_expect_eq(c->routes[0].expose, EXPOSE_OBJECT | EXPOSE_PHP | EXPOSE_PHP_ALONE);
	cr_expect(c->routes[0].adapter.len > 0);
	config_unref(&c);
}

Test(config, php_says_what_an_application_is)
{
	const struct config_arguments arguments = { .file = "f", .php = true };
	const struct config *c = NULL;
	struct buffer report = { 0 };

	config_file_write("f", BASE "}", sizeof(BASE "}") - 1);
	cr_expect_eq(config_load(&arguments, &report, &c), SG_ECONFIG);
	cr_assert_eq(buffer_append(&report, "", 1), 0);
	cr_expect_str_eq(report.data, "command line: --php is what the application of --app is; in "
				      "a file it is adapter: php\n");
	buffer_fini(&report);
}

Test(config, the_command_line_goes_before_the_file)
{
	const char *listen[] = { "unix:/other" };
	const struct config_arguments arguments = { .file = "f",
						    .listen = listen,
						    .listen_count = 1,
						    .store = "memory:",
						    .verbose = true };
	const struct config *c = NULL;
	struct buffer report = { 0 };

	config_file_write("f", BASE ", log: {level: error}}",
			  sizeof(BASE ", log: {level: error}}") - 1);
	cr_assert_eq(config_load(&arguments, &report, &c), 0);
	cr_expect_eq(c->listen_count, 1);
	cr_expect_str_eq(c->listen[0].address.text, "unix:/other");
	cr_expect_eq(c->log.level, LOG_DEBUG);
	config_unref(&c);
	buffer_fini(&report);
}

Test(config, the_command_line_can_be_wrong)
{
	const char *listen[] = { "nowhere" };
	const struct config_arguments arguments = { .listen = listen, .listen_count = 1 };
	const struct config *c = NULL;
	struct buffer report = { 0 };

	cr_expect_eq(config_load(&arguments, &report, &c), SG_ECONFIG);
	cr_assert_eq(buffer_append(&report, "", 1), 0);
	cr_expect_str_eq(
		report.data,
		"command line: listen[0]: \"nowhere\": expected unix:/path, 127.0.0.1:9000, "
		"[::1]:9000 or fd:0\n"
		"command line: applications: missing\ncommand line: routes: missing\n");
	buffer_fini(&report);
}

Test(config, a_file_that_is_not_there)
{
	const struct config_arguments arguments = { .file = "nothing" };
	const struct config *c = NULL;
	struct buffer report = { 0 };

	cr_expect_eq(config_load(&arguments, &report, &c), SG_ECONFIG);
	cr_assert_eq(buffer_append(&report, "", 1), 0);
	cr_expect_str_eq(report.data, "nothing: No such file or directory\n");
	buffer_fini(&report);
}

Test(config, keys_come_from_the_environment_and_from_files)
{
	static const char included[] = "store: {encryption_keys: [\"${SG_KEY}\", " KEY_TWO "]}";
	const struct config *c;

	cr_assert_eq(setenv("SG_KEY", KEY_ONE, 1), 0);
	config_file_write("keys", included, sizeof(included) - 1);
	c = config_file_load_good(BASE ", include: keys}");
	cr_assert_eq(c->store.encryption_key_count, 2);
	cr_expect(slice_equal(c->store.encryption_keys[0], SLICE(KEY_ONE)));
	cr_expect(slice_equal(c->store.encryption_keys[1], SLICE(KEY_TWO)));
	config_unref(&c);
	c = config_file_load_good(BASE "}");
	cr_expect_eq(c->store.encryption_key_count, 0);
	config_unref(&c);
}

Test(config, lives_as_long_as_somebody_holds_it)
{
	const struct config *c = config_file_load_good(BASE "}"), *other = config_ref(c);

	config_unref(&c);
	cr_expect_str_eq(other->applications[0].name, "app");
	config_unref(&other);
	config_unref(&other);
}
