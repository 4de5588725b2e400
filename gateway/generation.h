/* generation.h - one loaded configuration with the application pools it uses, on one worker.
 * A request holds the generation it began with; a reload makes a new one, which takes over the pools of the
 * applications that did not change.
 * Owner    shared, by reference counts. Thread: the worker's. */
#ifndef SG_GENERATION_H
#define SG_GENERATION_H

#include "gateway/application.h"
#include "gateway/config.h"

struct worker;

struct generation {
	unsigned references;
	const struct config *config;
	struct application **applications; /* beside config->applications */
	struct meter_route *
		*routes; /* beside config->routes; one more for requests that found none */
};

/* before may be NULL. One reference, the caller's. SG_ENOMEM. */
SG_MUST_CHECK int generation_open(struct worker *worker, const struct config *config,
				  const struct generation *before, struct generation **out);
struct generation *generation_ref(struct generation *g);
void generation_unref(struct generation **g);

/* What is counted of a route; NULL: of requests that found none. */
static inline struct meter_route *generation_meter(const struct generation *g,
						   const struct config_route *route)
{
	return g->routes[route != NULL ? (size_t)(route - g->config->routes)
				       : g->config->route_count];
}

/* The pool of the route's application. */
struct application *generation_application(const struct generation *g,
					   const struct config_route *route);

#endif
