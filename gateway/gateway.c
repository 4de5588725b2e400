/* gateway.c - the process. */
#include "gateway/gateway.h"

#include "backends/backend.h"
#include "backends/sealed.h"
#include "base/block.h"
#include "base/doorbell.h"
#include "base/log.h"
#include "base/url.h"
#include "gateway/checkup.h"
#include "gateway/config_store.h"
#include "gateway/descriptors.h"
#include "gateway/event_log.h"
#include "gateway/gateway_parts.h"
#include "gateway/gateway_reload.h"
#include "gateway/in_force.h"
#include "gateway/listeners.h"
#include "gateway/notify.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* --- ending --- */

/* Before the workers take the last who have found us. */
static void gateway_hide(struct gateway *g)
{
	listeners_hide(g->started->listen, g->started->listen_count);
	g->hidden = true;
}

static void gateway_end(struct gateway *g)
{
	unsigned i;

	if (g->draining)
		log_warn("", "ending at once");
	else
		log_info("", "draining: running requests are finished, new ones refused");
	notify("STOPPING=1");
	if (!g->hidden && backend_is_shared(g->backend))
		gateway_hide(g);
	if (g->admin != NULL)
		admin_drain(g->admin);
	g->grace_over_ms = clock_mono_ms() + (g->draining ? 0 : g->config->shutdown_grace_ms);
	if (g->finishing)
		admin_finish(g->admin, g->grace_over_ms);
	for (i = 0; i < g->started->workers; i++) {
		if (g->draining)
			worker_stop(g->workers[i]);
		else
			worker_drain(g->workers[i], g->config->shutdown_grace_ms);
	}
	g->draining = true;
}

/* How often what happened since the start. */
static void gateway_log_totals(struct gateway *g)
{
	event_log_totals(backend_counts(g->backend));
	log_info("", "totals saves_left_out=%llu tokens_stale=%llu",
		 (unsigned long long)tally_get(&g->tally.saves_left_out),
		 (unsigned long long)tally_get(&g->tally.tokens_stale));
	observer_log_totals(g->observer);
}

static void gateway_on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct gateway *g = ctx;

	(void)what;
	switch (number) {
	case SIGHUP:
		if (!g->draining)
			gateway_reload_by_signal(g);
		break;
	case SIGUSR1:
		if (log_reopen() != 0)
			log_error("", "log.to: cannot reopen: %s", strerror(errno));
		if (g->admin != NULL)
			admin_reopen(g->admin);
		gateway_log_totals(g);
		break;
	default:
		gateway_end(g);
	}
}

/* The workers have ended: what they have told is told on. */
static void gateway_finish(struct gateway *g)
{
	if (g->finishing)
		return;
	g->finishing = true;
	admin_finish(g->admin, g->grace_over_ms);
}

/* The loop ends when the last worker has, and the admin API after them. */
static void gateway_on_ended(evutil_socket_t fd, short what, void *ctx)
{
	struct gateway *g = ctx;

	(void)what;
	g->ended_count += doorbell_hear(fd);
	if (g->ended_count < g->started->workers)
		return;
	if (g->admin != NULL && g->ended_count == g->started->workers)
		gateway_finish(g);
	else
		event_base_loopbreak(g->loop);
}

/* --- starting --- */

static int gateway_watch_workers(struct gateway *g)
{
	if (doorbell_open(&g->ended) != 0) {
		log_error("", "eventfd: %s", strerror(errno));
		return SG_ESYSTEM;
	}
	g->on_ended = event_new(g->loop, g->ended, EV_READ | EV_PERSIST, gateway_on_ended, g);
	return g->on_ended != NULL && event_add(g->on_ended, NULL) == 0 ? 0 : SG_ENOMEM;
}

