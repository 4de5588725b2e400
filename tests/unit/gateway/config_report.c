/* config_report.c - what is said of what is wrong, and where; of whatever bytes there are. */
#include "tests/unit/gateway/config_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name, *text, *report;
} bad[] = {
	{ "empty", "",
	  "f:1:1: listen: missing\nf:1:1: applications: missing\nf:1:1: routes: missing\n" },
	{ "no map", "- a\n",
	  "f:1:1: expected settings, each a name and a value: \"listen: 127.0.0.1:9100\"\n" },
	{ "syntax", "listen: [\n",
	  "f:2:1: not YAML: while parsing a flow node, did not find expected node content\n" },
	{ "two documents", "listen: a\n---\nlisten: b\n",
	  "f:2:1: a second document: a configuration is one\n" },
	{ "not UTF-8", "listen: \xff\n", "f:1:9: not YAML: invalid leading UTF-8 octet\n" },
	{ "unknown", BASE ",\nworker: 2}",
	  "f:2:1: worker: unknown setting; did you mean workers?\n" },
	{ "of a later step", BASE ",\nstore: {near_cache: {}}}",
	  "f:2:9: store.near_cache: unknown setting\n" },
	{ "unknown, deep", BASE ",\nsession: {idle_timout: 5m}}",
	  "f:2:11: session.idle_timout: unknown setting; did you mean idle_timeout?\n" },
	{ "unknown, of no known one", BASE ",\nfoo: 1}", "f:2:1: foo: unknown setting\n" },
	{ "twice", BASE ",\nworkers: 1,\nworkers: 2}",
	  "f:3:1: workers: duplicate setting; the first is at f:2:1\n" },
	{ "several, sorted", BASE ",\nlog: {level: loud},\nfoo: 1,\nworkers: 0}",
	  "f:2:14: log.level: \"loud\": expected debug, info, warn or error\n"
	  "f:3:1: foo: unknown setting\n"
	  "f:4:10: workers: \"0\": out of range, expected 1 to 256\n" },
	{ "a list for a value", BASE ",\nworkers: [1]}",
	  "f:2:10: workers: expected one value, not a list\n" },
	{ "a section for a value", BASE ",\nworkers: {a: 1}}",
	  "f:2:10: workers: expected one value, not a section\n" },
	{ "nothing for a value", BASE ",\nworkers: }", "f:2:10: workers: expected a value\n" },
	{ "a value for a section", BASE ",\nlog: debug}",
	  "f:2:6: log: expected a section of names and values, not one value\n" },
	{ "a section for a list", BASE ",\ndrop_params: {a: b}}",
	  "f:2:14: drop_params: expected a list, not a section\n" },
	{ "no unit", BASE ",\nshutdown_grace: 30}",
	  "f:2:17: shutdown_grace: \"30\": expected a duration with its unit, such as 500ms, 10s, "
	  "30m, 12h or 7d\n" },
	{ "negative", BASE ",\nlimits: {params: -1}}",
	  "f:2:18: limits.params: \"-1\": expected a whole number\n" },
	{ "overflow", BASE ",\nlimits: {params: 99999999999999999999}}",
	  "f:2:18: limits.params: \"99999999999999999999\": the number is too large\n" },
	{ "overflow of the unit", BASE ",\nlimits: {spool_size: 9999999999999999g}}",
	  "f:2:22: limits.spool_size: \"9999999999999999g\": the number is too large\n" },
	{ "zero where there is none", BASE ",\nsession: {idle_timeout: 0}}",
	  "f:2:25: session.idle_timeout: \"0\": out of range, expected 1ms to 3650d\n" },
	{ "a boolean", BASE ",\ncookie: {http_only: maybe}}",
	  "f:2:21: cookie.http_only: \"maybe\": expected true or false\n" },
	{ "a variable that is not set", BASE ",\nworkers: \"${SG_NO_SUCH}\"}",
	  "f:2:10: workers: the environment variable SG_NO_SUCH is not set\n" },
	{ "a variable without an end", BASE ",\nnode: \"${A\"}",
	  "f:2:7: node: ${ without }; write $$ for a dollar\n" },
	{ "an alias",
	  "listen: &a unix:/f\nnode: *a\n"
	  "applications: {app: {servers: unix:/a}}\n"
	  "routes: [{path: /, application: app}]\n",
	  "f:2:7: node: aliases (*name) are not supported: write the value out\n" },
	{ "no such adapter", WITH_ADAPTER "phb}}}",
	  "f:3:49: applications.app.adapter: \"phb\": expected none or php; did you mean php?\n" },
	{ "no such adapter with settings", WITH_ADAPTER "{ph: {}}}}}",
	  "f:3:50: applications.app.adapter.ph: unknown setting; did you mean php?\n" },
	{ "settings of none", WITH_ADAPTER "{none: {}}}}}",
	  "f:3:50: applications.app.adapter.none: unknown setting\n" },
	{ "an adapter of nothing", WITH_ADAPTER "{}}}}",
	  "f:3:49: applications.app.adapter: an empty section\n" },
	{ "a list of adapters", WITH_ADAPTER "[php]}}}",
	  "f:3:49: applications.app.adapter: expected one value, not a list\n" },
	{ "a value for an adapter's settings", WITH_ADAPTER "{php: yes}}}}",
	  "f:3:55: applications.app.adapter.php: expected a section of names and values, not one "
	  "value\n" },
	{ "an adapter's setting", WITH_ADAPTER "{php: {creat: lazy}}}}}",
	  "f:3:56: applications.app.adapter.php.creat: unknown setting; did you mean create?\n" },
	{ "an adapter's word", WITH_ADAPTER "{php: {split: key}}}}}",
	  "f:3:63: applications.app.adapter.php.split: \"key\": expected keys or whole; did you mean "
	  "keys?\n" },
	{ "a date that is none", WITH_ADAPTER "{php: {adopt: files, until: 2027-02-30}}}}}",
	  "f:3:77: applications.app.adapter.php.until: \"2027-02-30\": expected a date such as "
	  "2027-06-30\n" },
	{ "a date and more", WITH_ADAPTER "{php: {adopt: files, until: 2027-02-01T00:00}}}}}",
	  "f:3:77: applications.app.adapter.php.until: \"2027-02-01T00:00\": expected a date such as "
	  "2027-06-30\n" },
	{ "sessions taken over for ever", WITH_ADAPTER "{php: {adopt: redis}}}}}",
	  "f:3:63: applications.app.adapter.php.adopt: needs until: the last day, such as 2027-06-30, "
	  "on which old sessions are taken over\n" },
	{ "an adapter at no certain place", WITH_ADAPTER "{php: {file: sessiongate.php}}}}}",
	  "f:3:62: applications.app.adapter.php.file: \"sessiongate.php\": expected the absolute path "
	  "of sessiongate.php, auto, or \"\"\n" },
	{ "an adapter that PHP cannot name", WITH_ADAPTER "{php: {file: '/a\"b'}}}}}",
	  "f:3:62: applications.app.adapter.php.file: \"/a\"b\": PHP's settings cannot name a path "
	  "with quotes, backslashes, dollars or control characters\n" },
	{ "no such application",
	  "{listen: unix:/f, applications: {shop: {servers: unix:/a}},\n"
	  "routes: [{path: /, application: shp}]}",
	  "f:2:33: routes[0].application: no such application; did you mean shop?\n" },
	{ "no such realm",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{path: /, application: app, realm: nowhere}]}",
	  "f:2:45: routes[0].realm: no such realm\n" },
	{ "one name for two routes",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{path: /, application: app, name: a},\n"
	  "{path: /b, application: app, name: a}]}",
	  "f:3:36: routes[1].name: routes[0] has this name already\n" },
	{ "a bad name",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a},\n"
	  "Shop: {servers: unix:/b}}, routes: [{path: /, application: app}]}",
	  "f:2:1: applications.Shop: a name is 1 to 32 characters of a-z, 0-9 and -\n" },
	{ "no servers",
	  "{listen: unix:/f, applications: {app: {}},\n"
	  "routes: [{path: /, application: app}]}",
	  "f:1:39: applications.app.servers: missing\n" },
	{ "an inherited server",
	  "{listen: unix:/f, applications: {app: {servers: fd:0}},\n"
	  "routes: [{path: /, application: app}]}",
	  "f:1:49: applications.app.servers: \"fd:0\": an inherited socket can be listened on, not "
	  "connected to\n" },
	{ "a route without its path",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{application: app}]}",
	  "f:2:10: routes[0].path: missing\n" },
	{ "a route without its application",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{path: /},\n"
	  "{path: /a, mode: respond},\n"
	  "{path: /b, mode: authorise}, {path: /c, mode: authorize}]}",
	  "f:2:10: routes[0].application: missing\n"
	  "f:3:1: routes[1].application: missing\n"
	  "f:4:1: routes[2].application: missing\n"
	  "f:4:18: routes[2].mode: \"authorise\": expected respond or authorize; did you mean authorize?\n" },
	{ "words of a route",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{path: x, application: app},\n"
	  "{path: /, application: app, session: offf},\n"
	  "{path: /, application: app, session: true, methods: get}]}",
	  "f:2:17: routes[0].path: \"x\": a path begins with /\n"
	  "f:3:38: routes[1].session: \"offf\": expected off, observe, peek or on; did you mean off?\n"
	  "f:4:38: routes[2].session: \"true\": expected off, observe, peek or on\n"
	  "f:4:53: routes[2].methods: \"get\": methods are written in capitals, such as GET\n" },
	{ "an empty list of users",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{path: /, application: app, allow_users: []}]}",
	  "f:2:51: routes[0].allow_users: an empty list\n" },
	{ "the mode of a TCP socket",
	  "listen: {address: 127.0.0.1:9000, mode: \"0660\"}\n"
	  "applications: {app: {servers: unix:/a}}\n"
	  "routes: {path: /, application: app}\n",
	  "f:1:35: listen.mode: only a unix: socket has one\n" },
	/* a key is never quoted */
	{ "keys that are none",
	  BASE ",\nstore: {encryption_keys: [c2hvcnQ=,\n"
	       "\"----____----____----____----____----____-88=\", \"\", {a: b}]}}",
	  "f:2:27: store.encryption_keys[0]: expected the base64 of 32 bytes, which has 44 characters; "
	  "openssl rand -base64 32 prints one\n"
	  "f:3:1: store.encryption_keys[1]: not the base64 of 32 bytes: A-Z, a-z, 0-9, + and /, and one = at the "
	  "end\n"
	  "f:3:49: store.encryption_keys[2]: expected the base64 of 32 bytes, which has 44 characters; "
	  "openssl rand -base64 32 prints one\n"
	  "f:3:53: store.encryption_keys[3]: expected one value, not a section\n" },
	{ "a key twice",
	  BASE ",\nstore: {encryption_keys: [" KEY_ONE ",\n" KEY_TWO ", " KEY_ONE "]}}",
	  "f:3:47: store.encryption_keys[2]: the same key as store.encryption_keys[0]\n" },
	{ "a section for keys", BASE ",\nstore: {encryption_keys: {a: " KEY_ONE "}}}",
	  "f:2:26: store.encryption_keys: expected a list, not a section\n" },
	{ "files of TLS that are not there",
	  BASE ",\nstore: {tls: {ca: /no/such/ca,\n"
	       "certificate: /no/such/certificate, key: \"\"}}}",
	  "f:2:19: store.tls.ca: No such file or directory\n"
	  "f:3:14: store.tls.certificate: No such file or directory\n" },
	{ "a key without its certificate", BASE ",\nstore: {tls: {key: /dev/null, verify: false}}}",
	  "f:2:20: store.tls.key: a key without its certificate\n"
	  "f:2:39: warning: store.tls.verify: whoever answers at the store's address is taken for the store\n" },
	{ "the same address",
	  "listen: [unix:/f, unix:/f]\n"
	  "applications: {app: {servers: unix:/a}}\n"
	  "routes: {path: /, application: app}\n",
	  "f:1:19: listen[1]: the same address as listen[0]\n" },
	{ "no such owner",
	  "listen: {address: unix:/f, owner: no-such-user-x}\n"
	  "applications: {app: {servers: unix:/a}}\n"
	  "routes: {path: /, application: app}\n",
	  "f:1:35: listen.owner: \"no-such-user-x\": this system has no such user\n" },
	{ "__Host- with all it must not have",
	  BASE ",\ncookie: {name: __Host-a, domain: example.org, path: /x, secure: never}}",
	  "f:2:16: cookie.name: __Host- cookies have no domain\n"
	  "f:2:16: cookie.name: __Host- cookies have the path /\n"
	  "f:2:16: cookie.name: __Host- cookies cannot be secure: never\n" },
	{ "secure: never",
	  BASE ",\ncookie: {name: __Secure-a, secure: never,\nsame_site: none,\n"
	       "partitioned: yes}}",
	  "f:2:16: cookie.name: __Secure- cookies cannot be secure: never\n"
	  "f:3:12: cookie.same_site: same_site: none cannot be secure: never\n"
	  "f:4:14: cookie.partitioned: partitioned cookies cannot be secure: never\n" },
	{ "fewer connections than workers", BASE ",\nworkers: 100,\nlimits: {max_connections: 50}}",
	  "f:1:39: applications.app: fewer connections (64) than workers (100)\n"
	  "f:3:27: limits.max_connections: fewer connections (50) than workers (100)\n" },
	{ "the header of a token", BASE ",\nheader: {name: X-Session-Set}}",
	  "f:2:16: header.name: \"X-Session-Set\": X-Session-... is how applications speak to the "
	  "gateway\n" },
	{ "params that pose as ours",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a, params: {\nsession-user: a,\n"
	  "HTTP_X_SESSION_A: b, OK: \"\"}}},\nroutes: [{path: /, application: app}]}",
	  "f:2:1: applications.app.params.session-user: SESSION_... and HTTP_X_SESSION_... are the "
	  "gateway's own\n"
	  "f:3:1: applications.app.params.HTTP_X_SESSION_A: SESSION_... and HTTP_X_SESSION_... are "
	  "the gateway's own\n" },
	{ "two realms with one cookie",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\nrealms: {b: {}},\n"
	  "routes: [{path: /, application: app},\n{path: /b, application: app, realm: b}]}",
	  "f:2:13: realms.b: the realms default and b share the cookie __Host-sg_session: give b "
	  "another cookie.name\n" },
	{ "two realms with one cookie and a domain",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "cookie: {domain: example.org}, realms: {b: {}},\n"
	  "routes: [{path: /, application: app, host: a.example.org},\n"
	  "{path: /b, application: app, realm: b, host: b.example.org}]}",
	  "f:2:44: realms.b: the realms default and b share the cookie __Secure-sg_session: give b "
	  "another cookie.name\n" },
	{ "anonymous without the store, where a session is required",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}}, routes: [\n"
	  "{path: /, application: app, on_store_failure: anonymous, require: session},\n"
	  "{path: /a, application: app, on_store_failure: anonymous, max_login_age: 1h},\n"
	  "{path: /b, application: app, on_store_failure: anonymous, csrf: check},\n"
	  "{path: /c, application: app, on_store_failure: anonymous, self_service: /c/me},\n"
	  "{path: /c, mode: authorize, on_store_failure: anonymous, require: none}]}",
	  "f:2:47: routes[0].on_store_failure: the route requires a session, which nobody can be "
	  "asked for while the store is away\n"
	  "f:3:48: routes[1].on_store_failure: the route requires a session, which nobody can be "
	  "asked for while the store is away\n"
	  "f:4:48: routes[2].on_store_failure: the route has csrf: check, which nobody can be "
	  "asked for while the store is away\n"
	  "f:5:48: routes[3].on_store_failure: the route has self_service, which nobody can be "
	  "asked for while the store is away\n"
	  "f:6:47: routes[4].on_store_failure: the route has mode: authorize, which nobody can be "
	  "asked for while the store is away\n" },
	{ "self-service where nothing is served",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}}, routes: [\n"
	  "{path: /a, mode: authorize, self_service: /a/me}]}",
	  "f:2:43: routes[0].self_service: a route with mode: authorize serves nothing\n" },
	{ "self-service where no request goes",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}}, routes: [\n"
	  "{path: /a/, application: app, self_service: /b},\n"
	  "{path: /a/, application: app, self_service: /b, name: chosen},\n"
	  "{path: /a, application: app, self_service: /ab}]}",
	  "f:2:45: routes[0].self_service: not below the route's path /a/\n" },
	{ "two realms with one cookie, of either scheme",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "realms: {b: {cookie: {name: sg_session}}},\n"
	  "routes: [{path: /, application: app},\n{path: /b, application: app, realm: b}]}",
	  "f:2:29: realms.b.cookie.name: the realms default and b share the cookie sg_session: give "
	  "b another cookie.name\n" },
	{ "two realms on two hosts with one cookie, and one of them with a domain",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "realms: {b: {cookie: {domain: b.example.org}}},\n"
	  "routes: [{path: /, application: app, host: a.example.org},\n"
	  "{path: /b, application: app, realm: b, host: b.example.org}]}",
	  "f:2:22: realms.b.cookie: the realms default and b share the cookie sg_session: give b "
	  "another cookie.name\n" },
	{ "a realm's cookie that the one it starts from spoils",
	  BASE ",\ncookie: {domain: example.org},\nrealms: {b: {cookie: {name: __Host-b}}}}",
	  "f:3:29: realms.b.cookie.name: __Host- cookies have no domain\n" },
	{ "a realm with what is not a realm's", BASE ",\nrealms: {b: {store: {}}}}",
	  "f:2:14: realms.b.store: unknown setting\n" },
	{ "the default realm among the others", BASE ",\nrealms: {default: {}}}",
	  "f:2:10: realms.default: the realm default is set by session, cookie and header at the "
	  "top\n" },
	{ "the store's password stays unsaid", BASE ",\nstore: {url: \"nosuch://u:secret@h/\"}}",
	  "f:2:14: store.url: unknown kind of store; there are: memory: redis:\n" },
	{ "a message cannot be forged", BASE ",\n\"a\\nf:1:1: b\": 1}",
	  "f:2:1: a\\x0af:1:1: b: unknown setting\n" },
};

