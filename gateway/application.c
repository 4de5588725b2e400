/* application.c - a FastCGI application: its servers, and the queue before them. */
#include "gateway/application.h"

#include "base/clock.h"
#include "base/log.h"
#include "gateway/server.h"
#include "gateway/worker.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	APPLICATION_DOWN_MS = 1000, /* a server that refused comes last for so long */
	APPLICATION_FULL_MS = 10,   /* one whose listen queue was full is left alone for so long */
	APPLICATION_FAIR_MS = 50, /* waiting longer than this behind a kept connection is unfair */
};

struct application {
	unsigned references;
	struct worker *worker;
	const struct config *config; /* keeps settings alive */
	const struct config_application *settings;
	unsigned max_connections; /* per server, this worker's share */
	unsigned max_idle;
	struct server *servers;
	size_t server_count;
	size_t next_server; /* round robin, and who is first among equals */
	struct queue queue;
	unsigned queued;
	struct chore dispatch;
	struct deadline retry;    /* servers whose listen queue was full */
	struct deadline fairness; /* while a fresh connection waits and another is kept */
};

const char *exchange_failure_text(enum exchange_failure why)
{
	static const char *const texts[] = {
#define EXCHANGE_TEXT(name, text) text,
		EXCHANGE_FAILURES(EXCHANGE_TEXT)
#undef EXCHANGE_TEXT
	};
	return texts[why];
}

struct worker *application_worker(const struct application *a)
{
	return a->worker;
}

const struct config_application *application_settings(const struct application *a)
{
	return a->settings;
}

bool server_keeps_connections(const struct server *s)
{
	return s->application->max_idle > 0;
}

/* --- the queue --- */

static struct exchange *exchange_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct exchange, queued);
}

static void exchange_unlink(struct exchange *e)
{
	if (!link_listed(&e->queued))
		return;
	queue_remove(&e->application->queue, &e->queued);
	e->application->queued--;
}

static void exchange_enqueue(struct exchange *e)
{
	queue_append(&e->application->queue, &e->queued);
	e->application->queued++;
}

/* One that was on its way already comes before those that have waited less. */
static void exchange_enqueue_first(struct exchange *e)
{
	queue_push(&e->application->queue, &e->queued);
	e->application->queued++;
}

static struct exchange *exchange_of_deadline(struct deadline *d)
{
	return CONTAINER_OF(d, struct exchange, deadline);
}

/* The exchange is over: nothing here knows it any more. */
static void exchange_leave(struct exchange *e)
{
	exchange_unlink(e);
	deadline_disarm(&e->deadline);
	application_unref(&e->application);
}

static void exchange_fail(struct exchange *e, enum exchange_failure why)
{
	exchange_leave(e);
	e->ops->failed(e, why);
}

static void exchange_on_queued_too_long(struct deadline *d)
{
	struct exchange *e = exchange_of_deadline(d);

	exchange_fail(e, e->backlogged ? EXCHANGE_BACKLOG_FULL : EXCHANGE_QUEUE_TIMEOUT);
}

static void exchange_on_connect_too_long(struct deadline *d)
{
	server_connect_failed(exchange_of_deadline(d)->upstream, ETIMEDOUT);
}

/* Time in which we ourselves hold the answer up is not the application's. */
static void exchange_on_silence(struct deadline *d)
{
	struct exchange *e = exchange_of_deadline(d);
	int64_t now_ms = clock_mono_ms();
	int64_t since_ms = e->upstream->paused ? now_ms : e->read_since_ms;

	if (now_ms - since_ms >= e->read_timeout_ms)
		server_failed(e->upstream, EXCHANGE_READ_TIMEOUT);
	else
		deadline_arm(&e->application->worker->deadlines, d,
			     since_ms + e->read_timeout_ms - now_ms, exchange_on_silence);
}

static void application_look(struct application *a)
{
	turn_add(&a->worker->turn, &a->dispatch);
}

void server_changed(struct server *s)
{
	application_look(s->application);
}

void exchange_start(struct exchange *e, struct application *application)
{
	e->application = application_ref(application);
	exchange_enqueue(e);
	deadline_arm(&application->worker->deadlines, &e->deadline,
		     application->settings->queue_timeout_ms, exchange_on_queued_too_long);
	application_look(application);
}

void exchange_push(struct exchange *e)
{
	if (e->upstream != NULL)
		upstream_push(e->upstream);
}

void exchange_resume(struct exchange *e)
{
	if (e->upstream != NULL)
		upstream_resume(e->upstream);
}

void exchange_stop(struct exchange *e)
{
	if (e->application == NULL)
		return;
	if (e->upstream != NULL)
		upstream_close(e->upstream);
	exchange_leave(e);
}

/* --- choosing a server --- */

