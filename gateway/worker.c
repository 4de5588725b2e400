/* worker.c - one thread and its loop. */
#include "gateway/worker.h"

#include "backends/loop.h"
#include "base/doorbell.h"
#include "base/log.h"
#include "gateway/front.h"
#include "gateway/request.h"
#include "gateway/session_api.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

enum {
	WORKER_TEND_MS = 100,      /* the access log is written at the latest after this */
	WORKER_SWEEP_BATCH = 1000, /* sessions ended in one go */
	WORKER_SWEEP_AGAIN_MS = 10,
	WORKER_LAST_EVENT_TURNS = 500,
	WORKER_QUIET_MS = 100,    /* a drained worker looks again whether somebody came after all */
	WORKER_ARRIVAL_MS = 1000, /* and waits so long for the first request of who had connected */
};

/* What the main thread has said and the worker not yet done. */
struct worker_mail {
	pthread_t thread;
	pthread_mutex_t lock;
	int doorbell;
	struct event *rung;
	const struct config *config; /* a reference, or NULL */
	unsigned long generation;    /* its number */
	_Atomic unsigned long taken; /* of the one that was looked at last */
	const struct session_socket *session_socket;
	bool drain, stop;
	int64_t grace_ms;
	struct deadline grace, quiet; /* the worker's own, while draining */
	int64_t left_ms;              /* the same: since when nobody can connect */
	int ended, reloaded;          /* the main thread's doorbells */
};

static struct timeval worker_interval(int64_t ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

/* --- draining --- */

static struct front *front_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct front, link);
}

/* kept: only those connections that have had a request. */
static void worker_give_back(struct worker *w, bool kept)
{
	struct link *l, *next;

	for (l = w->fronts; l != NULL; l = next) {
		next = l->next;
		if (front_of_link(l)->asked || !kept)
			front_retire(front_of_link(l));
	}
}

/* Whoever could connect before is still to ask. */
static bool worker_expects_requests(const struct worker *w)
{
	return w->shared && clock_mono_ms() - w->mail->left_ms < WORKER_ARRIVAL_MS;
}

/* Nobody is being served: who waits in the backlog is told so, and connections are given back. */
static void worker_retire_fronts(struct worker *w)
{
	size_t i;

	for (i = 0; i < w->listener_count && !w->shared; i++)
		listener_accept(&w->listeners[i]);
	worker_give_back(w, worker_expects_requests(w));
}

static void worker_on_quiet(struct deadline *d)
{
	struct worker_mail *mail = CONTAINER_OF(d, struct worker_mail, quiet);
	struct worker *w = event_get_callback_arg(mail->rung);

	if (w->requests == 0 && w->fronts == NULL && w->session_calls == NULL) {
		event_base_loopbreak(w->loop);
		return;
	}
	if (w->requests == 0)
		worker_retire_fronts(w);
	deadline_arm(&w->deadlines, d, WORKER_QUIET_MS, worker_on_quiet);
}

static void worker_refuse_requests(struct front *f)
{
	struct request *r;

	/* the last one may take those along whose answers were cut */
	while ((r = front_running(f)) != NULL)
		request_fail(r, PROBLEM_DRAINING, "shutdown_grace is over");
}

static void worker_on_grace_over(struct deadline *d)
{
	struct worker_mail *mail = CONTAINER_OF(d, struct worker_mail, grace);
	struct worker *w = event_get_callback_arg(mail->rung);
	struct link *l, *next;

	session_api_end_calls(w); /* no answer waits for one any more */
	if (w->requests == 0) {   /* web servers that do not close */
		event_base_loopbreak(w->loop);
		return;
	}
	for (l = w->fronts; l != NULL; l = next) {
		next = l->next;
		worker_refuse_requests(front_of_link(l));
	}
	deadline_arm(&w->deadlines, d, WORKER_QUIET_MS, worker_on_grace_over);
}

/* A refused connect has web servers go to the next gateway, also with a POST, of which nothing was sent yet.
 * Who has connected already is served, once; kept connections are given back. */
