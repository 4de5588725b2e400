/* stats.c - /api/v1/stats: how much there is, and how much happens. */
#include "rest/call_answer.h"
#include "rest/resources.h"

static bool stats_add_count(cJSON *object, const char *name, int64_t count)
{
	return count >= 0 ? json_add_number(object, name, count)
			  : json_add_text(object, name, SLICE(""));
}

static bool stats_add_counts(cJSON *object, const struct census_count *count)
{
	int64_t anonymous = count->all >= 0 && count->authenticated >= 0
				    ? count->all - count->authenticated
				    : -1;

	return stats_add_count(object, "total", count->all) &&
	       stats_add_count(object, "authenticated", count->authenticated) &&
	       stats_add_count(object, "anonymous", anonymous);
}

static bool stats_add_sessions(cJSON *object, const struct census *census)
{
	cJSON *sessions = cJSON_AddObjectToObject(object, "sessions");

	return sessions != NULL && stats_add_counts(sessions, &census->sessions) &&
	       json_add_flag(sessions, "exact", census->exact);
}

static bool stats_add_applications(cJSON *object, const struct census *census)
{
	cJSON *list = cJSON_AddArrayToObject(object, "applications");
	bool whole = list != NULL;

	for (size_t i = 0; whole && i < census->application_count; i++) {
		const struct census_application *a = &census->applications[i];
		cJSON *row = json_append_object(list);

		whole = row != NULL && json_add_text(row, "application", a->name) &&
			stats_add_counts(row, &a->sessions);
	}
	return whole;
}

static bool stats_add_quantile(cJSON *object, const char *name, const struct histogram_sum *sum,
			       unsigned percent)
{
	int64_t us = histogram_sum_quantile_us(sum, percent);

	return us < 0 ? json_add_text(object, name, SLICE(""))
		      : cJSON_AddNumberToObject(object, name, (double)us / 1000) != NULL;
}

static bool stats_add_store(cJSON *object, const struct census *census,
			    const struct histogram_sum *sum)
{
	cJSON *store = cJSON_AddObjectToObject(object, "store");

	return store != NULL && json_add_text(store, "status", SLICE("pass")) &&
	       cJSON_AddNumberToObject(store, "latency_ms", (double)census->latency_us / 1000) !=
		       NULL &&
	       stats_add_quantile(store, "p50_ms", sum, 50) &&
	       stats_add_quantile(store, "p95_ms", sum, 95) &&
	       stats_add_quantile(store, "p99_ms", sum, 99);
}

static bool stats_add_all(cJSON *object, const struct call *c)
{
	const struct census *census = &c->desk->census;
	struct source_totals minute = pace_minute(&c->desk->pace, &c->desk->source);

	return json_add_time(object, "as_of", census->taken_ms) &&
	       json_add_text(object, "node", slice_from(c->settings->node)) &&
	       stats_add_sessions(object, census) && stats_add_applications(object, census) &&
	       json_add_number(object, "created_per_minute", (int64_t)minute.created) &&
	       json_add_number(object, "ended_per_minute", (int64_t)minute.ended) &&
	       json_add_number(object, "requests_per_minute", (int64_t)minute.requests) &&
	       stats_add_store(object, census, &minute.store);
}

static void stats_answer(struct call *c)
{
	cJSON *object;

	if (!c->desk->census.up) {
		call_refuse_store(c);
		return;
	}
	object = cJSON_CreateObject();
	call_answer_json(c, 200, object, object != NULL && stats_add_all(object, c));
}

/* Totals tell of sessions that a limited grant does not see. */
void stats_answer_get(struct call *c)
{
	if (grant_is_limited(c->auth.grant))
		call_refuse_limited(c);
	else
		census_take(c, stats_answer);
}
