#include "gateway/config.h"

#include "gateway/config_table.h"
#include "session/value.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What every file needs, in one line, so that rows can begin in the second one. */
#define BASE                                                          \
	"{listen: unix:/f, applications: {app: {servers: unix:/a}}, " \
	"routes: [{path: /, application: app}]"

/* The same, up to what the application's adapter is. */
#define WITH_ADAPTER                                                  \
	"{listen: unix:/f,\nroutes: [{path: /, application: app}],\n" \
	"applications: {app: {servers: unix:/a, adapter: "

#define KEY_ONE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_TWO "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

static char folder[] = "/tmp/configXXXXXX";
static int checkout; /* the tests are run from its root */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void enter_folder(void)
{
	checkout = open(".", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	cr_assert(checkout >= 0);
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
	cr_assert_eq(fchdir(checkout), 0);
	close(checkout);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(config, .init = enter_folder, .fini = leave_folder);

static void write_file(const char *name, const char *text, size_t len)
{
	FILE *file = fopen(name, "w");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(text, 1, len, file), len);
	fclose(file);
}

static int load(const char *text, struct buffer *report, const struct config **out)
{
	const struct config_arguments arguments = { .file = "f" };
	int rc;

	write_file("f", text, strlen(text));
	*report = (struct buffer){ 0 };
	*out = NULL;
	rc = config_load(&arguments, report, out);
	cr_assert_eq(buffer_append(report, "", 1), 0);
	return rc;
}

static const struct config *load_good(const char *text)
{
	const struct config *config;
	struct buffer report;
	int rc = load(text, &report, &config);

	cr_assert_eq(rc, 0, "%s", report.data);
	buffer_fini(&report);
	return config;
}

/* ---- errors ---- */

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
	{ "of a later step", BASE ",\nadmin: {}}", "f:2:1: admin: unknown setting\n" },
	{ "unknown, deep", BASE ",\nsession: {idle_timout: 5m}}",
	  "f:2:11: session.idle_timout: unknown setting; did you mean idle_timeout?\n" },
	{ "unknown, of no known one", BASE ",\nfoo: 1}", "f:2:1: foo: unknown setting\n" },
	{ "twice", BASE ",\nworkers: 1,\nworkers: 2}",
	  "f:3:1: workers: set twice; the first time at f:2:1\n" },
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

		cr_expect_eq(load(bad[i].text, &report, &config), SG_ECONFIG, "%s", bad[i].name);
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

		cr_expect_eq(load(warned[i].text, &report, &config), 0, "%s", warned[i].name);
		cr_expect_str_eq(report.data, warned[i].report, "%s: got\n%s", warned[i].name,
				 report.data);
		config_unref(&config);
		buffer_fini(&report);
	}
}

/* ---- values ---- */

Test(config, the_smallest_file_has_the_defaults)
{
	const struct config *c = load_good(BASE "}");
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
		c = load_good(text);
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
	  EXPOSE_OBJECT | EXPOSE_PHP },
	{ "{php: }", ", session: peek, lock: none",
	  "{\"kind\":\"php\",\"mode\":\"peek\",\"split\":\"keys\",\"lock\":false,"
	  "\"create\":\"start\",\"regenerate\":\"now\",\"application\":\"app\"}",
	  EXPOSE_OBJECT | EXPOSE_PHP },
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
	  EXPOSE_OBJECT | EXPOSE_PHP },
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
		c = load_good(text);
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
		c = load_good(text);
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

