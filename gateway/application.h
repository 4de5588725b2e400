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
#include "gateway/params.h"
#include "gateway/remark.h"

struct meter_application;
struct worker;

/* The worker's share of an application. SG_ENOMEM. */
SG_MUST_CHECK int application_open(struct worker *worker, const struct config *config,
				   const struct config_application *settings,
				   struct application **out);
struct application *application_ref(struct application *a);
void application_unref(struct application **a);
/* What its adapter says of itself on an answer; a reload forgets it, since another one may be there by then.
 * Does it read the session as PHP reads it quickest? */
bool application_reads_php(const struct application *a);
void application_note_reads_php(struct application *a);
/* Is nothing to be run before the script that these params name (plain_folders.h)? Without memory it is not known. */
bool application_knows_plain_folder(const struct application *a, const struct params *p);
void application_note_plain_folder(struct application *a, const struct params *p, int64_t seconds);
void application_forget_adapter(struct application *a);
/* What is said of the application once. */
struct remark *application_remark(const struct application *a);
/* What is counted of it. */
struct meter_application *application_meter(const struct application *a);
/* Are the settings the same, so that a reload may keep the pool? */
bool application_equal(const struct config_application *a, const struct config_application *b);

#endif
