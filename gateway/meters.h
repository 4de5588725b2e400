/* meters.h - the meters of all workers, added up for the admin API: its metrics, its totals, and whether applications are
 * well.
 * Owner    gateway.c. What it borrows is there until meters_close().
 * Thread   open and close: the main one; source's functions: the admin API's. */
#ifndef SG_METERS_H
#define SG_METERS_H

#include "gateway/meter.h"
#include "gateway/tally.h"
#include "rest/source.h"

struct meters {
	struct meter *each; /* beside the workers */
	unsigned count;
	struct store_meter admin_store; /* the admin API's own */
	struct tally *tally;
	const struct backend *backend;
	int64_t sweep_interval_ms, opened_ms; /* monotonic */
};

/* What all workers have counted of an application. */
struct meters_application {
	const char *name;
	uint64_t busy, idle, queued, servers, up,
		down; /* as in struct meter_application, as are: */
	uint64_t busy_most, queued_most, fresh, old;
	uint64_t failures[EXCHANGE_FAILURE_COUNT];
	int64_t failed_ms[EXCHANGE_FAILURE_COUNT];
	struct histogram_sum durations;
};

/* SG_ENOMEM. */
SG_MUST_CHECK int meters_open(struct meters *m, unsigned workers, struct tally *tally);
/* Nobody reads or writes any more. A zeroed one is fine. */
void meters_close(struct meters *m);

/* The one of that name. False: nothing was counted of it yet, or there is no memory. */
bool meters_find_application(struct meters *m, const char *name, struct meters_application *out);

/* What the admin API has of it. */
struct source meters_source(struct meters *m, const struct backend *backend);

#endif