Test(config, reads_what_is_written)
{
	const struct config *c = load_good(
		"listen: [{address: unix:/f, mode: 0660, owner: root, group: root}, \"[::1]:9000\"]\n"
		"node: gw-1\nworkers: 2\ntrusted_proxies: 10.0.0.0/8\ndrop_params: [PHP_VALUE]\n"
		"session: {idle_timeout: 10m, touch_interval: 0, device: off}\ncookie: {http_only: off}\n"
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
	cr_expect_eq(c->cookie_name_count, 3);
	cr_expect(slice_equal(c->cookie_names[2], SLICE("r")));
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
		c = load_good(text);
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
	c = load_good(BASE ",\nnode: \"${SG_TEST_NODE}\", workers: \"${SG_TEST_EMPTY:-3}\","
			   "drop_params: [\"a$$b\", \"c$d\", \"x${SG_NO_SUCH:-y}z\"]}");
	cr_expect_str_eq(c->node, "from-env");
	cr_expect_eq(c->workers, 3);
	cr_expect(slice_equal(c->drop_params[0], SLICE("a$b")));
	cr_expect(slice_equal(c->drop_params[1], SLICE("c$d")));
	cr_expect(slice_equal(c->drop_params[2], SLICE("xyz")));
	config_unref(&c);
}

/* ---- include ---- */

Test(config, includes_merge)
{
	const char more[] = "routes: [{path: /b, application: b}]\nlisten: [unix:/g]\n"
			    "log: {format: json}\n";
	const char apps[] = "applications: {b: {servers: unix:/b}}\n";
	const struct config *c;

	cr_assert_eq(mkdir("d", 0700), 0);
	write_file("d/10.yaml", more, sizeof(more) - 1);
	write_file("d/20.yaml", apps, sizeof(apps) - 1);
	c = load_good(BASE ",\ninclude: [\"d/*.yaml\", \"nothing/*.yaml\"], log: {level: warn}}");
	cr_expect_eq(c->route_count, 2);
	cr_expect_eq(c->listen_count, 2);
	cr_expect_eq(c->application_count, 2);
	cr_expect_str_eq(c->routes[1].application->name, "b");
	cr_expect_eq(c->log.level, LOG_WARN);
	cr_expect_eq(c->log.format, LOG_JSON);
	config_unref(&c);
}

static const struct {
	const char *name, *file, *included, *report;
} includes[] = {
	{ "twice", BASE ",\nnode: a, include: g}", "\nnode: b\n",
	  "g:2:1: node: set twice; the first time at f:2:1\n" },
	{ "missing", BASE ",\ninclude: h}", "", "f:2:10: include: h: No such file or directory\n" },
	{ "a ring", BASE ",\ninclude: g}", "include: [f]\n",
	  "g:1:11: include[0]: f: includes itself\n" },
	{ "missing, and other faults", "include: h\nfoo: 1\n", "",
	  "f:1:10: include: h: No such file or directory\nf:2:1: foo: unknown setting\n" },
	{ "no YAML", "include: g\nlog: {level: loud}\n", "a: [",
	  "f:2:14: log.level: \"loud\": expected debug, info, warn or error\n"
	  "g:2:1: not YAML: while parsing a flow node, did not find expected node content\n" },
	{ "no path", BASE ",\ninclude: {a: b}}", "",
	  "f:2:10: include: expected the path of a file, or a glob\n" },
	{ "an error in it", BASE ",\nfoo: 1, include: g}", "log: {level: loud}\n",
	  "f:2:1: foo: unknown setting\n"
	  "g:1:14: log.level: \"loud\": expected debug, info, warn or error\n" },
};

Test(config, includes_are_judged_where_they_stand)
{
	for (size_t i = 0; i < COUNT(includes); i++) {
		const struct config *config;
		struct buffer report;

		write_file("g", includes[i].included, strlen(includes[i].included));
		cr_expect_eq(load(includes[i].file, &report, &config), SG_ECONFIG, "%s",
			     includes[i].name);
		cr_expect_str_eq(report.data, includes[i].report, "%s: got\n%s", includes[i].name,
				 report.data);
		buffer_fini(&report);
	}
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
	cr_expect_eq(c->routes[0].expose, EXPOSE_OBJECT | EXPOSE_PHP);
	cr_expect(c->routes[0].adapter.len > 0);
	config_unref(&c);
}

Test(config, php_says_what_an_application_is)
{
	const struct config_arguments arguments = { .file = "f", .php = true };
	const struct config *c = NULL;
	struct buffer report = { 0 };

	write_file("f", BASE "}", sizeof(BASE "}") - 1);
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

	write_file("f", BASE ", log: {level: error}}", sizeof(BASE ", log: {level: error}}") - 1);
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

/* ---- reload ---- */

static const struct {
	const char *now, *next, *paths;
} reloads[] = {
	{ "", "", "" },
	{ "", ", log: {level: debug}, limits: {params: 5}", "" },
	{ "", ", workers: 2", "workers" },
	{ "", ", store: {encryption_keys: " KEY_ONE "}", "store.encryption_keys" },
	{ "", ", store: {tls: {ca: /dev/null}}", "store.tls.ca" },
	{ ", store: {encryption_keys: [" KEY_ONE "]}", ", store: {encryption_keys: " KEY_ONE "}",
	  "" },
	{ ", store: {encryption_keys: [" KEY_ONE "]}", ", store: {encryption_keys: " KEY_TWO "}",
	  "store.encryption_keys" },
	{ ", node: a", ", node: b, workers: auto, include: g", "listen, node, workers" },
	{ "", ", include: g", "listen" },
};

Test(config, says_what_needs_a_restart)
{
	write_file("g", "listen: [unix:/g]", 17);
	for (size_t i = 0; i < COUNT(reloads); i++) {
		char now_text[512], next_text[512];
		const struct config *now, *next;
		struct buffer out = { 0 };
		const char *expected = reloads[i].paths;

		snprintf(now_text, sizeof(now_text), "%s%s}", BASE, reloads[i].now);
		snprintf(next_text, sizeof(next_text), "%s%s}", BASE, reloads[i].next);
		now = load_good(now_text);
		next = load_good(next_text);
		if (next->workers == 1 && strstr(expected, ", workers") != NULL)
			expected = "listen, node"; /* auto on one core */
		cr_assert_eq(config_restart_required(now, next, &out), 0);
		cr_assert_eq(buffer_append(&out, "", 1), 0);
		cr_expect_str_eq(buffer_content(&out).ptr, expected);
		buffer_fini(&out);
		config_unref(&now);
		config_unref(&next);
	}
}

Test(config, keys_come_from_the_environment_and_from_files)
{
	static const char included[] = "store: {encryption_keys: [\"${SG_KEY}\", " KEY_TWO "]}";
	const struct config *c;

	cr_assert_eq(setenv("SG_KEY", KEY_ONE, 1), 0);
	write_file("keys", included, sizeof(included) - 1);
	c = load_good(BASE ", include: keys}");
	cr_assert_eq(c->store.encryption_key_count, 2);
	cr_expect(slice_equal(c->store.encryption_keys[0], SLICE(KEY_ONE)));
	cr_expect(slice_equal(c->store.encryption_keys[1], SLICE(KEY_TWO)));
	config_unref(&c);
	c = load_good(BASE "}");
	cr_expect_eq(c->store.encryption_key_count, 0);
	config_unref(&c);
}

Test(config, lives_as_long_as_somebody_holds_it)
{
	const struct config *c = load_good(BASE "}"), *other = config_ref(c);

	config_unref(&c);
	cr_expect_str_eq(other->applications[0].name, "app");
	config_unref(&other);
	config_unref(&other);
}

/* ---- what the table prints ---- */

Test(config, the_schema_is_json)
{
	struct buffer out = { 0 };
	struct slice text, value;

	cr_assert_eq(config_print_schema(&out), 0);
	text = buffer_content(&out);
	cr_expect_eq(value_scan(&text, &value), 0);
	cr_expect(text.len <= 1, "nothing but the newline follows");
	buffer_fini(&out);
}

static void expect_rows(const struct option_table *table, const char *reference)
{
	for (size_t i = 0; i < table->count; i++) {
		cr_expect_not_null(strstr(reference, table->options[i].text), "%s",
				   table->options[i].name);
		if (table->options[i].table != NULL)
			expect_rows(table->options[i].table, reference);
	}
}

Test(config, the_reference_has_every_row)
{
	struct buffer out = { 0 };

	cr_assert_eq(config_print_options(&out), 0);
	cr_assert_eq(buffer_append(&out, "", 1), 0);
	expect_rows(&config_options, buffer_content(&out).ptr);
	buffer_fini(&out);
}

Test(config, the_page_in_docs_is_the_reference)
{
	struct buffer out = { 0 };
	struct stat st;
	char *page;
	int fd = openat(checkout, "docs/configuration.md", O_RDONLY | O_CLOEXEC);

	cr_assert_eq(config_print_options(&out), 0);
	cr_assert(fd >= 0 && fstat(fd, &st) == 0);
	cr_assert_eq((size_t)st.st_size, buffer_len(&out), "run make docs");
	page = malloc((size_t)st.st_size);
	cr_assert_eq(read(fd, page, (size_t)st.st_size), st.st_size);
	cr_expect(memcmp(page, buffer_content(&out).ptr, buffer_len(&out)) == 0, "run make docs");
	free(page);
	close(fd);
	buffer_fini(&out);
}

/* ---- any bytes ---- */

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
		write_file("f", text, len);
		if (config_load(&arguments, &report, &config) == 0)
			config_unref(&config);
		buffer_fini(&report);
	}
}
