/* config_check_applications.c - the rules of applications: connections, adapters, and what of limits is theirs. */
#include "gateway/config_checking.h"

#include "base/clock.h"
#include "gateway/adapter.h"

static void check_application(const struct checking *c, struct config_application *app)
{
	const struct node *node = checking_find(c->root, "applications", app->name);
	unsigned workers = c->config->workers;

	if (app->idle_connections < 0)
		app->idle_connections = workers == 1 ? 2 : 0;
	if ((unsigned)app->idle_connections > app->max_connections)
		app->idle_connections = (int)app->max_connections; /* more cannot be kept */
	if (app->max_connections < workers)
		report_value(c->report, checking_find(node, "max_connections", ""),
			     "fewer connections (%u) than workers (%u)", app->max_connections,
			     workers);
	if (app->server_count > CONFIG_SERVERS_MAX)
		report_value(c->report, checking_find(node, "servers", ""), "more than %d servers",
			     CONFIG_SERVERS_MAX);
	if (workers > 1 && app->idle_connections > 0)
		report_warning(
			c->report, checking_find(node, "idle_connections", ""),
			"a kept connection holds a process of the application, and workers do "
			"not know of each other's: an application with fewer processes than "
			"max_connections can starve");
}

static const struct node *check_adapter_setting(const struct node *app, const char *name)
{
	return checking_find(checking_find(app, "adapter", ""), "php", name);
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
	const struct node *node = checking_find(c->root, "applications", app->name);

	if (app->adapter.kind == ADAPTER_NONE)
		return;
	if (node_get(node, SLICE("session_api")) != NULL && !app->session_api)
		report_warning(c->report, checking_find(node, "session_api", ""),
			       "the adapter needs the session API: taken for true");
	app->session_api = true;
	app->directives |= DIRECTIVE_SERIALIZED;
	if ((app->directives & CHECK_ADAPTER_DIRECTIVES) != CHECK_ADAPTER_DIRECTIVES)
		report_warning(c->report, checking_find(node, "directives", ""),
			       "the adapter stores nothing without update, ends no session without "
			       "logout, and renews none without rotate");
	check_adopt(c, &app->adapter, node);
	check_adapter_file(c, &app->adapter, node);
}

void config_check_applications(const struct checking *c)
{
	for (size_t i = 0; i < c->config->application_count; i++) {
		check_application(c, &c->config->applications[i]);
		check_adapter(c, &c->config->applications[i]);
	}
	if (c->config->limits.memory_bytes / 8 < c->config->limits.params_bytes)
		report_warning(
			c->report, checking_find(c->root, "limits", "memory"),
			"less than eight times limits.params_size: not even one of the largest "
			"requests has room");
	if (c->config->limits.max_connections < c->config->workers)
		report_value(c->report, checking_find(c->root, "limits", "max_connections"),
			     "fewer connections (%u) than workers (%u)",
			     c->config->limits.max_connections, c->config->workers);
}
