/* meters.c - see meters.h. A family of metrics is a function here, which adds up what the workers' meters have. */
#include "gateway/meters.h"

#include "base/clock.h"
#include "gateway/sums.h"

#include <stdlib.h>
#include <string.h>

int meters_open(struct meters *m, unsigned workers, struct tally *tally)
{
	m->tally = tally;
	m->opened_ms = clock_mono_ms();
	m->each = aligned_alloc(METER_LINE, workers * sizeof(*m->each));
	if (m->each == NULL)
		return SG_ENOMEM;
	memset(m->each, 0, workers * sizeof(*m->each));
	for (m->count = 0; m->count < workers; m->count++)
		meter_init(&m->each[m->count]);
	return 0;
}

void meters_close(struct meters *m)
{
	for (unsigned i = 0; i < m->count; i++)
		meter_fini(&m->each[i]);
	free(m->each);
	*m = (struct meters){ .count = 0 };
}

/* --- routes, added up by name --- */

struct route_sum {
	const char *name;
	uint64_t results[METER_RESULT_COUNT];
	struct histogram_sum durations;
};

static void route_sum_add(void *ctx, const struct meter_route *route)
{
	struct route_sum *sum = sums_of(ctx, route->name);

	if (sum == NULL)
		return;
	for (unsigned i = 0; i < METER_RESULT_COUNT; i++)
		sum->results[i] += counter_get(&route->results[i]);
	histogram_sum_add(&sum->durations, &route->durations);
}

static void meters_write_requests(struct exposition *x, const struct sums *sums)
{
	exposition_family(x, "sessiongate_requests_total", EXPOSITION_COUNTER,
			  "Requests that have ended, by route and by what became of them.");
	for (size_t i = 0; i < sums->count; i++) {
		const struct route_sum *sum = sums_row(sums, i);

		for (unsigned r = 0; r < METER_RESULT_COUNT; r++) {
			const struct exposition_labels labels = {
				"route", slice_from(sum->name), "result",
				slice_from(meter_result_text(r))
			};

			if (sum->results[r] > 0)
				exposition_count(x, &labels, sum->results[r]);
		}
	}
	exposition_family(x, "sessiongate_request_duration_seconds", EXPOSITION_HISTOGRAM,
			  "From the first record of a request to the end of its answer.");
	for (size_t i = 0; i < sums->count; i++) {
		const struct route_sum *sum = sums_row(sums, i);
		const struct exposition_labels labels = {
			"route", slice_from(sum->name), NULL, { 0 }
		};

		if (sum->durations.count > 0)
			exposition_histogram(x, &labels, &sum->durations);
	}
}

static void meters_write_routes(struct meters *m, struct exposition *x)
{
	struct sums sums = { .row_bytes = sizeof(struct route_sum) };

	for (unsigned i = 0; i < m->count; i++)
		meter_each_route(&m->each[i], route_sum_add, &sums);
	if (sums.failed)
		x->rc = SG_ENOMEM;
	meters_write_requests(x, &sums);
	sums_close(&sums);
}

/* --- applications, the same --- */

static void application_sum_add_failures(struct meters_application *sum,
					 const struct meter_application *a)
{
	for (unsigned i = 0; i < EXCHANGE_FAILURE_COUNT; i++) {
		int64_t at_ms = (int64_t)counter_get(&a->failed_ms[i]);

		sum->failures[i] += counter_get(&a->failures[i]);
		if (at_ms > sum->failed_ms[i])
			sum->failed_ms[i] = at_ms;
	}
}

static void application_sum_add(void *ctx, const struct meter_application *a)
{
	struct meters_application *sum = sums_of(ctx, a->name);

	if (sum == NULL)
		return;
	sum->busy += counter_get(&a->busy);
	sum->idle += counter_get(&a->idle);
	sum->queued += counter_get(&a->queued);
	if (counter_get(&a->servers) > sum->servers)
		sum->servers = counter_get(&a->servers);
	sum->busy_most += counter_get(&a->busy_most);
	sum->queued_most += counter_get(&a->queued_most);
	sum->fresh += counter_get(&a->fresh);
	sum->old += counter_get(&a->old);
	application_sum_add_failures(sum, a);
	sum->up |= counter_get(&a->up);
	sum->down |= counter_get(&a->down);
	histogram_sum_add(&sum->durations, &a->durations);
}

static struct sums meters_applications(struct meters *m)
{
	struct sums sums = { .row_bytes = sizeof(struct meters_application) };

	for (unsigned i = 0; i < m->count; i++)
		meter_each_application(&m->each[i], application_sum_add, &sums);
	return sums;
}