static int gateway_watch_signals(struct gateway *g)
{
	static const int numbers[GATEWAY_SIGNALS] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1 };
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	g->loop = event_base_new();
	for (i = 0; g->loop != NULL && i < GATEWAY_SIGNALS; i++) {
		g->signals[i] = evsignal_new(g->loop, numbers[i], gateway_on_signal, g);
		if (g->signals[i] == NULL || event_add(g->signals[i], NULL) != 0)
			return SG_ENOMEM;
	}
	return g->loop != NULL ? 0 : SG_ENOMEM;
}

static int gateway_listen(struct gateway *g)
{
	const struct config *c = g->started;
	/* whoever finds us by listen finds the API, too */
	int rc = listeners_open(c->admin.listen, c->admin.listen_count, "admin API",
				&g->admin_listeners);

	return rc == 0 ? listeners_open(c->listen, c->listen_count, "listening", &g->listeners)
		       : rc;
}

static int gateway_open_admin(struct gateway *g)
{
	struct admin_start start = {
		.backend = g->backend,
		.news = g->news,
		.outbox = g->outbox,
		.audit_to = g->started->admin.audit_file,
		.listeners = g->admin_listeners,
		.listener_count = g->started->admin.listen_count,
		.source = meters_source(&g->meters, g->backend),
		.reloader = { &g->reloads, reloads_ask },
		.ended = g->ended,
	};
	int rc;

	if (start.listener_count == 0)
		return 0;
	start.source.examine = checkup_examine;
	start.source.decisions = decisions_source(&g->decisions);
	start.tls = g->started->admin.tls;
	if ((rc = in_force_terms(g->config, g->started, g->session_sockets.config, g->generation,
				 &start.terms)) != 0)
		return rc;
	rc = admin_open(&start, &g->admin);
	if (rc == SG_ESYSTEM)
		log_error("", "cannot start the admin API: %s", strerror(errno));
	return rc;
}

/* What the workers fill from their beginning on, for those who ask the API. */
static int gateway_open_news(struct gateway *g)
{
	const struct config_admin *admin = &g->started->admin;
	int rc = 0;

	if (admin->listen_count > 0 && (rc = news_new(admin->events_kept, &g->news)) == 0)
		rc = decisions_set_open(&g->decisions, g->started->workers);
	return rc == 0 ? outbox_new(g->news, backend_is_shared(g->backend), &g->outbox) : rc;
}

static int gateway_start_workers(struct gateway *g)
{
	unsigned i;
	int rc;

	g->workers = calloc(g->started->workers, sizeof(struct worker *));
	if (g->workers == NULL)
		return SG_ENOMEM;
	for (i = 0; i < g->started->workers; i++) {
		struct worker_start start = {
			.index = i,
			.config = g->started,
			.backend = g->backend,
			.tally = &g->tally,
			.meter = &g->meters.each[i],
			.decisions = decisions_of(&g->decisions, i),
			.observer = g->observer,
			.listeners = g->listeners,
			.session_socket = session_sockets_of(&g->session_sockets, i),
			.news = i == 0 ? g->news : NULL,
			.outbox = i == 0 ? g->outbox : NULL,
			.ended = g->ended,
			.reloaded = g->reloads.bell,
		};

		if ((rc = worker_open(&start, &g->workers[i])) != 0) {
			log_error("", "cannot start worker %u: %s", i,
				  rc == SG_ESYSTEM ? strerror(errno) : error_text(rc));
			return rc;
		}
	}
	return 0;
}

/* Before anybody can be served: who has been, finds himself in the report. */
static int gateway_observe(struct gateway *g)
{
	int rc = observer_new(&g->observer);

	if (rc == 0)
		observe_socket_open(&g->observe_socket, g->loop, g->config,
				    config_file(g->arguments), g->observer);
	return rc;
}

/* Without the passwords of a store's URL. */
static int gateway_say_store(const struct config *c)
{
	struct buffer url = { 0 };
	int rc = url_mask(slice_from(c->store.url), &url);

	if (rc == 0)
		log_info("", "node %s keeps sessions in %.*s%s", c->node,
			 SLICE_ARGS(buffer_content(&url)),
			 c->store.encryption_key_count > 0 ? ", values encrypted" : "");
	buffer_fini(&url);
	return rc;
}

