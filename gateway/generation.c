/* generation.c - one loaded configuration with its application pools. */
#include "gateway/generation.h"

#include "gateway/route.h"
#include "gateway/worker.h"

#include <stdlib.h>

static struct application *generation_inherit(const struct generation *before,
					      const struct config_application *settings)
{
	size_t i;

	for (i = 0; before != NULL && i < before->config->application_count; i++)
		if (application_equal(&before->config->applications[i], settings)) {
			application_forget_adapter(before->applications[i]);
			return application_ref(before->applications[i]);
		}
	return NULL;
}

static int generation_open_meters(struct generation *g, struct meter *meter)
{
	const struct config *c = g->config;

	g->routes = calloc(c->route_count + 1, sizeof(struct meter_route *));
	if (g->routes == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; i <= c->route_count; i++) {
		g->routes[i] = meter_route(meter, i < c->route_count ? route_label(&c->routes[i])
								     : SLICE(""));
		if (g->routes[i] == NULL)
			return SG_ENOMEM;
	}
	return 0;
}

int generation_open(struct worker *worker, const struct config *config,
		    const struct generation *before, struct generation **out)
{
	struct generation *g = calloc(1, sizeof(*g));
	size_t i;

	if (g == NULL)
		return SG_ENOMEM;
	g->references = 1;
	g->config = config_ref(config);
	g->applications = calloc(config->application_count, sizeof(struct application *));
	for (i = 0; g->applications != NULL && i < config->application_count; i++) {
		g->applications[i] = generation_inherit(before, &config->applications[i]);
		if (g->applications[i] == NULL &&
		    application_open(worker, config, &config->applications[i],
				     &g->applications[i]) != 0)
			break;
	}
	if (i < config->application_count || generation_open_meters(g, worker->meter) != 0) {
		generation_unref(&g);
		return SG_ENOMEM;
	}
	*out = g;
	return 0;
}

struct generation *generation_ref(struct generation *g)
{
	g->references++;
	return g;
}

void generation_unref(struct generation **gp)
{
	struct generation *g = *gp;
	size_t i;

	*gp = NULL;
	if (g == NULL || --g->references > 0)
		return;
	for (i = 0; g->applications != NULL && i < g->config->application_count; i++)
		application_unref(&g->applications[i]);
	free(g->applications);
	free(g->routes);
	config_unref(&g->config);
	free(g);
}

struct application *generation_application(const struct generation *g,
					   const struct config_route *route)
{
	return g->applications[route->application - g->config->applications];
}