/* The lower, the better; negative: not now. */
static int64_t server_rank(const struct server *s, const struct exchange *e, int64_t now_ms)
{
	const struct application *a = s->application;
	bool idle = s->idle_count > 0 && !e->repeated;
	int64_t rank;

	if (e->tried & UINT64_C(1) << s->index || s->full_until_ms > now_ms)
		return -1;
	if (!idle && s->connections - s->idle_count >= a->max_connections)
		return -1;
	rank = a->settings->balance == BALANCE_LEAST_CONNECTIONS ? s->connections - s->idle_count
								 : 0;
	return s->down_until_ms > now_ms ? rank + INT32_MAX : rank;
}

static struct server *application_choose(struct application *a, const struct exchange *e)
{
	int64_t now_ms = clock_mono_ms(), best_rank = -1, rank;
	struct server *best = NULL;
	size_t i;

	for (i = 0; i < a->server_count; i++) {
		struct server *s = &a->servers[(a->next_server + i) % a->server_count];

		rank = server_rank(s, e, now_ms);
		if (rank >= 0 && (best == NULL || rank < best_rank)) {
			best = s;
			best_rank = rank;
		}
	}
	if (best != NULL)
		a->next_server = (best->index + 1) % a->server_count;
	return best;
}

static bool application_tried_all(const struct application *a, const struct exchange *e)
{
	return e->tried == UINT64_MAX >> (64 - a->server_count);
}

/* A unix socket that we may not open is the commonest mistake of all: say who we are and what it asks. */
static void server_log_refusal(const struct server *s, int error)
{
	const char *name = s->application->settings->name;
	const struct sockaddr_un *to = (const struct sockaddr_un *)&s->address->socket;
	struct stat facts;

	if (error == EACCES && s->address->kind == ADDRESS_UNIX && stat(to->sun_path, &facts) == 0)
		log_warn(
			"",
			"application %s: cannot connect to %s: %s: we are user %u, group %u; the socket is "
			"of user %u, group %u, mode %04o",
			name, s->address->text, strerror(error), geteuid(), getegid(), facts.st_uid,
			facts.st_gid, facts.st_mode & 07777);
	else
		log_warn("", "application %s: cannot connect to %s: %s", name, s->address->text,
			 strerror(error));
}

/* Logged when it goes down, not for every request that finds it so. */
static void server_refused(struct server *s, struct exchange *e, int error)
{
	int64_t now_ms = clock_mono_ms();

	if (s->down_until_ms <= now_ms)
		server_log_refusal(s, error);
	s->down_until_ms = now_ms + APPLICATION_DOWN_MS;
	e->tried |= UINT64_C(1) << s->index;
}

/* A new connection for e; a slot is free, or an idle connection gives its own up. */
static enum upstream_opened server_connect(struct server *s, struct exchange *e)
{
	struct application *a = s->application;
	enum upstream_opened opened;

	if (s->connections >= a->max_connections)
		upstream_close(server_idle(s));
	exchange_unlink(e);
	deadline_arm(&a->worker->deadlines, &e->deadline, a->settings->connect_timeout_ms,
		     exchange_on_connect_too_long);
	opened = upstream_open(s, e);
	e->backlogged = opened == UPSTREAM_FULL;
	if (opened == UPSTREAM_OPENED)
		return opened;
	if (opened == UPSTREAM_FULL)
		s->full_until_ms = clock_mono_ms() + APPLICATION_FULL_MS;
	else
		server_refused(s, e, errno);
	exchange_enqueue_first(e);
	return opened;
}

static void application_on_retry(struct deadline *d)
{
	application_look(CONTAINER_OF(d, struct application, retry));
}

/* Give the first in the queue a connection. False when that must wait. */
static bool application_serve(struct application *a, struct exchange *e)
{
	struct server *s;
	int64_t left_ms;

	while ((s = application_choose(a, e)) != NULL) {
		if (s->idle != NULL && !e->repeated) {
			struct upstream *u = server_idle(s);

			exchange_unlink(e);
			if (upstream_reuse(u, e))
				return true;
			exchange_enqueue_first(e);
			continue;
		}
		left_ms = e->deadline.at_ms - clock_mono_ms();
		if (server_connect(s, e) == UPSTREAM_OPENED)
			return true;
		/* it waits on, by the queue's deadline */
		deadline_arm(&a->worker->deadlines, &e->deadline, left_ms,
			     exchange_on_queued_too_long);
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

/* First come, first served. Only one that is choosy, since it has tried servers or needs a fresh connection,
 * lets others by when it has to wait. Serving may end any exchange: the queue is looked at anew each time. */
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
		deadline_arm(&a->worker->deadlines, &a->retry, APPLICATION_FULL_MS,
			     application_on_retry);
	application_unref(&held);
}

/* --- fairness --- */

static bool server_waits_unfairly(const struct server *s, int64_t now_ms)
{
	return s->fresh.first != NULL &&
	       now_ms - server_oldest_fresh(s)->begun_ms > APPLICATION_FAIR_MS;
}

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
		again |= s->fresh.first != NULL;
	}
	if (again)
		deadline_arm(&a->worker->deadlines, d, APPLICATION_FAIR_MS,
			     application_on_fairness);
}

