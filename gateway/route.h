/* route.h - which route a request takes (application.md section 5).
 * Borrow   from the configuration. Thread: the worker's. */
#ifndef SG_ROUTE_H
#define SG_ROUTE_H

#include "gateway/config.h"
#include "gateway/params.h"
#include "gateway/visitor.h"

/* A request target without its scheme and host, if it is in absolute form (RFC 9112 section 3.2.2). */
struct slice route_target(struct slice target);

/* The path that routes are matched by: of REQUEST_URI (decoded; also of an absolute-form one),
 * without it SCRIPT_NAME + PATH_INFO; no dot segments, slashes merged. In the arena. SG_EFORMAT for
 * a NUL in it, SG_ENOMEM. */
SG_MUST_CHECK int route_path(const struct params *p, struct slice *path);

/* What logs and metrics call it: its name, or its path where it has none. NULL, no route: "". */
static inline struct slice route_label(const struct config_route *route)
{
	if (route == NULL)
		return SLICE("");
	return route->name[0] != '\0' ? slice_from(route->name) : route->path;
}

enum route_found { ROUTE_FOUND, ROUTE_NONE, ROUTE_UNKNOWN_NAME };

/* Takes SESSIONGATE_ROUTE out of p, if there is one. */
enum route_found route_find(const struct config *config, struct params *p,
			    const struct visitor *visitor, struct slice path,
			    const struct config_route **out);

#endif