bool meters_find_application(struct meters *m, const char *name, struct meters_application *out)
{
	struct sums sums = meters_applications(m);
	const struct meters_application *sum;
	bool found = false;

	for (size_t i = 0; i < sums.count && !found; i++) {
		sum = sums_row(&sums, i);
		found = strcmp(sum->name, name) == 0;
		if (found)
			*out = *sum;
	}
	sums_close(&sums);
	return found;
}

static void meters_write_connections(struct exposition *x, const struct meters_application *sum)
{
	struct exposition_labels labels = { "application", slice_from(sum->name), "state",
					    SLICE("busy") };

	exposition_count(x, &labels, sum->busy);
	labels.second = SLICE("idle");
	exposition_count(x, &labels, sum->idle);
}

static void meters_write_applications(struct meters *m, struct exposition *x)
{
	struct sums sums = meters_applications(m);

	if (sums.failed)
		x->rc = SG_ENOMEM;
	exposition_family(
		x, "sessiongate_application_duration_seconds", EXPOSITION_HISTOGRAM,
		"The part of a request's time that its application took, its queue included.");
	for (size_t i = 0; i < sums.count; i++) {
		const struct meters_application *sum = sums_row(&sums, i);
		const struct exposition_labels labels = {
			"application", slice_from(sum->name), NULL, { 0 }
		};

		if (sum->durations.count > 0)
			exposition_histogram(x, &labels, &sum->durations);
	}
	exposition_family(x, "sessiongate_application_connections", EXPOSITION_GAUGE,
			  "Connections to applications, by state: busy or idle.");
	for (size_t i = 0; i < sums.count; i++)
		meters_write_connections(x, sums_row(&sums, i));
	exposition_family(x, "sessiongate_application_queue", EXPOSITION_GAUGE,
			  "Requests that wait for a connection to their application.");
	for (size_t i = 0; i < sums.count; i++) {
		const struct meters_application *sum = sums_row(&sums, i);
		const struct exposition_labels labels = {
			"application", slice_from(sum->name), NULL, { 0 }
		};

		exposition_count(x, &labels, sum->queued);
	}
	sums_close(&sums);
}

/* --- sessions --- */

static void meters_write_cause(struct exposition *x, const char *cause, uint64_t count)
{
	const struct exposition_labels labels = { "cause", slice_from(cause), NULL, { 0 } };

	if (count > 0)
		exposition_count(x, &labels, count);
}

static uint64_t meters_created(const struct event_counts *c)
{
	return event_counted(c, EVENT_CREATED, EVENT_CAUSE_NONE) +
	       event_counted(c, EVENT_CREATED, EVENT_CAUSE_ADOPTED);
}

static const struct {
	const char *cause;
	enum event_type type;
	enum event_cause why;
} meters_ends[] = {
	{ "idle", EVENT_EXPIRED, EVENT_CAUSE_IDLE },
	{ "absolute", EVENT_EXPIRED, EVENT_CAUSE_ABSOLUTE },
	{ "logout", EVENT_LOGGED_OUT, EVENT_CAUSE_NONE },
	{ "evicted", EVENT_EVICTED, EVENT_CAUSE_NONE },
	{ "revoked", EVENT_REVOKED, EVENT_CAUSE_NONE },
	{ "blocked", EVENT_REVOKED, EVENT_CAUSE_USER_BLOCKED },
};

enum { METERS_ENDS = sizeof(meters_ends) / sizeof(meters_ends[0]) };

static void meters_write_sessions(const struct meters *m, struct exposition *x)
{
	const struct event_counts *c = backend_counts(m->backend);

	exposition_family(x, "sessiongate_sessions_created_total", EXPOSITION_COUNTER,
			  "Sessions that this process has created.");
	exposition_count(x, NULL, meters_created(c));
	exposition_family(x, "sessiongate_sessions_ended_total", EXPOSITION_COUNTER,
			  "Sessions that this process has ended, by cause.");
	for (size_t i = 0; i < METERS_ENDS; i++)
		meters_write_cause(x, meters_ends[i].cause,
				   event_counted(c, meters_ends[i].type, meters_ends[i].why));
	exposition_family(x, "sessiongate_rotations_total", EXPOSITION_COUNTER,
			  "New secrets of sessions that were there, those of logins included.");
	exposition_count(x, NULL,
			 event_counted(c, EVENT_ROTATED, EVENT_CAUSE_NONE) +
				 atomic_load_explicit(&c->renewals, memory_order_relaxed));
	exposition_family(x, "sessiongate_late_saves_blocked_total", EXPOSITION_COUNTER,
			  "Saves that came after their session had ended or changed hands.");
	exposition_count(x, NULL, event_counted(c, EVENT_LATE_SAVE_BLOCKED, EVENT_CAUSE_NONE));
}

