/* config_check.c - the rules between settings. */
#include "gateway/config_check.h"

#include "base/clock.h"
#include "gateway/adapter.h"
#include "gateway/fold.h"
#include "gateway/host.h"
#include "gateway/nearest.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <sys/un.h>
#include <unistd.h>

struct checking {
	struct config_draft *draft;
	struct config *config;
	const struct node *root;
	struct report *report;
};

static void *check_alloc(const struct checking *c, size_t count, size_t bytes)
{
	void *memory = arena_alloc(&c->config->arena, (count > 0 ? count : 1) * bytes);

	if (memory == NULL)
		c->report->no_memory = true;
	return memory;
}

/* The node of a setting two names down; where it was not written, the nearest one above. */
static const struct node *check_find(const struct node *from, const char *first, const char *second)
{
	const struct node *section = node_get(from, slice_from(first));
	const struct node *setting = node_get(section, slice_from(second));

	return setting != NULL ? setting : section != NULL ? section : from;
}

/* The i-th item of a list at the root. */
static const struct node *check_item(const struct node *list, size_t i)
{
	const struct node *item = list != NULL ? node_first_item(list) : NULL;

	while (item != NULL && i-- > 0)
		item = node_next_item(list, item);
	return item;
}

/* ---- the process ---- */

static unsigned check_cores(void)
{
	cpu_set_t set;
	int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return count < 1 ? 1 : count > 256 ? 256 : (unsigned)count;
}

/* The host's name, made into one that [a-z0-9-]{1,32} allows. */
static void check_node_name(const struct checking *c)
{
	char name[256];
	size_t len = 0;

	if (c->config->node != NULL)
		return;
	if (gethostname(name, sizeof(name)) != 0)
		name[0] = '\0';
	name[sizeof(name) - 1] = '\0';
	for (; len < 32 && name[len] != '\0' && name[len] != '.'; len++) {
		char ch = name[len];

		if (ch >= 'A' && ch <= 'Z')
			name[len] = (char)(ch - 'A' + 'a');
		else if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9'))
			name[len] = '-';
	}
	c->config->node =
		arena_text(&c->config->arena, len > 0 ? slice_of(name, len) : SLICE("node"));
	if (c->config->node == NULL)
		c->report->no_memory = true;
}

static void check_socket_details(const struct checking *c, const struct config_listen *listen,
				 const struct node *item)
{
	static const char *const details[] = { "mode", "owner", "group" };

	if (listen->address.text[0] == '\0' || listen->address.kind == ADDRESS_UNIX)
		return;
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		const struct node *detail = node_get(item, slice_from(details[i]));

		if (detail != NULL)
			report_key(c->report, detail, "only a unix: socket has one");
	}
}

static void check_listeners(const struct checking *c)
{
	const struct node *list = node_get(c->root, SLICE("listen"));
	const struct config_listen *listen = c->config->listen;

	for (size_t i = 0; i < c->config->listen_count; i++) {
		const struct node *item = check_item(list, i);

		check_socket_details(c, &listen[i], item);
		for (size_t k = 0; k < i; k++) {
			if (listen[i].address.text[0] == '\0' ||
			    strcmp(listen[i].address.text, listen[k].address.text) != 0)
				continue;
			report_value(c->report, item, "the same address as listen[%zu]", k);
			break;
		}
	}
}

/* As many digits as the last worker's number has. */
static size_t check_number_digits(unsigned workers)
{
	return workers <= 10 ? 1 : workers <= 100 ? 2 : 3;
}

/* One that is none has no text: that has been said. */
static bool check_same_key(struct slice a, struct slice b)
{
	return a.ptr != NULL && b.ptr != NULL && slice_equal(a, b);
}

static void check_encryption_keys(const struct checking *c)
{
	const struct node *list = check_find(c->root, "store", "encryption_keys");
	const struct slice *keys = c->config->store.encryption_keys;

	for (size_t i = 0; i < c->config->store.encryption_key_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!check_same_key(keys[i], keys[k]))
				continue;
			report_value(c->report, check_item(list, i),
				     "the same key as store.encryption_keys[%zu]", k);
			break;
		}
	}
}

