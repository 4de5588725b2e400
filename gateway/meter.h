/* meter.h - what one worker counts of its requests and applications, for metrics and for whoever asks whether applications
 * are well. The worker alone writes it, on lines of the cache that no other thread writes; who reads it adds up all workers'.
 *
 * Memory   a route's or an application's is there for good once it was configured: counters never go back.
 * Owner    gateway.c: zeroed, meter_init(), meter_fini().
 * Thread   the worker's; meter_each_…(): any. */
#ifndef SG_METER_H
#define SG_METER_H

#include "backends/metered.h"
#include "base/slice.h"
#include "gateway/exchange.h"

#include <pthread.h>

struct worker;

enum { METER_LINE = 64, METER_OLD_MS = 250 };

/* What became of a request. */
#define METER_RESULTS(X)                                                   \
	X(OK, "ok")           /* answered by the application, or for it */ \
	X(ERROR, "error")     /* the application answered 5xx */           \
	X(REFUSED, "refused") /* the gateway answered, below 500 */        \
	X(FAILED, "failed")   /* the gateway answered 5xx */               \
	X(ABORTED, "aborted") /* the web server gave it up */              \
	X(CUT, "cut")         /* the answer could not be completed */

enum meter_result {
#define METER_RESULT(name, text) METER_##name,
	METER_RESULTS(METER_RESULT)
#undef METER_RESULT
		METER_RESULT_COUNT
};

/* Why a token was none. */
#define METER_REJECTIONS(X)                                                        \
	X(MALFORMED, "malformed")                                                  \
	X(UNKNOWN, "unknown") /* never there, forgotten, or its secret is wrong */ \
	X(EXPIRED, "expired")                                                      \
	X(STALE, "stale") /* its secret was replaced a moment ago */

enum meter_rejection {
#define METER_REJECTION(name, text) METER_REJECTED_##name,
	METER_REJECTIONS(METER_REJECTION)
#undef METER_REJECTION
		METER_REJECTION_COUNT
};

struct meter_route {
	_Alignas(METER_LINE) struct meter_route *next;
	char *name; /* its path, where it has none; "": of requests that found none */
	struct counter results[METER_RESULT_COUNT];
	struct histogram durations;
};

/* Gauges are of the last tenth of a second. */
struct meter_application {
	_Alignas(METER_LINE) struct meter_application *next;
	char *name;
	struct histogram durations; /* with the application, of a request */
	struct counter busy, idle, queued;
	struct counter busy_most, queued_most; /* of them, ever */
	/* once one is older than METER_OLD_MS: connections on which nothing was ever answered, and those as old as that */
	struct counter fresh, old;
	struct counter failures[EXCHANGE_FAILURE_COUNT];
	struct counter
		failed_ms[EXCHANGE_FAILURE_COUNT]; /* monotonic: the last of these; 0: none */
	struct counter servers;                    /* how many; 0: it is not configured any more */
	struct counter up,
		down; /* as bits, by their place there: connected, and not to be reached the last time */
	/* what meter_gauge() adds up */
	uint64_t busy_now, idle_now, queued_now, servers_now, up_now, down_now;
	uint64_t fresh_now, old_now;
};

struct meter {
	_Alignas(METER_LINE) struct store_meter store;
	struct counter touches_skipped; /* a session was seen, and that was not worth a write */
	struct counter rejections[METER_REJECTION_COUNT];
	struct counter
		swept_ms;     /* monotonic: when the sweep last had nothing more to do; 0: never */
	pthread_mutex_t lock; /* of the lists, not of what is in them */
	struct meter_route *routes;
	struct meter_application *applications;
};

void meter_init(struct meter *m);
void meter_fini(struct meter *m);

const char *meter_result_text(enum meter_result result);
const char *meter_rejection_text(enum meter_rejection rejection);

/* The one of that name, until meter_fini(). NULL: no memory. */
struct meter_route *meter_route(struct meter *m, struct slice name);
struct meter_application *meter_application(struct meter *m, struct slice name);

/* A request has found no answer there. */
void meter_note_failure(struct meter_application *a, enum exchange_failure why);

/* And so nobody, at that server: whoever has got his 503 sees why, not a moment later. */
void meter_note_down(struct meter_application *a, unsigned server);

/* How the worker's applications are now. */
void meter_gauge(struct meter *m, const struct worker *w);

typedef void meter_route_fn(void *ctx, const struct meter_route *route);
typedef void meter_application_fn(void *ctx, const struct meter_application *application);
void meter_each_route(struct meter *m, meter_route_fn *look, void *ctx);
void meter_each_application(struct meter *m, meter_application_fn *look, void *ctx);

#endif