/* Did u's request overtake one that is older and still waits on a fresh connection? */
static bool server_overtaken(const struct server *s, const struct upstream *u)
{
	return server_waits_unfairly(s, clock_mono_ms()) &&
	       server_oldest_fresh(s)->begun_ms < u->begun_ms;
}

/* --- what connections report --- */

void server_begins(struct upstream *u)
{
	struct application *a = u->server->application;
	struct exchange *e = u->exchange;

	u->server->down_until_ms = 0;
	e->read_since_ms = clock_mono_ms();
	deadline_arm(&a->worker->deadlines, &e->deadline, e->read_timeout_ms, exchange_on_silence);
	if (a->max_idle > 0 && !deadline_armed(&a->fairness))
		deadline_arm(&a->worker->deadlines, &a->fairness, APPLICATION_FAIR_MS,
			     application_on_fairness);
}

/* Back to the queue, for another connection. */
static void exchange_again(struct exchange *e)
{
	struct application *a = e->application;

	e->given = false;
	exchange_enqueue_first(e);
	deadline_arm(&a->worker->deadlines, &e->deadline, a->settings->queue_timeout_ms,
		     exchange_on_queued_too_long);
	application_look(a);
}

void server_connect_failed(struct upstream *u, int error)
{
	struct exchange *e = u->exchange;

	server_refused(u->server, e, error);
	e->timed_out_connecting |= error == ETIMEDOUT;
	upstream_close(u);
	exchange_again(e);
}

static bool server_overloaded(uint8_t protocol_status)
{
	return protocol_status == FCGI_OVERLOADED || protocol_status == FCGI_CANT_MPX_CONN;
}

static void server_release(struct upstream *u, bool reusable)
{
	struct server *s = u->server;

	if (reusable && !server_overtaken(s, u) && s->idle_count < s->application->max_idle)
		upstream_keep(u);
	else if (reusable && !server_overtaken(s, u) && s->application->queue.first != NULL)
		upstream_keep(u); /* the queue takes it at the end of this turn */
	else
		upstream_close(u);
}

void server_ended(struct upstream *u, uint32_t app_status, uint8_t protocol_status, bool reusable)
{
	struct exchange *e = u->exchange;
	bool silent = !u->spoke;

	if (silent && server_overloaded(protocol_status) && e->rewindable) {
		e->tried |= UINT64_C(1) << u->server->index;
		upstream_close(u);
		exchange_again(e);
		return;
	}
	server_release(u, reusable);
	if (silent && server_overloaded(protocol_status))
		exchange_fail(e, EXCHANGE_UNREACHABLE);
	else if (silent && protocol_status == FCGI_UNKNOWN_ROLE)
		exchange_fail(e, EXCHANGE_ROLE);
	else {
		exchange_leave(e);
		e->ops->ended(e, app_status);
	}
}

/* A kept connection may have been closed by the application just as we wrote: facts that look like it, and a
 * request that can be given again. */
static bool server_may_repeat(const struct upstream *u, enum exchange_failure why)
{
	const struct exchange *e = u->exchange;

	return why == EXCHANGE_LOST && u->reused && !u->answered && !e->repeated && e->rewindable &&
	       (e->idempotent || !u->wrote);
}

void server_failed(struct upstream *u, enum exchange_failure why)
{
	struct exchange *e = u->exchange;
	bool repeat = server_may_repeat(u, why);

	upstream_close(u);
	if (repeat) {
		e->repeated = true;
		exchange_again(e);
	} else {
		exchange_fail(e, why);
	}
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
	if (a->servers == NULL) {
		free(a);
		return SG_ENOMEM;
	}
	a->references = 1;
	a->worker = worker;
	a->config = config_ref(config);
	a->settings = settings;
	a->server_count = settings->server_count;
	a->max_connections = application_share(settings->max_connections, worker);
	a->max_idle = application_share((unsigned)settings->idle_connections, worker);
	queue_init(&a->queue);
	a->dispatch.run = application_on_dispatch;
	for (i = 0; i < a->server_count; i++) {
		a->servers[i].application = a;
		a->servers[i].address = &settings->servers[i];
		a->servers[i].index = (unsigned)i;
		queue_init(&a->servers[i].fresh);
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
		while (a->servers[i].idle != NULL)
			upstream_close(server_idle(&a->servers[i]));
	turn_cancel(&a->worker->turn, &a->dispatch);
	deadline_disarm(&a->retry);
	deadline_disarm(&a->fairness);
	free(a->servers);
	config_unref(&a->config);
	free(a);
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