static bool check_given(const char *file)
{
	return file != NULL && file[0] != '\0';
}

static void check_readable(const struct checking *c, const struct node *tls, const char *name,
			   const char *file)
{
	if (check_given(file) && access(file, R_OK) != 0)
		report_value(c->report, check_find(tls, name, ""), "%s", strerror(errno));
}

/* What is in the files is looked at when the store is opened. */
static void check_store_tls(const struct checking *c)
{
	const struct node *node = check_find(c->root, "store", "tls");
	const struct config_store_tls *tls = &c->config->store.tls;

	if (node == NULL)
		return;
	check_readable(c, node, "ca", tls->ca);
	check_readable(c, node, "certificate", tls->certificate);
	check_readable(c, node, "key", tls->key);
	if (check_given(tls->key) && !check_given(tls->certificate))
		report_value(c->report, check_find(node, "key", ""),
			     "a key without its certificate");
	if (!tls->verify)
		report_warning(c->report, check_find(node, "verify", ""),
			       "whoever answers at the store's address is taken for the store");
}

static void check_session_api(const struct checking *c)
{
	const struct node *list = node_get(c->root, SLICE("listen_session_api"));
	const struct config_listen *listen = c->config->listen_session_api;
	const struct node *item = check_item(list, 0);
	size_t digits = check_number_digits(c->config->workers);

	if (c->config->listen_session_api_count == 0 || listen->address.text[0] == '\0')
		return;
	check_socket_details(c, listen, item);
	if (c->config->listen_session_api_count > 1)
		report_value(c->report, check_item(list, 1),
			     "one address is enough: each worker adds its number to it");
	if (listen->address.kind != ADDRESS_UNIX)
		report_value(c->report, item,
			     "expected unix:/path: each worker has a Unix socket of its own");
	else if (listen->address.text[strlen("unix:")] != '/')
		report_value(
			c->report, item,
			"expected an absolute path: applications connect from folders of their own");
	else if (strlen(listen->address.text) - strlen("unix:") + 1 + digits >=
		 sizeof(((struct sockaddr_un *)NULL)->sun_path))
		report_value(
			c->report, item,
			"the path is too long for a socket (107 bytes, the worker's number included)");
}

/* ---- realms and their cookies ---- */

/* Where realm number i was given a setting: its own section, else the default realm's. */
static const struct node *check_realm_setting(const struct checking *c, size_t i,
					      const char *section, const char *name)
{
	const struct node *own = NULL, *setting;

	if (i > 0)
		own = node_get(node_get(c->root, SLICE("realms")),
			       slice_from(c->config->realms[i].name));
	setting = node_get(node_get(own, slice_from(section)), slice_from(name));
	if (setting != NULL)
		return setting;
	setting = check_find(c->root, section, name);
	return own != NULL && setting == c->root ? own : setting;
}

static void check_collect_realms(const struct checking *c)
{
	struct config_draft *draft = c->draft;
	size_t count = draft->realm_count + 1;
	struct config_realm *realms = check_alloc(c, count, sizeof(*realms));

	if (realms == NULL)
		return;
	draft->standard.name = "default";
	realms[0] = draft->standard;
	if (draft->realm_count > 0)
		memcpy(realms + 1, draft->realms, draft->realm_count * sizeof(*realms));
	c->config->realms = realms;
	c->config->realm_count = count;
	for (size_t i = 1; i < count; i++)
		if (strcmp(realms[i].name, "default") == 0)
			report_key(c->report, check_find(c->root, "realms", "default"),
				   "the realm default is set by session, cookie and header at the "
				   "top");
}

static bool has_prefix(const char *name, const char *prefix)
{
	return slice_starts_nocase(slice_from(name), slice_from(prefix));
}

