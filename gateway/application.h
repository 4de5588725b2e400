/* application.h - a FastCGI application, as one worker knows it: its servers, the connections to
 * them, and the queue before them.
 *
 * Fairness: an application with one process serves one connection until it is closed. So a
 * connection on which a younger request was answered while an older one still waits on a fresh
 * connection (in the listen queue, perhaps) is closed instead of kept; also when the older one is of
 * another pool for the same server, such as that of the settings before a reload (door.h).
 * Owner    shared, by reference counts: generations, and exchanges that run.
 * Thread   the worker's. */
#ifndef SG_APPLICATION_H
#define SG_APPLICATION_H

#include "gateway/config.h"
#include "gateway/exchange.h"
#include "gateway/remark.h"

struct worker;

/* The worker's share of an application. SG_ENOMEM. */
SG_MUST_CHECK int application_open(struct worker *worker, const struct config *config,
				   const struct config_application *settings,
				   struct application **out);
struct application *application_ref(struct application *a);
void application_unref(struct application **a);
/* What is said of the application once. */
struct remark *application_remark(const struct application *a);
/* Are the settings the same, so that a reload may keep the pool? */
bool application_equal(const struct config_application *a, const struct config_application *b);

#endif