static void meters_write_tokens(const struct meters *m, struct exposition *x)
{
	uint64_t skipped = 0, rejections[METER_REJECTION_COUNT] = { 0 };

	for (unsigned i = 0; i < m->count; i++) {
		skipped += counter_get(&m->each[i].touches_skipped);
		for (unsigned r = 0; r < METER_REJECTION_COUNT; r++)
			rejections[r] += counter_get(&m->each[i].rejections[r]);
	}
	exposition_family(x, "sessiongate_touches_skipped_total", EXPOSITION_COUNTER,
			  "Requests after which last_seen was not worth a write.");
	exposition_count(x, NULL, skipped);
	exposition_family(x, "sessiongate_tokens_stale_total", EXPOSITION_COUNTER,
			  "Requests whose token had been replaced a moment ago.");
	exposition_count(x, NULL, rejections[METER_REJECTED_STALE]);
	exposition_family(x, "sessiongate_token_rejections_total", EXPOSITION_COUNTER,
			  "Requests whose tokens named no session, by cause.");
	for (unsigned r = 0; r < METER_REJECTION_COUNT; r++)
		meters_write_cause(x, meter_rejection_text(r), rejections[r]);
}

/* --- the store --- */

/* The workers', and then the admin API's. NULL: that was the last. */
static const struct store_meter *meters_store(const struct meters *m, unsigned i)
{
	if (i < m->count)
		return &m->each[i].store;
	return i == m->count ? &m->admin_store : NULL;
}

static uint64_t meters_saves(const struct meters *m, enum metered_save kind)
{
	const struct store_meter *meter;
	uint64_t sum = 0;

	for (unsigned i = 0; (meter = meters_store(m, i)) != NULL; i++)
		sum += counter_get(&meter->saves[kind]);
	return sum;
}

static uint64_t meters_results(const struct meters *m, unsigned operation, unsigned result)
{
	const struct store_meter *meter;
	uint64_t sum = 0;

	for (unsigned i = 0; (meter = meters_store(m, i)) != NULL; i++)
		sum += counter_get(&meter->operations[operation].results[result]);
	return sum;
}

static void meters_add_durations(const struct meters *m, unsigned operation,
				 struct histogram_sum *sum)
{
	const struct store_meter *meter;

	for (unsigned i = 0; (meter = meters_store(m, i)) != NULL; i++)
		histogram_sum_add(sum, &meter->operations[operation].durations);
}

static void meters_write_operation(const struct meters *m, struct exposition *x, unsigned operation)
{
	for (unsigned r = 0; r < METERED_RESULT_COUNT; r++) {
		const struct exposition_labels labels = {
			"operation", slice_from(metered_operation_text(operation)), "result",
			slice_from(metered_result_text(r))
		};
		uint64_t count = meters_results(m, operation, r);

		if (count > 0)
			exposition_count(x, &labels, count);
	}
}

static void meters_write_duration(const struct meters *m, struct exposition *x, unsigned operation)
{
	const struct exposition_labels labels = {
		"operation", slice_from(metered_operation_text(operation)), NULL, { 0 }
	};
	struct histogram_sum sum = { .count = 0 };

	meters_add_durations(m, operation, &sum);
	if (sum.count > 0)
		exposition_histogram(x, &labels, &sum);
}

static void meters_write_saves(const struct meters *m, struct exposition *x)
{
	exposition_family(x, "sessiongate_saves_total", EXPOSITION_COUNTER,
			  "What was written of sessions, by kind; the first that applies.");
	for (unsigned kind = 0; kind < METERED_SAVE_COUNT; kind++) {
		const struct exposition_labels labels = {
			"kind", slice_from(metered_save_text(kind)), NULL, { 0 }
		};
		uint64_t count = meters_saves(m, kind);

		if (count > 0)
			exposition_count(x, &labels, count);
	}
}

/* Ends first: what is asked while we add up would else look like more ends than questions. */
static uint64_t meters_waiting(const struct meters *m)
{
	const struct store_meter *meter;
	uint64_t ended = 0, asked = 0;

	for (unsigned operation = 0; operation < METERED_OPERATION_COUNT; operation++)
		for (unsigned r = 0; r < METERED_RESULT_COUNT; r++)
			ended += meters_results(m, operation, r);
	for (unsigned i = 0; (meter = meters_store(m, i)) != NULL; i++)
		asked += counter_get(&meter->asked);
	return asked > ended ? asked - ended : 0;
}