/* What a browser would drop without a word. */
static void check_cookie(const struct checking *c, size_t realm)
{
	const struct config_cookie *cookie = &c->config->realms[realm].cookie;
	const struct node *name = check_realm_setting(c, realm, "cookie", "name");
	bool never = cookie->secure == SECURE_NEVER;

	if (cookie->name != NULL && has_prefix(cookie->name, "__Host-")) {
		if (cookie->domain[0] != '\0')
			report_value(c->report, name, "__Host- cookies have no domain");
		if (strcmp(cookie->path, "/") != 0)
			report_value(c->report, name, "__Host- cookies have the path /");
		if (never)
			report_value(c->report, name, "__Host- cookies cannot be secure: never");
	}
	if (cookie->name != NULL && has_prefix(cookie->name, "__Secure-") && never)
		report_value(c->report, name, "__Secure- cookies cannot be secure: never");
	if (cookie->same_site == SAME_SITE_NONE && never)
		report_value(c->report, check_realm_setting(c, realm, "cookie", "same_site"),
			     "same_site: none cannot be secure: never");
	if (cookie->partitioned && never)
		report_value(c->report, check_realm_setting(c, realm, "cookie", "partitioned"),
			     "partitioned cookies cannot be secure: never");
}

static void check_name_cookie(struct config_cookie *cookie)
{
	bool host_only = cookie->domain[0] == '\0' && strcmp(cookie->path, "/") == 0;

	cookie->http_name = cookie->name != NULL ? cookie->name : "sg_session";
	if (cookie->name != NULL || cookie->secure == SECURE_NEVER)
		cookie->https_name = cookie->http_name;
	else
		cookie->https_name = host_only ? "__Host-sg_session" : "__Secure-sg_session";
}

#define CHECK_REMEMBER_IDLE_MS (INT64_C(30) * 86400000)

static int64_t longest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void check_realms(const struct checking *c)
{
	check_collect_realms(c);
	for (size_t i = 0; i < c->config->realm_count; i++) {
		struct config_realm *realm = &c->config->realms[i];
		struct session_lifetime *life = &realm->lifetime;
		int64_t idle_ms;

		if (life->anonymous_idle_ms < 0)
			life->anonymous_idle_ms = life->idle_ms;
		idle_ms = longest(life->idle_ms, life->anonymous_idle_ms);
		/* else nothing unknown would be cleared for a month where nobody is remembered */
		idle_ms = longest(idle_ms, life->remember_idle_ms);
		if (life->remember_idle_ms < 0)
			life->remember_idle_ms = CHECK_REMEMBER_IDLE_MS;
		/* the touch interval is capped as session_touch_interval_ms() does */
		c->config->longest_idle_ms = longest(
			c->config->longest_idle_ms,
			idle_ms + (life->touch_ms < idle_ms / 10 ? life->touch_ms : idle_ms / 10));
		check_cookie(c, i);
		check_name_cookie(&realm->cookie);
		realm->header.bearer =
			slice_equal_nocase(slice_from(realm->header.name), SLICE("Authorization"));
	}
}

/* ---- names and params to take out of requests ---- */

static void check_add_once(struct slice *list, size_t *count, struct slice item)
{
	for (size_t i = 0; i < *count; i++)
		if (slice_equal(list[i], item))
			return;
	list[(*count)++] = item;
}

/* "X-Auth-Token" as the param that it arrives in: "HTTP_X_AUTH_TOKEN". */
static struct slice check_param_of(const struct checking *c, const char *header)
{
	size_t len = strlen(header);
	char *param = check_alloc(c, len + 6, 1);

	if (param == NULL)
		return (struct slice){ 0 };
	memcpy(param, "HTTP_", 5);
	for (size_t i = 0; i < len; i++)
		param[5 + i] = fold_char(header[i]);
	return slice_of(param, len + 5);
}