static void worker_leave(struct worker *w)
{
	size_t i;

	for (i = 0; i < w->listener_count; i++)
		listener_leave(&w->listeners[i]);
	w->mail->left_ms = clock_mono_ms();
	worker_give_back(w, true);
}

/* Where nobody else has our sessions, connections are still taken, and told 503: a refused connect would
 * be an error in the web server's log, and this is an answer. */
static void worker_begin_drain(struct worker *w, int64_t grace_ms)
{
	w->draining = true;
	if (w->shared)
		worker_leave(w);
	deadline_arm(&w->deadlines, &w->mail->grace, grace_ms, worker_on_grace_over);
	deadline_arm(&w->deadlines, &w->mail->quiet, WORKER_QUIET_MS, worker_on_quiet);
}

void worker_request_ended(struct worker *w)
{
	assert(w->requests > 0);
	w->requests--;
}

/* --- mail --- */

/* From the first time on that an application needs it. */
static int worker_open_session_api(struct worker *w, const struct session_socket *socket)
{
	int rc;

	if (socket == NULL || w->session_api != NULL)
		return 0;
	if ((rc = session_api_open(w, socket, &w->session_api)) != 0)
		return rc;
	w->session_socket = socket;
	return session_notes_open(&w->session_notes, w, socket);
}

static void worker_use(struct worker *w, const struct config *config)
{
	struct generation *next;

	if (generation_open(w, config, w->generation, &next) != 0) {
		log_error("", "worker %u: out of memory: keeps its configuration", w->index);
		return;
	}
	generation_unref(&w->generation);
	w->generation = next;
}

static void worker_on_mail(evutil_socket_t fd, short what, void *ctx)
{
	struct worker *w = ctx;
	struct worker_mail *mail = w->mail;
	const struct session_socket *socket;
	const struct config *config;
	unsigned long generation;
	bool drain, stop;

	(void)what;
	doorbell_hear(fd);
	pthread_mutex_lock(&mail->lock);
	config = mail->config;
	mail->config = NULL;
	generation = mail->generation;
	socket = mail->session_socket;
	drain = mail->drain && !w->draining;
	stop = mail->stop;
	pthread_mutex_unlock(&mail->lock);
	if (config != NULL) {
		if (worker_open_session_api(w, socket) != 0)
			log_error("", "worker %u: out of memory: no session API", w->index);
		worker_use(w, config);
		config_unref(&config);
		atomic_store(&mail->taken, generation);
		doorbell_ring(mail->reloaded);
	}
	if (drain)
		worker_begin_drain(w, mail->grace_ms);
	if (stop)
		event_base_loopbreak(w->loop);
}

void worker_reload(struct worker *w, const struct config *config, unsigned long generation,
		   const struct session_socket *socket)
{
	pthread_mutex_lock(&w->mail->lock);
	config_unref(&w->mail->config);
	w->mail->config = config_ref(config);
	w->mail->generation = generation;
	w->mail->session_socket = socket;
	pthread_mutex_unlock(&w->mail->lock);
	doorbell_ring(w->mail->doorbell);
}

unsigned long worker_generation(const struct worker *w)
{
	return atomic_load(&w->mail->taken);
}

void worker_drain(struct worker *w, int64_t grace_ms)
{
	pthread_mutex_lock(&w->mail->lock);
	w->mail->drain = true;
	w->mail->grace_ms = grace_ms;
	pthread_mutex_unlock(&w->mail->lock);
	doorbell_ring(w->mail->doorbell);
}

void worker_stop(struct worker *w)
{
	pthread_mutex_lock(&w->mail->lock);
	w->mail->stop = true;
	pthread_mutex_unlock(&w->mail->lock);
	doorbell_ring(w->mail->doorbell);
}

/* --- timers --- */

static void worker_on_tend(evutil_socket_t fd, short what, void *ctx)
{
	struct worker *w = ctx;

	(void)fd;
	(void)what;
	front_relieve(w);
	meter_gauge(w->meter, w);
	if (w->index == 0)
		event_log_tend(&w->events);
	log_flush();
}