Test(config, says_what_is_wrong_and_where)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct config *config;
		struct buffer report;

		cr_expect_eq(config_file_load(bad[i].text, &report, &config), SG_ECONFIG, "%s",
			     bad[i].name);
		cr_expect_str_eq(report.data, bad[i].report, "%s: got\n%s", bad[i].name,
				 report.data);
		config_unref(&config);
		buffer_fini(&report);
	}
}

static const struct {
	const char *name, *text, *report;
} warned[] = {
	{ "prefer-session",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{path: /, application: app, remote_user: prefer-session}]}",
	  "f:2:51: warning: routes[0].remote_user: without a session the application is told "
	  "whoever the web server names, which may be unverified\n" },
	{ "memory for not even one request", BASE ",\nlimits: {memory: 1m}}",
	  "f:2:18: warning: limits.memory: less than eight times limits.params_size: not even one of "
	  "the largest requests has room\n" },
	{ "memory for not even one request of a larger size",
	  BASE ",\nlimits: {params_size: 32m, memory: 255m}}",
	  "f:2:36: warning: limits.memory: less than eight times limits.params_size: not even one of "
	  "the largest requests has room\n" },
	{ "no more old sessions", WITH_ADAPTER "{php: {adopt: files, until: 2026-01-31}}}}}",
	  "f:3:77: warning: applications.app.adapter.php.until: is over: no old session is taken over "
	  "any more; adopt can go\n" },
	{ "settings of what is not done", WITH_ADAPTER "{php: {write_back: yes}}}}}",
	  "f:3:68: warning: applications.app.adapter.php.write_back: has no effect without adopt\n" },
	{ "an adapter without the session API", WITH_ADAPTER "php, session_api: no}}}",
	  "f:3:67: warning: applications.app.session_api: the adapter needs the session API: taken for "
	  "true\n" },
	{ "an adapter that may say nothing", WITH_ADAPTER "php, directives: [set, update]}}}",
	  "f:3:66: warning: applications.app.directives: the adapter stores nothing without update, "
	  "ends no session without logout, and renews none without rotate\n" },
	{ "an adapter that sees nothing",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a, adapter: php}},\n"
	  "routes: [{path: /, application: app, expose: each}]}",
	  "f:2:46: warning: routes[0].expose: without object the adapter has to ask the session API "
	  "for the session in each request\n" },
	{ "an authorizer that refuses everybody",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{path: /, mode: authorize, session: off}]}",
	  "f:2:46: warning: routes[0].session: without sessions this route refuses everybody\n" },
	{ "an authorizer that refuses everybody and looks on",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{path: /, mode: authorize, session: observe}]}",
	  "f:2:46: warning: routes[0].session: without sessions this route refuses everybody\n" },
	{ "an authorizer that exposes an object",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "routes: [{path: /, mode: authorize, expose: [each, object]}]}",
	  "f:2:45: warning: routes[0].expose: an authorizer passes attributes one by one: object has "
	  "no effect\n" },
	{ "two realms on one host",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}},\n"
	  "realms: {b: {cookie: {name: b}}},\n"
	  "routes: [{path: /, application: app, host: \"*.example.org\"},\n"
	  "{path: /b, application: app, realm: b, host: b.example.org}]}",
	  "f:4:37: warning: routes[1].realm: the realms default and b are served on one host: "
	  "scripts in the browser can reach both\n" },
	{ "two realms on one host, one without sessions",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}}, realms: {b: {}},\n"
	  "routes: [{path: /, application: app},\n"
	  "{path: /b, application: app, realm: b, session: off}]}",
	  "" },
	{ "two realms apart",
	  "{listen: unix:/f, applications: {app: {servers: unix:/a}}, realms: {b: {}},\n"
	  "routes: [{path: /, application: app, host: \"*.example.org\"},\n"
	  "{path: /b, application: app, realm: b, host: example.org}]}",
	  "" },
};