static void check_carriers(const struct checking *c)
{
	struct config *config = c->config;

	config->cookie_names = check_alloc(c, 2 * config->realm_count, sizeof(struct slice));
	config->token_params = check_alloc(c, config->realm_count, sizeof(struct slice));
	if (config->cookie_names == NULL || config->token_params == NULL)
		return;
	for (size_t i = 0; i < config->realm_count; i++) {
		const struct config_realm *realm = &config->realms[i];

		check_add_once(config->cookie_names, &config->cookie_name_count,
			       slice_from(realm->cookie.https_name));
		check_add_once(config->cookie_names, &config->cookie_name_count,
			       slice_from(realm->cookie.http_name));
		config->bearer |= realm->header.bearer;
		/* what is answered in X-Auth-Token may come back in it */
		check_add_once(config->token_params, &config->token_param_count,
			       check_param_of(c, realm->header.bearer ? "X-Auth-Token"
								      : realm->header.name));
	}
}

/* ---- applications ---- */

static void check_application(const struct checking *c, struct config_application *app)
{
	const struct node *node = check_find(c->root, "applications", app->name);
	unsigned workers = c->config->workers;

	if (app->idle_connections < 0)
		app->idle_connections = workers == 1 ? 2 : 0;
	if ((unsigned)app->idle_connections > app->max_connections)
		app->idle_connections = (int)app->max_connections; /* more cannot be kept */
	if (app->max_connections < workers)
		report_value(c->report, check_find(node, "max_connections", ""),
			     "fewer connections (%u) than workers (%u)", app->max_connections,
			     workers);
	if (app->server_count > CONFIG_SERVERS_MAX)
		report_value(c->report, check_find(node, "servers", ""), "more than %d servers",
			     CONFIG_SERVERS_MAX);
	if (workers > 1 && app->idle_connections > 0)
		report_warning(
			c->report, check_find(node, "idle_connections", ""),
			"a kept connection holds a process of the application, and workers do "
			"not know of each other's: an application with fewer processes than "
			"max_connections can starve");
}

static const struct node *check_adapter_setting(const struct node *app, const char *name)
{
	return check_find(check_find(app, "adapter", ""), "php", name);
}

/* Sessions of before are taken over until a day that has been named, and what says how says nothing else. */
static void check_adopt(const struct checking *c, const struct config_adapter *adapter,
			const struct node *app)
{
	static const char *const details[] = { "save_path", "cookie", "until", "write_back" };
	const struct node *php = node_get(node_get(app, SLICE("adapter")), SLICE("php"));

	if (adapter->adopt != ADOPT_NONE && node_get(php, SLICE("until")) == NULL)
		report_value(c->report, check_adapter_setting(app, "adopt"),
			     "needs until: the last day, such as 2027-06-30, on which old sessions "
			     "are taken over");
	if (adapter->adopt != ADOPT_NONE && adapter->until_ms > 0 &&
	    adapter->until_ms <= clock_wall_ms())
		report_warning(c->report, check_adapter_setting(app, "until"),
			       "is over: no old session is taken over any more; adopt can go");
	for (size_t i = 0; adapter->adopt == ADOPT_NONE && i < sizeof(details) / sizeof(details[0]);
	     i++)
		if (node_get(php, slice_from(details[i])) != NULL)
			report_warning(c->report, check_adapter_setting(app, details[i]),
				       "has no effect without adopt");
}

/* What the adapter answers with. */
enum { CHECK_ADAPTER_DIRECTIVES = DIRECTIVE_UPDATE | DIRECTIVE_LOGOUT | DIRECTIVE_ROTATE };

static void check_adapter_file(const struct checking *c, struct config_adapter *adapter,
			       const struct node *app)
{
	if (adapter->file == NULL && adapter_find(&c->config->arena, &adapter->file) != 0)
		c->report->no_memory = true;
	if (adapter->file == NULL)
		report_value(c->report, check_adapter_setting(app, "file"),
			     "sessiongate.php is not where this program was installed "
			     "(<prefix>/share/sessiongate/php): run make install, or say with file "
			     "where PHP finds it");
	else if (syntax_adapter_file(slice_from(adapter->file)) != NULL)
		report_value(c->report, check_adapter_setting(app, "file"), "%s: %s", adapter->file,
			     syntax_adapter_file(slice_from(adapter->file)));
	else if (adapter_loading(&c->config->arena, adapter) != 0)
		c->report->no_memory = true;
}