static void worker_sweep_later(struct worker *w, bool more)
{
	int64_t next_ms =
		more ? WORKER_SWEEP_AGAIN_MS : w->generation->config->store.sweep_interval_ms;
	struct timeval next = worker_interval(next_ms);

	if (event_add(w->sweep, &next) != 0)
		log_error("", "worker %u: out of memory: sessions end without a sweep from now on",
			  w->index);
}

static void worker_on_swept(void *ctx, const struct store_result *result)
{
	struct worker *w = ctx;

	w->sweeping = NULL;
	if (result->status == STORE_OK && !result->more)
		counter_set(&w->meter->swept_ms, (uint64_t)clock_mono_ms());
	if (result->count > 0)
		log_debug("", "worker %u: ended %zu sessions whose time had come", w->index,
			  result->count);
	worker_sweep_later(w, result->more);
}

static void worker_on_sweep(evutil_socket_t fd, short what, void *ctx)
{
	struct worker *w = ctx;

	(void)fd;
	(void)what;
	w->sweeping = store_expire_due(w->store, WORKER_SWEEP_BATCH, worker_on_swept, w);
	if (w->sweeping == NULL)
		worker_sweep_later(w, false);
}

/* --- the thread --- */

/* What was closed is freed at the end of a turn: have one. */
static void worker_last_turns(struct worker *w)
{
	while (w->turn.chores.first != NULL)
		event_base_loop(w->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* What has happened until now, if the store answers at once. */
static void worker_last_events(struct worker *w)
{
	unsigned turns = 0;

	if (w->index != 0 || w->events.store == NULL)
		return;
	event_log_read(&w->events);
	while (w->events.op != NULL && turns++ < WORKER_LAST_EVENT_TURNS)
		event_base_loop(w->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	event_log_stop(&w->events);
}

static void worker_close_all(struct worker *w)
{
	size_t i;

	/* what needs a generation must not run in the last turns */
	if (w->sweep != NULL)
		event_del(w->sweep);
	if (w->store != NULL)
		store_cancel(w->store, &w->sweeping);
	if (w->tend != NULL)
		event_del(w->tend);
	for (i = 0; i < w->listener_count; i++)
		listener_close(&w->listeners[i]);
	session_notes_close(&w->session_notes);
	session_api_close(&w->session_api);
	while (w->fronts != NULL)
		front_close(front_of_link(w->fronts));
	worker_last_turns(w);
	generation_unref(&w->generation);
	worker_last_turns(w);
	tickets_close(&w->tickets);
	worker_last_events(w);
}

/* For top, and for whoever measures. */
static void worker_name_thread(const struct worker *w)
{
	char name[16];

	snprintf(name, sizeof(name), "worker %u", w->index);
	pthread_setname_np(pthread_self(), name);
}

static void *worker_run(void *ctx)
{
	struct worker *w = ctx;

	worker_name_thread(w);
	/* Nobody cancels a worker. Of this type already, glibc need not make it so, and not again, around each
	 * of its system calls. What clang-tidy fears of this type cannot come: cancelling is disabled. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	/* NOLINTNEXTLINE(cert-pos47-c,concurrency-thread-canceltype-asynchronous) */
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	event_base_dispatch(w->loop);
	worker_close_all(w);
	doorbell_ring(w->mail->ended);
	log_flush();
	return NULL;
}

static void worker_free(struct worker **wp)
{
	struct worker *w = *wp;

	*wp = NULL;
	worker_close_all(w);
	store_close(&w->store);
	deadline_disarm(&w->mail->grace);
	deadline_disarm(&w->mail->quiet);
	if (w->sweep != NULL)
		event_free(w->sweep);
	if (w->tend != NULL)
		event_free(w->tend);
	if (w->mail->rung != NULL)
		event_free(w->mail->rung);
	doorbell_close(&w->mail->doorbell);
	config_unref(&w->mail->config);
	pthread_mutex_destroy(&w->mail->lock);
	deadlines_close(&w->deadlines);
	turn_close(&w->turn);
	if (w->loop != NULL)
		event_base_free(w->loop);
	free(w->listeners);
	free(w->mail);
	strangers_free(&w->strangers);
	free(w);
}

static int worker_open_timers(struct worker *w)
{
	struct timeval tend = worker_interval(WORKER_TEND_MS);
	struct timeval sweep = worker_interval(w->generation->config->store.sweep_interval_ms);

	w->tend = event_new(w->loop, -1, EV_PERSIST, worker_on_tend, w);
	w->sweep = evtimer_new(w->loop, worker_on_sweep, w);
	if (doorbell_open(&w->mail->doorbell) != 0)
		return SG_ESYSTEM;
	if (w->tend == NULL || w->sweep == NULL)
		return SG_ENOMEM;
	w->mail->rung =
		event_new(w->loop, w->mail->doorbell, EV_READ | EV_PERSIST, worker_on_mail, w);
	if (w->mail->rung == NULL || event_add(w->mail->rung, NULL) != 0 ||
	    event_add(w->tend, &tend) != 0 || event_add(w->sweep, &sweep) != 0)
		return SG_ENOMEM;
	return 0;
}

static int worker_open_listeners(struct worker *w, const struct worker_start *start)
{
	int rc = 0;

	w->listeners = calloc(start->config->listen_count, sizeof(*w->listeners));
	if (w->listeners == NULL)
		return SG_ENOMEM;
	while (rc == 0 && w->listener_count < start->config->listen_count) {
		rc = listener_open(&w->listeners[w->listener_count], w,
				   &start->config->listen[w->listener_count],
				   start->listeners[w->listener_count]);
		w->listener_count++;
	}
	return rc;
}

/* Signals are the main thread's. */
static int worker_start_thread(struct worker *w)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&w->mail->thread, NULL, worker_run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return error == 0 ? 0 : SG_ESYSTEM;
}

static int64_t worker_ask_clock(void *ctx)
{
	return turn_ask_clock(ctx);
}

/* By the turn's time: what a store is asked in one turn it answers in another. */
static int worker_meter_store(struct worker *w)
{
	const struct metered_clock clock = { &w->turn.now_us, worker_ask_clock, &w->turn };

	return metered_open(&w->store, &w->meter->store, &clock);
}

int worker_open(const struct worker_start *start, struct worker **out)
{
	struct worker *w = calloc(1, sizeof(*w));
	int rc = SG_ENOMEM;

	if (w == NULL)
		return SG_ENOMEM;
	w->mail = calloc(1, sizeof(*w->mail));
	if (w->mail == NULL) {
		free(w);
		return SG_ENOMEM;
	}
	pthread_mutex_init(&w->mail->lock, NULL);
	w->mail->doorbell = -1;
	w->mail->ended = start->ended;
	w->mail->reloaded = start->reloaded;
	w->mail->taken = 1;
	w->index = start->index;
	w->count = start->config->workers;
	w->tally = start->tally;
	w->meter = start->meter;
	w->decisions = start->decisions;
	tickets_open(&w->tickets, &w->deadlines, &w->turn);
	w->observer = start->observer;
	w->shared = backend_is_shared(start->backend);
	queue_init(&w->idle_fronts);
	queue_init(&w->stalled_fronts);
	w->loop = loop_new();
	if (w->loop != NULL && (rc = turn_open(&w->turn, w->loop)) == 0 &&
	    (rc = deadlines_open(&w->deadlines, &w->turn, w->loop)) == 0 &&
	    (rc = backend_connect(start->backend, w->loop, &w->store)) == 0 &&
	    (rc = worker_meter_store(w)) == 0 &&
	    (rc = generation_open(w, start->config, NULL, &w->generation)) == 0 &&
	    (rc = worker_open_timers(w)) == 0 && (rc = worker_open_listeners(w, start)) == 0 &&
	    (rc = worker_open_session_api(w, start->session_socket)) == 0) {
		w->events.store = w->tickets.store = w->store;
		w->events.news = start->news;
		w->events.outbox = start->outbox;
		if ((rc = event_log_open(&w->events, w->loop)) == 0)
			rc = worker_start_thread(w);
	}
	if (rc != 0)
		worker_free(&w);
	else
		*out = w;
	return rc;
}

void worker_join(struct worker **w)
{
	pthread_join((*w)->mail->thread, NULL);
	worker_free(w);
}
