/* config_check_realms.c - the rules of realms: cookies that a browser takes, and that are apart; how tokens travel. */
#include "gateway/config_checking.h"

#include "gateway/fold.h"
#include "gateway/host.h"

/* What cookie.name: auto chooses from. */
#define COOKIE_PLAIN  "sg_session"
#define COOKIE_HOST   "__Host-sg_session"
#define COOKIE_SECURE "__Secure-sg_session"
enum { COOKIE_DEFAULT_NAMES = 3 };

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
	setting = checking_find(c->root, section, name);
	return own != NULL && setting == c->root ? own : setting;
}

static void check_collect_realms(const struct checking *c)
{
	struct config_draft *draft = c->draft;
	size_t count = draft->realm_count + 1;
	struct config_realm *realms = checking_alloc(c, count, sizeof(*realms));

	c->config->written_realms = checking_alloc(c, count, sizeof(*realms));
	if (realms == NULL || c->config->written_realms == NULL)
		return;
	draft->standard.name = "default";
	realms[0] = draft->standard;
	if (draft->realm_count > 0)
		memcpy(realms + 1, draft->realms, draft->realm_count * sizeof(*realms));
	memcpy(c->config->written_realms, realms, count * sizeof(*realms));
	c->config->realms = realms;
	c->config->realm_count = count;
	for (size_t i = 1; i < count; i++)
		if (strcmp(realms[i].name, "default") == 0)
			report_key(c->report, checking_find(c->root, "realms", "default"),
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

	cookie->http_name = cookie->name != NULL ? cookie->name : COOKIE_PLAIN;
	if (cookie->name != NULL || cookie->secure == SECURE_NEVER)
		cookie->https_name = cookie->http_name;
	else
		cookie->https_name = host_only ? COOKIE_HOST : COOKIE_SECURE;
}

#define CHECK_REMEMBER_IDLE_MS (INT64_C(30) * 86400000)

static int64_t longest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void config_check_realms(const struct checking *c)
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
	char *param = checking_alloc(c, len + 6, 1);

	if (param == NULL)
		return (struct slice){ 0 };
	memcpy(param, "HTTP_", 5);
	for (size_t i = 0; i < len; i++)
		param[5 + i] = fold_char(header[i]);
	return slice_of(param, len + 5);
}

/* What cookie.name: auto has chosen, or did before its domain, path or secure was changed: such a cookie still comes, and
 * its token may still be good. */
static void check_add_default_names(struct config *config)
{
	check_add_once(config->cookie_names, &config->cookie_name_count, SLICE(COOKIE_PLAIN));
	check_add_once(config->cookie_names, &config->cookie_name_count, SLICE(COOKIE_HOST));
	check_add_once(config->cookie_names, &config->cookie_name_count, SLICE(COOKIE_SECURE));
}

void config_check_carriers(const struct checking *c)
{
	struct config *config = c->config;

	config->cookie_names = checking_alloc(c, 2 * config->realm_count + COOKIE_DEFAULT_NAMES,
					      sizeof(struct slice));
	config->token_params = checking_alloc(c, config->realm_count, sizeof(struct slice));
	if (config->cookie_names == NULL || config->token_params == NULL)
		return;
	for (size_t i = 0; i < config->realm_count; i++) {
		const struct config_realm *realm = &config->realms[i];

		check_add_once(config->cookie_names, &config->cookie_name_count,
			       slice_from(realm->cookie.https_name));
		check_add_once(config->cookie_names, &config->cookie_name_count,
			       slice_from(realm->cookie.http_name));
		if (realm->cookie.name == NULL)
			check_add_default_names(config);
		config->bearer |= realm->header.bearer;
		/* what is answered in X-Auth-Token may come back in it */
		check_add_once(config->token_params, &config->token_param_count,
			       check_param_of(c, realm->header.bearer ? "X-Auth-Token"
								      : realm->header.name));
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
		report_value(
			c->report,
			checking_find(checking_find(c->root, "realms", y->name), "cookie", "name"),
			"the realms %s and %s share the cookie %s: give %s another "
			"cookie.name",
			x->name, y->name, name, y->name);
	else if (meeting != NULL)
		report_warning(
			c->report,
			checking_find(checking_item(node_get(c->root, SLICE("routes")),
						    (size_t)(meeting - config->routes)),
				      "realm", ""),
			"the realms %s and %s are served on one host: scripts in the browser "
			"can reach both",
			x->name, y->name);
}

/* Carriers are told apart only where there was memory to work them out. */
void config_check_realms_apart(const struct checking *c)
{
	if (c->report->no_memory)
		return;
	for (size_t b = 1; b < c->config->realm_count; b++)
		for (size_t a = 0; a < b; a++)
			check_pair(c, a, b);
}