Test(config, warns_of_what_may_stay)
{
	for (size_t i = 0; i < COUNT(warned); i++) {
		const struct config *config;
		struct buffer report;

		cr_expect_eq(config_file_load(warned[i].text, &report, &config), 0, "%s",
			     warned[i].name);
		cr_expect_str_eq(report.data, warned[i].report, "%s: got\n%s", warned[i].name,
				 report.data);
		config_unref(&config);
		buffer_fini(&report);
	}
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

Test(config, survives_any_bytes)
{
	static const char pieces[] = "{}[]:,-&*#|>'\"\n\t \\$!%@?\0\xff~0";
	char text[2048];
	uint32_t state = 1;

	for (int round = 0; round < 3000; round++) {
		const struct config_arguments arguments = { .file = "f" };
		const struct config *config = NULL;
		struct buffer report = { 0 };
		const char *seed = bad[(size_t)round % COUNT(bad)].text;
		size_t len = strlen(seed);

		memcpy(text, seed, len);
		for (uint32_t n = next_random(&state) % 8; n > 0 && len > 0; n--)
			text[next_random(&state) % len] =
				pieces[next_random(&state) % (sizeof(pieces) - 1)];
		config_file_write("f", text, len);
		if (config_load(&arguments, &report, &config) == 0)
			config_unref(&config);
		buffer_fini(&report);
	}
}
