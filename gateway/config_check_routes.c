/* config_check_routes.c - the rules of routes: names that exist, and what a route makes of what it does not say. */
#include "gateway/config_checking.h"

#include "gateway/adapter.h"
#include "gateway/nearest.h"

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
	check_report_name(c, checking_find(item, "application", ""), "application", &nearest);
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
	check_report_name(c, checking_find(item, "realm", ""), "realm", &nearest);
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
		report_value(c->report, checking_find(item, "on_store_failure", ""),
			     "%s, which nobody can be asked for while the store is away", needs);
}

/* A route that is chosen by its name gets requests for any path. */
static void check_self_service(const struct checking *c, const struct config_route *route,
			       const struct node *item)
{
	const struct node *setting = checking_find(item, "self_service", "");

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
		report_warning(c->report, checking_find(item, "expose", ""),
			       "an authorizer passes attributes one by one: object has no effect");
}

static void check_lock(const struct checking *c, struct config_route *route,
		       const struct node *item)
{
	if (route->lock == LOCK_NONE ||
	    (route->session == ROUTE_SESSION_ON && route->mode == MODE_RESPOND))
		return;
	report_warning(c->report, checking_find(item, "lock", ""),
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
		route->expose |= expose == NULL ? EXPOSE_PHP | EXPOSE_PHP_ALONE : EXPOSE_PHP;
	if (adapter_describe(&c->config->arena, route, false, &route->adapter) != 0 ||
	    adapter_describe(&c->config->arena, route, true, &route->adapter_plain_folder) != 0)
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
		report_warning(c->report, checking_find(item, "session", ""),
			       "without sessions this route refuses everybody");
	else if (!config_route_has_sessions(route) && route->require != REQUIRE_NONE)
		report_warning(c->report, checking_find(item, "session", ""),
			       "without sessions nobody has the one that this route requires");
	check_self_service(c, route, item);
	if (route->remote_user == REMOTE_USER_PREFER_SESSION)
		report_warning(c->report, checking_find(item, "remote_user", ""),
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
		report_value(c->report, checking_find(item, "name", ""),
			     "routes[%zu] has this name already", k);
		return;
	}
}

void config_check_routes(const struct checking *c)
{
	const struct node *list = node_get(c->root, SLICE("routes"));
	const struct node *item = checking_item(list, 0);
	size_t count = c->draft->route_count;

	c->config->routes = checking_alloc(c, count, sizeof(struct config_route));
	if (c->config->routes == NULL)
		return;
	for (size_t i = 0; i < count; i++, item = node_next_item(list, item)) {
		check_route(c, &c->draft->routes[i], item);
		c->config->routes[i] = c->draft->routes[i].route;
		c->config->route_count = i + 1;
		check_route_name(c, i, item);
	}
}
