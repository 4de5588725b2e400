/* snippet_php_fpm.c - what PHP-FPM is told: a pool for each server of the applications with adapter: php. */
#include "gateway/snippet_kind.h"

#include "gateway/adapter.h"

#include <stdio.h>

/* A pool, and the first application that has it. */
struct pool {
	const struct config_application *application;
	const struct address *server;
	size_t number;     /* among that application's */
	unsigned children; /* as many as all applications connect to it */
};

/* The applications' connections to that server; *first: nobody before this one has it. */
static unsigned pool_connections(const struct config *config,
				 const struct config_application *application,
				 const struct address *server, bool *first)
{
	unsigned count = 0;

	*first = true;
	for (size_t i = 0; i < config->application_count; i++) {
		const struct config_application *other = &config->applications[i];

		for (size_t k = 0; k < other->server_count; k++) {
			if (strcmp(other->servers[k].text, server->text) != 0)
				continue;
			count += other->max_connections;
			if (other->adapter.kind == ADAPTER_PHP)
				*first &= other >= application;
		}
	}
	return count;
}

/* As PHP-FPM writes it: a path, or address and port. */
static const char *pool_listen(struct snippet *s, const struct address *server)
{
	return server->kind == ADDRESS_UNIX ? snippet_absolute(s, server->text + strlen("unix:"))
					    : server->text;
}

static void pool_print_socket(struct snippet *s, const struct address *server)
{
	if (server->kind == ADDRESS_UNIX)
		snippet_add(s, "; the gateway's user has to be in this group\n"
			       "listen.owner = www-data\n"
			       "listen.group = www-data\n"
			       "listen.mode = 0660\n");
	else
		snippet_add(s,
			    "; nobody but the gateway may connect: see listen.allowed_clients\n");
}

static void pool_print(struct snippet *s, const struct pool *pool, const char *file)
{
	char suffix[32] = "";

	if (pool->number > 0)
		snprintf(suffix, sizeof(suffix), "-%zu", pool->number + 1);
	snippet_add(s, "\n[%s%s]\nuser = www-data\ngroup = www-data\nlisten = %s\n",
		    pool->application->name, suffix, pool_listen(s, pool->server));
	pool_print_socket(s, pool->server);
	snippet_add(
		s,
		"; as many as max_connections: with fewer, requests wait where no timeout of the "
		"gateway's queue holds; say a\n; smaller number in both places\n"
		"pm = ondemand\npm.max_children = %u\n",
		pool->children);
	snippet_add(
		s,
		"; $_SESSION is the gateway's; nothing happens in requests that come another way. "
		"open_basedir, where it is set,\n; has to allow this folder\n"
		"php_admin_value[auto_prepend_file] = \"%s\"\n",
		file);
}

/* What is named nowhere: where it is, or where make install would put it. */
static const char *pool_file(struct snippet *s)
{
	const char *file = NULL;

	if (adapter_find(&s->arena, &file) != 0)
		s->rc = SG_ENOMEM;
	return file != NULL ? file : "/usr/local/share/sessiongate/php/sessiongate.php";
}

static void pools_print(struct snippet *s, const struct config_application *application)
{
	const char *file = application->adapter.file;
	bool first;

	if (file[0] == '\0')
		file = pool_file(s);
	for (size_t i = 0; i < application->server_count; i++) {
		struct pool pool = { application, &application->servers[i], i, 0 };

		pool.children = pool_connections(s->config, application, pool.server, &first);
		if (first)
			pool_print(s, &pool, file);
	}
}

void snippet_php_fpm(struct snippet *s)
{
	bool any = false;

	snippet_add(s,
		    "; PHP-FPM: the pools of the applications with adapter: php, such as "
		    "/etc/php/8.2/fpm/pool.d/shop.conf.\n"
		    "; The gateway loads the adapter by itself, on each connection; where the last "
		    "line of a pool does, say\n; adapter: {php: {file: \"\"}}.\n");
	for (size_t i = 0; i < s->config->application_count; i++) {
		if (s->config->applications[i].adapter.kind != ADAPTER_PHP)
			continue;
		any = true;
		pools_print(s, &s->config->applications[i]);
	}
	if (!any)
		snippet_add(s, "; No application of this configuration has adapter: php.\n");
}