static int gateway_open_backend(struct gateway *g, const struct config_store *store)
{
	const bool sealed = store->encryption_key_count > 0;
	int rc = config_store_open(store, g->started->node, sealed, &g->backend);

	if (rc != 0 || !sealed)
		return rc;
	return sealed_open(&g->backend, store->encryption_keys, store->encryption_key_count);
}

static int gateway_open_meters(struct gateway *g)
{
	g->meters.sweep_interval_ms = g->started->store.sweep_interval_ms;
	return meters_open(&g->meters, g->started->workers, &g->tally);
}

static int gateway_open(struct gateway *g)
{
	const struct config *c = g->started;
	int rc;

	atomic_store(&g->tally.descriptors, descriptors_share(c, c));
	block_limit(c->limits.memory_bytes);
	if ((rc = gateway_watch_signals(g)) != 0 || (rc = trim_open(&g->trim, g->loop)) != 0 ||
	    (rc = gateway_watch_workers(g)) != 0 || (rc = gateway_reload_open(g)) != 0 ||
	    (rc = gateway_observe(g)) != 0 || (rc = gateway_open_meters(g)) != 0 ||
	    (rc = gateway_open_backend(g, &c->store)) != 0 || (rc = gateway_listen(g)) != 0 ||
	    (rc = session_sockets_open(&g->session_sockets, c, c->workers)) != 0 ||
	    (rc = gateway_open_news(g)) != 0 || (rc = gateway_start_workers(g)) != 0 ||
	    (rc = gateway_open_admin(g)) != 0)
		return rc;
	return gateway_say_store(c);
}

/* The first one last: it tells what the others did. */
static void gateway_join_workers(struct gateway *g)
{
	unsigned i;

	for (i = 0; i < g->started->workers; i++)
		if (g->workers[i] != NULL)
			worker_stop(g->workers[i]);
	for (i = g->started->workers; i-- > 0;)
		if (g->workers[i] != NULL)
			worker_join(&g->workers[i]);
}

static void gateway_close(struct gateway *g)
{
	const struct config *c = g->started;
	size_t i;

	if (g->workers != NULL)
		gateway_join_workers(g);
	admin_close(&g->admin);
	reloads_close(&g->reloads);
	outbox_free(&g->outbox);
	news_free(&g->news);
	listeners_close(c->admin.listen, c->admin.listen_count, false, &g->admin_listeners);
	listeners_close(c->listen, c->listen_count, g->hidden, &g->listeners);
	session_sockets_close(&g->session_sockets);
	if (g->backend != NULL) {
		gateway_log_totals(g);
		backend_close(&g->backend);
	}
	meters_close(&g->meters);
	decisions_set_close(&g->decisions);
	observe_socket_close(&g->observe_socket);
	observer_free(&g->observer);
	for (i = 0; i < GATEWAY_SIGNALS; i++)
		if (g->signals[i] != NULL)
			event_free(g->signals[i]);
	if (g->on_ended != NULL)
		event_free(g->on_ended);
	trim_close(&g->trim);
	doorbell_close(&g->ended);
	if (g->loop != NULL)
		event_base_free(g->loop);
	config_unref(&g->config);
	config_unref(&g->started);
	free(g->workers);
}

int gateway_run(const struct config_arguments *arguments, const struct config *config)
{
	struct gateway g = {
		.arguments = arguments,
		.config = config_ref(config),
		.started = config_ref(config),
		.generation = 1,
		.ended = -1,
	};
	int rc = gateway_open(&g);

	if (rc == 0) {
		notify("READY=1");
		if (event_base_dispatch(g.loop) < 0) {
			log_error("", "the signal loop died: %s", strerror(errno));
			rc = SG_ESYSTEM;
		}
	} else if (rc != SG_ESYSTEM) { /* which was told where it happened */
		log_error("", "could not start: %s", error_text(rc));
	}
	gateway_close(&g);
	return rc;
}