static void check_adapter(const struct checking *c, struct config_application *app)
{
	const struct node *node = check_find(c->root, "applications", app->name);

	if (app->adapter.kind == ADAPTER_NONE)
		return;
	if (node_get(node, SLICE("session_api")) != NULL && !app->session_api)
		report_warning(c->report, check_find(node, "session_api", ""),
			       "the adapter needs the session API: taken for true");
	app->session_api = true;
	app->directives |= DIRECTIVE_SERIALIZED;
	if ((app->directives & CHECK_ADAPTER_DIRECTIVES) != CHECK_ADAPTER_DIRECTIVES)
		report_warning(c->report, check_find(node, "directives", ""),
			       "the adapter stores nothing without update, ends no session without "
			       "logout, and renews none without rotate");
	check_adopt(c, &app->adapter, node);
	check_adapter_file(c, &app->adapter, node);
}

static void check_applications(const struct checking *c)
{
	for (size_t i = 0; i < c->config->application_count; i++) {
		check_application(c, &c->config->applications[i]);
		check_adapter(c, &c->config->applications[i]);
	}
	if (c->config->limits.memory_bytes / 8 < c->config->limits.params_bytes)
		report_warning(
			c->report, check_find(c->root, "limits", "memory"),
			"less than eight times limits.params_size: not even one of the largest "
			"requests has room");
	if (c->config->limits.max_connections < c->config->workers)
		report_value(c->report, check_find(c->root, "limits", "max_connections"),
			     "fewer connections (%u) than workers (%u)",
			     c->config->limits.max_connections, c->config->workers);
}

/* ---- routes ---- */

static void check_report_name(const struct checking *c, const struct node *at, const char *kind,
			      const struct nearest *nearest)
{
	report_value(c->report, at, "no such %s%s%s%s", kind,
		     nearest->best != NULL ? "; did you mean " : "",
		     nearest->best != NULL ? nearest->best : "", nearest->best != NULL ? "?" : "");
}

static const struct config_application *check_route_application(const struct checking *c,
								const char *name,
								const struct node *item)
{
	struct nearest nearest = { .typed = slice_from(name) };

	if (name == NULL) /* missing, and reported */
		return NULL;
	for (size_t i = 0; i < c->config->application_count; i++) {
		if (strcmp(c->config->applications[i].name, name) == 0)
			return &c->config->applications[i];
		nearest_try(&nearest, c->config->applications[i].name);
	}
	check_report_name(c, check_find(item, "application", ""), "application", &nearest);
	return NULL;
}

static const struct config_realm *check_route_realm(const struct checking *c, const char *name,
						    const struct node *item)
{
	struct nearest nearest = { .typed = slice_from(name) };

	for (size_t i = 0; i < c->config->realm_count; i++) {
		if (strcmp(c->config->realms[i].name, name) == 0)
			return &c->config->realms[i];
		nearest_try(&nearest, c->config->realms[i].name);
	}
	check_report_name(c, check_find(item, "realm", ""), "realm", &nearest);
	return NULL;
}

/* Without the store nobody has a session: where one is asked for, that must not pass for an answer. */
static void check_store_failure(const struct checking *c, const struct config_route *route,
				const struct node *item)
{
	const char *needs = route->mode == MODE_AUTHORIZE    ? "the route has mode: authorize"
			    : route->require != REQUIRE_NONE ? "the route requires a session"
			    : route->csrf == CSRF_CHECK      ? "the route has csrf: check"
			    : route->self_service.len > 0    ? "the route has self_service"
							     : NULL;

	if (route->on_store_failure == STORE_FAILURE_ANONYMOUS && needs != NULL)
		report_value(c->report, check_find(item, "on_store_failure", ""),
			     "%s, which nobody can be asked for while the store is away", needs);
}

