/* meter.c - see meter.h. */
#include "gateway/meter.h"

#include "base/clock.h"
#include "base/list.h"
#include "gateway/pool.h"
#include "gateway/worker.h"

#include <stdlib.h>
#include <string.h>

const char *meter_result_text(enum meter_result result)
{
	static const char *const texts[] = {
#define METER_RESULT_TEXT(name, text) text,
		METER_RESULTS(METER_RESULT_TEXT)
#undef METER_RESULT_TEXT
	};

	return texts[result];
}

const char *meter_rejection_text(enum meter_rejection rejection)
{
	static const char *const texts[] = {
#define METER_REJECTION_TEXT(name, text) text,
		METER_REJECTIONS(METER_REJECTION_TEXT)
#undef METER_REJECTION_TEXT
	};

	return texts[rejection];
}

void meter_init(struct meter *m)
{
	pthread_mutex_init(&m->lock, NULL);
}

void meter_fini(struct meter *m)
{
	for (struct meter_route *r = m->routes, *next; r != NULL; r = next) {
		next = r->next;
		free(r->name);
		free(r);
	}
	for (struct meter_application *a = m->applications, *next; a != NULL; a = next) {
		next = a->next;
		free(a->name);
		free(a);
	}
	pthread_mutex_destroy(&m->lock);
}

/* On lines of the cache of its own, zeroed, and with a copy of its name. NULL: no memory. */
static void *meter_new(size_t bytes, struct slice name, char **copy)
{
	void *new = aligned_alloc(METER_LINE, bytes);

	*copy = strndup(name.ptr, name.len);
	if (new == NULL || *copy == NULL) {
		free(new);
		free(*copy);
		return NULL;
	}
	return memset(new, 0, bytes);
}

/* The lists grow on this thread alone: it needs no lock to look through them. */
struct meter_route *meter_route(struct meter *m, struct slice name)
{
	struct meter_route *r = m->routes;
	char *copy;

	while (r != NULL && !slice_equal(slice_from(r->name), name))
		r = r->next;
	if (r != NULL || (r = meter_new(sizeof(*r), name, &copy)) == NULL)
		return r;
	r->name = copy;
	r->next = m->routes;
	pthread_mutex_lock(&m->lock);
	m->routes = r;
	pthread_mutex_unlock(&m->lock);
	return r;
}

struct meter_application *meter_application(struct meter *m, struct slice name)
{
	struct meter_application *a = m->applications;
	char *copy;

	while (a != NULL && !slice_equal(slice_from(a->name), name))
		a = a->next;
	if (a != NULL || (a = meter_new(sizeof(*a), name, &copy)) == NULL)
		return a;
	a->name = copy;
	a->next = m->applications;
	pthread_mutex_lock(&m->lock);
	m->applications = a;
	pthread_mutex_unlock(&m->lock);
	return a;
}

/* --- failures --- */

void meter_note_failure(struct meter_application *a, enum exchange_failure why)
{
	counter_add(&a->failures[why], 1);
	counter_set(&a->failed_ms[why], (uint64_t)clock_mono_ms());
}

void meter_note_down(struct meter_application *a, unsigned server)
{
	uint64_t bit = UINT64_C(1) << server;

	counter_set(&a->up, counter_get(&a->up) & ~bit);
	counter_set(&a->down, counter_get(&a->down) | bit);
}

/* --- gauges --- */

static void meter_gauge_server(const struct server *s)
{
	struct meter_application *a = s->application->meter;

	a->idle_now += s->idle_count;
	a->busy_now += s->connections - s->idle_count;
	if (s->index == 0)
		a->queued_now += s->application->queued;
	if (s->down_until_ms != 0)
		a->down_now |= UINT64_C(1) << s->index;
	else if (s->connections > 0)
		a->up_now |= UINT64_C(1) << s->index;
	if (s->application->server_count > a->servers_now)
		a->servers_now = s->application->server_count;
}

static void meter_note_most(struct counter *most, uint64_t now)
{
	if (now > counter_get(most))
		counter_set(most, now);
}

static void meter_publish(struct meter_application *a)
{
	meter_note_most(&a->busy_most, a->busy_now);
	meter_note_most(&a->queued_most, a->queued_now);
	counter_set(&a->busy, a->busy_now);
	counter_set(&a->idle, a->idle_now);
	counter_set(&a->queued, a->queued_now);
	counter_set(&a->servers, a->servers_now);
	counter_set(&a->up, a->up_now);
	counter_set(&a->down, a->down_now);
	counter_set(&a->fresh, a->fresh_now);
	counter_set(&a->old, a->old_now);
	a->fresh_now = a->old_now = 0;
	a->busy_now = a->idle_now = a->queued_now = a->servers_now = a->up_now = a->down_now = 0;
}

/* The oldest comes first, and mostly that is enough to look at. */
static void meter_gauge_fresh(const struct door *door, int64_t now_ms)
{
	struct meter_application *a;
	bool old = true;

	for (const struct link *l = door->fresh.first; l != NULL; l = l->next) {
		const struct upstream *u = CONTAINER_OF(l, struct upstream, fresh_link);

		old = old && now_ms - u->begun_ms > METER_OLD_MS;
		if (!old && l == door->fresh.first)
			return;
		a = u->server->application->meter;
		a->fresh_now++;
		a->old_now += old;
	}
}

void meter_gauge(struct meter *m, const struct worker *w)
{
	for (const struct link *d = w->doors; d != NULL; d = d->next) {
		const struct door *door = CONTAINER_OF(d, struct door, link);

		meter_gauge_fresh(door, clock_mono_ms());
		for (const struct link *s = door->servers; s != NULL; s = s->next)
			meter_gauge_server(CONTAINER_OF(s, struct server, door_link));
	}
	for (struct meter_application *a = m->applications; a != NULL; a = a->next)
		meter_publish(a);
}

/* --- for other threads --- */

void meter_each_route(struct meter *m, meter_route_fn *look, void *ctx)
{
	pthread_mutex_lock(&m->lock);
	for (const struct meter_route *r = m->routes; r != NULL; r = r->next)
		look(ctx, r);
	pthread_mutex_unlock(&m->lock);
}

void meter_each_application(struct meter *m, meter_application_fn *look, void *ctx)
{
	pthread_mutex_lock(&m->lock);
	for (const struct meter_application *a = m->applications; a != NULL; a = a->next)
		look(ctx, a);
	pthread_mutex_unlock(&m->lock);
}
