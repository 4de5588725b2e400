/* application.c - a FastCGI application: its servers, and the queue before them. */
#include "gateway/application.h"

#include "base/clock.h"
#include "gateway/meter.h"
#include "gateway/plain_folders.h"
#include "gateway/pool.h"
#include "gateway/worker.h"

#include <assert.h>
#include <stdlib.h>

enum { APPLICATION_RETRY_MS = 10 }; /* a full listen queue is tried again after so long */

void application_look(struct application *a)
{
	turn_add(&a->worker->turn, &a->dispatch);
}

/* --- choosing a server --- */

static size_t application_after(const struct application *a, size_t server)
{
	return server + 1 < a->server_count ? server + 1 : 0;
}

/* The best that has room now; NULL: none, or only such as are down, while another will have some. */
static struct server *application_choose(struct application *a, const struct exchange *e)
{
	int64_t now_ms = turn_now_ms(&a->worker->turn), best_rank = -1, rank;
	struct server *best = NULL;
	bool worth_waiting = false;
	size_t i, at = a->next_server;

	for (i = 0; i < a->server_count; i++, at = application_after(a, at)) {
		struct server *s = &a->servers[at];

		rank = server_rank(s, e, now_ms);
		worth_waiting |= rank < 0 && server_serves(s, e, now_ms);
		if (rank >= 0 && (best == NULL || rank < best_rank)) {
			best = s;
			best_rank = rank;
		}
	}
	if (best != NULL && worth_waiting && !server_serves(best, e, now_ms))
		return NULL;
	if (best != NULL)
		a->next_server = application_after(a, best->index);
	return best;
}

static bool application_tried_all(const struct application *a, const struct exchange *e)
{
	assert(a->server_count >= 1 && a->server_count <= 64);
	return e->tried == UINT64_MAX >> (64 - a->server_count);
}

static void application_on_retry(struct deadline *d)
{
	application_look(CONTAINER_OF(d, struct application, retry));
}

/* Give the first in the queue a connection. False when that must wait. */
static bool application_serve(struct application *a, struct exchange *e)
{
	struct server *s;

	while ((s = application_choose(a, e)) != NULL) {
		struct upstream *u = server_idle_for(s, e);

		if (u != NULL) {
			exchange_unlink(e);
			if (upstream_reuse(u, e))
				return true;
			exchange_enqueue_first(e);
			continue;
		}
		if (server_connect(s, e) == UPSTREAM_OPENED)
			return true;
	}
	if (application_tried_all(a, e)) {
		exchange_fail(e, e->timed_out_connecting ? EXCHANGE_CONNECT_TIMEOUT
							 : EXCHANGE_UNREACHABLE);
		return true;
	}
	return false;
}

/* The one behind so many others; NULL when there are not that many. */
static struct exchange *application_waiting(const struct application *a, unsigned behind)
{
	struct link *l = a->queue.first;

	while (l != NULL && behind-- > 0)
		l = l->next;
	return l != NULL ? exchange_of_link(l) : NULL;
}

/* First come, first served. Only one that is choosy, since it has tried servers or needs a fresh
 * connection, lets others by when it has to wait. Serving may end any exchange: the queue is looked
 * at anew each time. */
static void application_serve_queue(struct application *a)
{
	unsigned passed = 0;
	struct exchange *e;

	while ((e = application_waiting(a, passed)) != NULL) {
		bool choosy = e->tried != 0 || e->repeated;

		if (application_serve(a, e))
			continue;
		if (!choosy)
			return;
		passed++;
	}
}

static void application_refuse_the_last(struct application *a)
{
	while (a->queued > a->settings->queue_size)
		exchange_fail(exchange_of_link(queue_last(&a->queue)), EXCHANGE_QUEUE_FULL);
}

static bool application_has_full_server(const struct application *a)
{
	int64_t now_ms = clock_mono_ms();
	size_t i;

	for (i = 0; i < a->server_count; i++)
		if (a->servers[i].full_until_ms > now_ms)
			return true;
	return false;
}

static void application_on_dispatch(struct chore *c)
{
	struct application *a = CONTAINER_OF(c, struct application, dispatch);
	struct application *held = application_ref(a);

	application_serve_queue(a);
	application_refuse_the_last(a);
	if (a->queue.first != NULL && application_has_full_server(a))
		deadline_arm(&a->worker->deadlines, &a->retry, APPLICATION_RETRY_MS,
			     application_on_retry);
	application_unref(&held);
}

/* --- fairness --- */

static void application_on_fairness(struct deadline *d)
{
	struct application *a = CONTAINER_OF(d, struct application, fairness);
	int64_t now_ms = clock_mono_ms();
	bool again = false;
	size_t i;

	for (i = 0; i < a->server_count; i++) {
		struct server *s = &a->servers[i];

		while (s->idle != NULL && server_waits_unfairly(s, now_ms))
			upstream_close(server_idle(s));
		again |= s->door->fresh.first != NULL;
	}
	if (again)
		deadline_arm(&a->worker->deadlines, d, APPLICATION_FAIR_MS,
			     application_on_fairness);
}