/* A route that is chosen by its name gets requests for any path. */
static void check_self_service(const struct checking *c, const struct config_route *route,
			       const struct node *item)
{
	const struct node *setting = check_find(item, "self_service", "");

	if (route->self_service.len == 0)
		return;
	if (!slice_starts(route->self_service, route->path) && route->name[0] == '\0')
		report_value(c->report, setting, "not below the route's path %.*s",
			     SLICE_ARGS(route->path));
	if (route->mode == MODE_AUTHORIZE)
		report_value(c->report, setting, "a route with mode: authorize serves nothing");
	else if (!config_route_has_sessions(route))
		report_warning(c->report, setting, "without sessions nobody has one to look at");
}

/* What is taken for granted of whoever asks before something is served, unless the file says otherwise. */
static void check_route_mode(const struct checking *c, struct config_route *route,
			     const struct node *item)
{
	bool authorizes = route->mode == MODE_AUTHORIZE;

	if (route->max_login_age_ms > 0)
		route->require = REQUIRE_LOGIN;
	route->authorizer_require =
		node_get(item, SLICE("require")) != NULL ? route->require : REQUIRE_LOGIN;
	if (!authorizes)
		return;
	route->require = route->authorizer_require;
	if (node_get(item, SLICE("expose")) == NULL)
		route->expose = 0;
	if (route->expose & EXPOSE_OBJECT)
		report_warning(c->report, check_find(item, "expose", ""),
			       "an authorizer passes attributes one by one: object has no effect");
}

static void check_lock(const struct checking *c, struct config_route *route,
		       const struct node *item)
{
	if (route->lock == LOCK_NONE ||
	    (route->session == ROUTE_SESSION_ON && route->mode == MODE_RESPOND))
		return;
	report_warning(c->report, check_find(item, "lock", ""),
		       "nothing is saved on this route, so nothing is locked");
	route->lock = LOCK_NONE;
}

/* Is $_SESSION made of the attributes as they are? */
static bool check_hands_out(const struct config_route *route)
{
	const struct config_adapter *adapter = &route->application->adapter;

	return adapter->split == ADAPTER_SPLIT_KEYS && adapter->adopt == ADOPT_NONE &&
	       route->lock == LOCK_NONE;
}

/* An adapter reads all attributes from one param. */
static void check_route_adapter(const struct checking *c, struct config_route *route,
				const struct node *item)
{
	const struct node *expose = node_get(item, SLICE("expose"));

	if (route->application == NULL || route->application->adapter.kind == ADAPTER_NONE ||
	    route->mode == MODE_AUTHORIZE || route->session == ROUTE_SESSION_OFF)
		return;
	if (expose == NULL)
		route->expose = EXPOSE_OBJECT;
	else if (!(route->expose & EXPOSE_OBJECT))
		report_warning(c->report, expose,
			       "without object the adapter has to ask the session API for the "
			       "session in each request");
	if (route->expose & EXPOSE_OBJECT && check_hands_out(route))
		route->expose |= EXPOSE_PHP;
	if (adapter_describe(&c->config->arena, route, &route->adapter) != 0)
		c->report->no_memory = true;
}

static void check_route(const struct checking *c, struct route_draft *draft,
			const struct node *item)
{
	struct config_route *route = &draft->route;

	route->application = check_route_application(c, draft->application, item);
	route->realm = check_route_realm(c, draft->realm, item);
	check_route_mode(c, route, item);
	if (!config_route_has_sessions(route) && route->mode == MODE_AUTHORIZE)
		report_warning(c->report, check_find(item, "session", ""),
			       "without sessions this route refuses everybody");
	else if (!config_route_has_sessions(route) && route->require != REQUIRE_NONE)
		report_warning(c->report, check_find(item, "session", ""),
			       "without sessions nobody has the one that this route requires");
	check_self_service(c, route, item);
	if (route->remote_user == REMOTE_USER_PREFER_SESSION)
		report_warning(c->report, check_find(item, "remote_user", ""),
			       "without a session the application is told whoever the web server "
			       "names, which may be unverified");
	check_store_failure(c, route, item);
	check_lock(c, route, item);
	check_route_adapter(c, route, item);
}

