/* source.h - what the process around the API knows and the API tells.
 * Owner    whoever opens the API; all of it lasts until admin_close(), names of applications included.
 * Thread   the admin API's. */
#ifndef SG_SOURCE_H
#define SG_SOURCE_H

#include "backends/finding.h"
#include "backends/metered.h"
#include "rest/exposition.h"

enum { SOURCE_APPLICATIONS = 64 }; /* no more of them are told of one by one */

struct source_application {
	struct slice name;
	unsigned servers, down;
};

/* Since the process began. */
struct source_totals {
	uint64_t created, ended; /* sessions */
	uint64_t requests;
	struct histogram_sum
		store; /* what requests waited for it: find, lock, create, save, remove */
};

/* What was decided of a request without a session, or that lost it. */
struct source_decision {
	int64_t at_ms;
	const char *what, *cause; /* words of the API */
	const char *detail;       /* a sentence without its dot */
	struct slice request;
	struct slice session, user;             /* may be empty */
	struct slice realm, application, route; /* where the request went to */
	bool other_realm, other_application;    /* the session's are others than that */
};

typedef void source_decision_fn(void *ctx, const struct source_decision *d);

struct source_decisions {
	void *ctx;
	/* Those of requests of that id, and those that were about the session of that id. */
	void (*find)(void *ctx, struct slice subject, source_decision_fn *look, void *look_ctx);
};

struct source {
	void *ctx;
	struct store_meter *meter; /* of the API's own handle of the store, which it writes */
	void (*write)(void *ctx, struct exposition *x); /* its families of metrics */
	void (*add_up)(void *ctx, struct source_totals *out);
	/* Of the configuration in force, in any order; how many. */
	size_t (*list_applications)(void *ctx, struct source_application *out, size_t room);
	/* What should be changed of this configuration (its owner, see admin_terms), and how its applications are, as far
	 * as has been seen; of one application alone, where that is not empty. False: there is none of that name. */
	bool (*examine)(void *ctx, const void *owner, struct slice application,
			struct findings *out);
	struct source_decisions decisions;
};

#endif