void application_watch_fairness(struct application *a)
{
	if (a->max_idle > 0 && !deadline_armed(&a->fairness))
		deadline_arm(&a->worker->deadlines, &a->fairness, APPLICATION_FAIR_MS,
			     application_on_fairness);
}

/* --- opening and closing --- */

/* This worker's share of a number that is the process's: the first workers take what is over. */
static unsigned application_share(unsigned total, const struct worker *w)
{
	return total / w->count + (w->index < total % w->count ? 1 : 0);
}

int application_open(struct worker *worker, const struct config *config,
		     const struct config_application *settings, struct application **out)
{
	struct application *a = calloc(1, sizeof(*a));
	size_t i;

	if (a == NULL)
		return SG_ENOMEM;
	a->servers = calloc(settings->server_count, sizeof(*a->servers));
	a->remark = remark_of(settings->name);
	a->meter = meter_application(worker->meter, slice_from(settings->name));
	if (a->servers == NULL || a->remark == NULL || a->meter == NULL) {
		free(a->servers);
		free(a);
		return SG_ENOMEM;
	}
	a->references = 1;
	a->worker = worker;
	a->config = config_ref(config);
	a->settings = settings;
	a->server_count = settings->server_count;
	counter_set(&a->meter->servers,
		    settings->server_count); /* before the first gauge is taken */
	a->max_connections = application_share(settings->max_connections, worker);
	a->max_idle = application_share((unsigned)settings->idle_connections, worker);
	queue_init(&a->queue);
	a->dispatch.run = application_on_dispatch;
	for (i = 0; i < a->server_count; i++) {
		if (server_open(&a->servers[i], a, (unsigned)i) != 0) {
			application_unref(&a);
			return SG_ENOMEM;
		}
	}
	*out = a;
	return 0;
}

struct application *application_ref(struct application *a)
{
	a->references++;
	return a;
}

void application_unref(struct application **ap)
{
	struct application *a = *ap;
	size_t i;

	*ap = NULL;
	if (a == NULL || --a->references > 0)
		return;
	assert(a->queue.first == NULL); /* a queued exchange holds a reference */
	for (i = 0; i < a->server_count; i++)
		server_close(&a->servers[i]);
	turn_cancel(&a->worker->turn, &a->dispatch);
	deadline_disarm(&a->retry);
	deadline_disarm(&a->fairness);
	free(a->plain_folders);
	free(a->servers);
	config_unref(&a->config);
	free(a);
}

bool application_reads_php(const struct application *a)
{
	return a->reads_php;
}

void application_note_reads_php(struct application *a)
{
	a->reads_php = true;
}

bool application_knows_plain_folder(const struct application *a, const struct params *p)
{
	return a->plain_folders != NULL &&
	       plain_folders_know(a->plain_folders, params_get(p, SLICE("SCRIPT_FILENAME")),
				  params_get(p, SLICE("DOCUMENT_ROOT")),
				  turn_now_ms(&a->worker->turn));
}

void application_note_plain_folder(struct application *a, const struct params *p, int64_t seconds)
{
	if (a->plain_folders == NULL)
		a->plain_folders = calloc(1, sizeof(*a->plain_folders));
	if (a->plain_folders != NULL)
		plain_folders_note(a->plain_folders, params_get(p, SLICE("SCRIPT_FILENAME")),
				   params_get(p, SLICE("DOCUMENT_ROOT")), seconds,
				   turn_now_ms(&a->worker->turn));
}

void application_forget_adapter(struct application *a)
{
	a->reads_php = false;
	free(a->plain_folders);
	a->plain_folders = NULL;
}

struct remark *application_remark(const struct application *a)
{
	return a->remark;
}

struct meter_application *application_meter(const struct application *a)
{
	return a->meter;
}

static bool application_servers_equal(const struct config_application *a,
				      const struct config_application *b)
{
	size_t i;

	if (a->server_count != b->server_count)
		return false;
	for (i = 0; i < a->server_count; i++)
		if (strcmp(a->servers[i].text, b->servers[i].text) != 0)
			return false;
	return true;
}

/* Only what the pool itself goes by: params, directives and the like are read from the request's own
 * configuration. */
bool application_equal(const struct config_application *a, const struct config_application *b)
{
	return strcmp(a->name, b->name) == 0 && application_servers_equal(a, b) &&
	       a->balance == b->balance && a->idle_connections == b->idle_connections &&
	       a->idle_timeout_ms == b->idle_timeout_ms &&
	       a->max_connections == b->max_connections && a->queue_size == b->queue_size &&
	       a->queue_timeout_ms == b->queue_timeout_ms &&
	       a->connect_timeout_ms == b->connect_timeout_ms;
}