static void check_route_name(const struct checking *c, size_t i, const struct node *item)
{
	const struct config_route *routes = c->config->routes;

	for (size_t k = 0; k < i && routes[i].name[0] != '\0'; k++) {
		if (strcmp(routes[i].name, routes[k].name) != 0)
			continue;
		report_value(c->report, check_find(item, "name", ""),
			     "routes[%zu] has this name already", k);
		return;
	}
}

static void check_routes(const struct checking *c)
{
	const struct node *list = node_get(c->root, SLICE("routes"));
	const struct node *item = check_item(list, 0);
	size_t count = c->draft->route_count;

	c->config->routes = check_alloc(c, count, sizeof(struct config_route));
	if (c->config->routes == NULL)
		return;
	for (size_t i = 0; i < count; i++, item = node_next_item(list, item)) {
		check_route(c, &c->draft->routes[i], item);
		c->config->routes[i] = c->draft->routes[i].route;
		c->config->route_count = i + 1;
		check_route_name(c, i, item);
	}
}

/* ---- realms that meet ---- */

/* The later of two routes that serve the two realms on one host; NULL: they are apart. */
static const struct config_route *realms_meet(const struct config *config,
					      const struct config_realm *a,
					      const struct config_realm *b)
{
	for (size_t i = 0; i < config->route_count; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct config_route *x = &config->routes[i], *y = &config->routes[k];

			if (!config_route_has_sessions(x) || !config_route_has_sessions(y))
				continue;
			if (((x->realm == a && y->realm == b) ||
			     (x->realm == b && y->realm == a)) &&
			    host_meets(x->host, y->host))
				return x;
		}
	}
	return NULL;
}

static const char *shared_cookie(const struct config_cookie *a, const struct config_cookie *b)
{
	if (strcmp(a->https_name, b->https_name) == 0 || strcmp(a->https_name, b->http_name) == 0)
		return a->https_name;
	if (strcmp(a->http_name, b->https_name) == 0 || strcmp(a->http_name, b->http_name) == 0)
		return a->http_name;
	return NULL;
}

static void check_pair(const struct checking *c, size_t a, size_t b)
{
	const struct config *config = c->config;
	const struct config_realm *x = &config->realms[a], *y = &config->realms[b];
	const struct config_route *meeting = realms_meet(config, x, y);
	const char *name = shared_cookie(&x->cookie, &y->cookie);
	bool domain = x->cookie.domain[0] != '\0' || y->cookie.domain[0] != '\0';

	if (name != NULL && (meeting != NULL || domain))
		report_value(c->report,
			     check_find(check_find(c->root, "realms", y->name), "cookie", "name"),
			     "the realms %s and %s share the cookie %s: give %s another "
			     "cookie.name",
			     x->name, y->name, name, y->name);
	else if (meeting != NULL)
		report_warning(
			c->report,
			check_find(check_item(node_get(c->root, SLICE("routes")),
					      (size_t)(meeting - config->routes)),
				   "realm", ""),
			"the realms %s and %s are served on one host: scripts in the browser "
			"can reach both",
			x->name, y->name);
}

/* Carriers are told apart only where there was memory to work them out. */
static void check_realms_apart(const struct checking *c)
{
	if (c->report->no_memory)
		return;
	for (size_t b = 1; b < c->config->realm_count; b++)
		for (size_t a = 0; a < b; a++)
			check_pair(c, a, b);
}

void config_check(struct config_draft *draft, const struct node *root, struct report *report)
{
	const struct checking checking = { draft, &draft->config, root, report };

	if (draft->config.workers == 0)
		draft->config.workers = check_cores();
	check_node_name(&checking);
	check_listeners(&checking);
	check_session_api(&checking);
	check_encryption_keys(&checking);
	check_store_tls(&checking);
	check_realms(&checking);
	check_applications(&checking);
	if (report->no_memory)
		return;
	check_routes(&checking);
	check_carriers(&checking);
	check_realms_apart(&checking);
}