/* For how long a session may have been due that is still there: whichever worker swept last has swept for all. */
static double meters_sweep_lag_s(const struct meters *m)
{
	int64_t lag_ms, swept_ms = 0;

	for (unsigned i = 0; i < m->count; i++)
		if ((int64_t)counter_get(&m->each[i].swept_ms) > swept_ms)
			swept_ms = (int64_t)counter_get(&m->each[i].swept_ms);
	if (swept_ms == 0)
		swept_ms = m->opened_ms;
	lag_ms = clock_mono_ms() - swept_ms - m->sweep_interval_ms;
	return lag_ms > 0 ? (double)lag_ms / 1000 : 0;
}

static void meters_write_store(const struct meters *m, struct exposition *x)
{
	exposition_family(x, "sessiongate_store_operations_total", EXPOSITION_COUNTER,
			  "What the store was asked, by operation and by what came of it.");
	for (unsigned i = 0; i < METERED_OPERATION_COUNT; i++)
		meters_write_operation(m, x, i);
	exposition_family(x, "sessiongate_store_operation_duration_seconds", EXPOSITION_HISTOGRAM,
			  "How long the store took to answer, by operation.");
	for (unsigned i = 0; i < METERED_OPERATION_COUNT; i++)
		meters_write_duration(m, x, i);
	exposition_family(x, "sessiongate_store_queue", EXPOSITION_GAUGE,
			  "Operations that the store has not answered yet.");
	exposition_count(x, NULL, meters_waiting(m));
	exposition_family(
		x, "sessiongate_sweep_lag_seconds", EXPOSITION_GAUGE,
		"For how long the sweep of ended sessions is overdue; 0 while it keeps up.");
	exposition_real(x, NULL, meters_sweep_lag_s(m));
}

/* --- the process --- */

static void meters_write_reload(struct exposition *x, const char *result, uint64_t count)
{
	const struct exposition_labels labels = { "result", slice_from(result), NULL, { 0 } };

	exposition_count(x, &labels, count);
}

static void meters_write_process(const struct meters *m, struct exposition *x)
{
	exposition_family(x, "sessiongate_front_connections", EXPOSITION_GAUGE,
			  "Connections from web servers.");
	exposition_count(x, NULL, tally_get(&m->tally->connections));
	exposition_family(x, "sessiongate_config_reloads_total", EXPOSITION_COUNTER,
			  "Reloads of the configuration, by result.");
	meters_write_reload(x, "ok", tally_get(&m->tally->reloads));
	meters_write_reload(x, "rejected", tally_get(&m->tally->reloads_rejected));
}

/* --- as a source --- */

static void meters_write(void *ctx, struct exposition *x)
{
	struct meters *m = ctx;

	meters_write_routes(m, x);
	meters_write_applications(m, x);
	meters_write_sessions(m, x);
	meters_write_saves(m, x);
	meters_write_tokens(m, x);
	meters_write_store(m, x);
	meters_write_process(m, x);
}

static void meters_add_requests(void *ctx, const struct meter_route *route)
{
	struct source_totals *totals = ctx;

	for (unsigned i = 0; i < METER_RESULT_COUNT; i++)
		totals->requests += counter_get(&route->results[i]);
}

static void meters_add_up(void *ctx, struct source_totals *out)
{
	static const enum metered_operation of_requests[] = { METERED_FIND, METERED_LOCK,
							      METERED_CREATE, METERED_SAVE,
							      METERED_REMOVE };
	struct meters *m = ctx;
	const struct event_counts *c = backend_counts(m->backend);

	*out = (struct source_totals){ .created = meters_created(c) };
	for (size_t i = 0; i < METERS_ENDS; i++)
		out->ended += event_counted(c, meters_ends[i].type, meters_ends[i].why);
	for (unsigned i = 0; i < m->count; i++)
		meter_each_route(&m->each[i], meters_add_requests, out);
	for (size_t i = 0; i < sizeof(of_requests) / sizeof(of_requests[0]); i++)
		meters_add_durations(m, of_requests[i], &out->store);
}

static size_t meters_list_applications(void *ctx, struct source_application *out, size_t room)
{
	struct sums sums = meters_applications(ctx);
	size_t count = 0;

	for (size_t i = 0; i < sums.count && count < room; i++) {
		const struct meters_application *sum = sums_row(&sums, i);

		if (sum->servers > 0)
			out[count++] = (struct source_application){
				.name = slice_from(sum->name),
				.servers = (unsigned)sum->servers,
				.down = (unsigned)__builtin_popcountll(sum->down & ~sum->up),
			};
	}
	sums_close(&sums);
	return count;
}

struct source meters_source(struct meters *m, const struct backend *backend)
{
	m->backend = backend;
	return (struct source){
		.ctx = m,
		.meter = &m->admin_store,
		.write = meters_write,
		.add_up = meters_add_up,
		.list_applications = meters_list_applications,
	};
}
