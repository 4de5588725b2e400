/* gateway.c - the process. */
#include "gateway/gateway.h"

#include "backends/backend.h"
#include "backends/sealed.h"
#include "base/block.h"
#include "base/log.h"
#include "base/url.h"
#include "gateway/event_log.h"
#include "gateway/listener.h"
#include "gateway/notify.h"
#include "gateway/observe_socket.h"
#include "gateway/observer.h"
#include "gateway/session_api.h"
#include "gateway/session_socket.h"
#include "gateway/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	GATEWAY_SIGNALS = 5,
	GATEWAY_OWN_DESCRIPTORS = 24,   /* the main loop, the log, a few spool files */
	GATEWAY_WORKER_DESCRIPTORS = 4, /* a worker's loop and doorbell */
	GATEWAY_FEWEST_CONNECTIONS = 2, /* one from a web server, one to an application */
	GATEWAY_TRIM_S = 1,
	GATEWAY_TRIM_BYTES = 8 * 1024 * 1024, /* freed since the peak: worth giving back */
	GATEWAY_TRIM_LAST_S = 32,
	GATEWAY_MMAP_BYTES = 256 * 1024,
};

struct gateway {
	const struct config_arguments *arguments;
	const struct config *config; /* the newest; a reference */
	const struct config
		*started; /* the one whose listeners, workers and store we have; a reference */
	struct backend *backend;
	struct tally tally;
	int *listeners; /* fds, beside started->listen */
	struct session_sockets session_sockets;
	struct observer *observer;
	struct observe_socket observe_socket;
	struct worker **workers; /* beside started->workers */
	struct event_base *loop; /* of signals, and nothing else */
	struct event *signals[GATEWAY_SIGNALS];
	int ended; /* an eventfd that counts workers */
	struct event *on_ended;
	uint64_t ended_count;
	struct event *trim;
	uint64_t peak_bytes; /* of buffers, since they were last given back */
	unsigned trim_pause_s;
	unsigned trim_due_s; /* the next one after a rush; 0: none */
	bool draining;
	bool hidden; /* nobody new finds our sockets; what is there now may be another process's */
};

/* --- descriptors --- */

/* What applications may need of them at the most. */
static rlim_t gateway_application_descriptors(const struct config *c)
{
	rlim_t count = 0;
	size_t i;

	for (i = 0; i < c->application_count; i++)
		count += c->applications[i].server_count * c->applications[i].max_connections;
	return count < c->limits.requests ? count : c->limits.requests;
}

/* As many callers of the session API as there can be requests that have a ticket, or as it takes. */
static rlim_t gateway_session_api_descriptors(const struct config *c, unsigned workers)
{
	rlim_t callers = (rlim_t)workers * (SESSION_API_CONNECTIONS + 1);

	if (!session_sockets_wanted(c))
		return 0;
	return callers < c->limits.requests ? callers : c->limits.requests;
}

/* The limit raised to what is wanted, or as far as is allowed; 0: nobody says. */
static rlim_t gateway_raise_descriptors(rlim_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur >= wanted)
		return limit.rlim_cur;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

/* Where there are too few, web servers' connections wait in the backlog before applications' are
 * wanting: a request that is taken must get on. */
static void gateway_share_descriptors(struct gateway *g)
{
	const struct config *c = g->config;
	rlim_t applications = gateway_application_descriptors(c);
	rlim_t own = GATEWAY_OWN_DESCRIPTORS + g->started->listen_count +
		     (rlim_t)g->started->workers * GATEWAY_WORKER_DESCRIPTORS +
		     gateway_session_api_descriptors(c, g->started->workers);
	rlim_t wanted = c->limits.max_connections + applications + own;
	rlim_t allowed = gateway_raise_descriptors(wanted), left;

	if (allowed == 0 || allowed >= wanted) {
		atomic_store(&g->tally.descriptors, UINT64_MAX);
		return;
	}
	left = allowed > own + GATEWAY_FEWEST_CONNECTIONS ? allowed - own
							  : GATEWAY_FEWEST_CONNECTIONS;
	left -= applications < left / 2 ? applications : left / 2;
	atomic_store(&g->tally.descriptors, left);
	log_warn(
		"",
		"%llu descriptors are allowed, these limits may need %llu: of web servers' connections "
		"all beyond %llu wait",
		(unsigned long long)allowed, (unsigned long long)wanted, (unsigned long long)left);
}

/* --- memory --- */

/* malloc keeps what is freed below something that lives on: after a rush the process would stay as
 * large as it ever was. */
static void gateway_trim(struct gateway *g, uint64_t bytes)
{
	malloc_trim(0);
	g->peak_bytes = bytes;
}

/* Blocks are only what is easy to count, and a rush ends slowly: the connections it came on, and the last
 * of its blocks, are freed after what was worth a trim. So there are a few more, each twice as long after
 * the one before. */
static void gateway_trim_after(struct gateway *g, unsigned pause_s)
{
	g->trim_pause_s = pause_s <= GATEWAY_TRIM_LAST_S ? pause_s : 0;
	g->trim_due_s = g->trim_pause_s;
}

static void gateway_on_trim(evutil_socket_t fd, short what, void *ctx)
{
	struct gateway *g = ctx;
	uint64_t bytes = block_bytes(), peak = block_peak();

	(void)fd;
	(void)what;
	if (peak < bytes)
		peak = bytes;
	if (peak > g->peak_bytes)
		g->peak_bytes = peak;
	if (g->peak_bytes - bytes >= GATEWAY_TRIM_BYTES) {
		gateway_trim(g, bytes);
		gateway_trim_after(g, GATEWAY_TRIM_S);
	} else if (g->trim_due_s > 0 && (g->trim_due_s -= GATEWAY_TRIM_S) == 0) {
		gateway_trim(g, bytes);
		gateway_trim_after(g, 2 * g->trim_pause_s);
	}
}

/* Large blocks come straight from the system and go straight back. malloc would raise that mark with
 * each of them that is freed, up to 32 MiB, and keep the next ones in its heap. */
static int gateway_watch_memory(struct gateway *g)
{
	static const struct timeval interval = { .tv_sec = GATEWAY_TRIM_S };

	mallopt(M_MMAP_THRESHOLD, GATEWAY_MMAP_BYTES);
	block_limit(g->started->limits.memory_bytes);
	g->trim = event_new(g->loop, -1, EV_PERSIST, gateway_on_trim, g);
	return g->trim != NULL && event_add(g->trim, &interval) == 0 ? 0 : SG_ENOMEM;
}

/* --- reloading --- */

static void gateway_log_report(const struct buffer *report, enum log_level level)
{
	struct slice rest = buffer_content(report), line;

	while (rest.len > 0) {
		slice_cut(&rest, '\n', &line);
		if (line.len > 0)
			log_line(level, "", "%.*s", SLICE_ARGS(line));
	}
}

static void gateway_warn_of_restart(struct gateway *g)
{
	/* the session API's sockets may be younger than the rest, or still to come */
	const struct config *sockets =
		g->session_sockets.config != NULL ? g->session_sockets.config : g->config;
	struct config in_effect = { .references = 0 };
	struct buffer paths = { 0 };

	/* not the count of its references, which the workers move */
	memcpy(&in_effect, g->started, offsetof(struct config, references));
	in_effect.listen_session_api = sockets->listen_session_api;
	in_effect.listen_session_api_count = sockets->listen_session_api_count;
	if (config_restart_required(&in_effect, g->config, &paths) == 0 && buffer_len(&paths) > 0)
		log_warn("", "these settings need a restart: %.*s",
			 SLICE_ARGS(buffer_content(&paths)));
	buffer_fini(&paths);
}

/* From the first time on that an application needs them. */
static int gateway_open_session_api(struct gateway *g, const struct config *config)
{
	if (g->session_sockets.each != NULL || !session_sockets_wanted(config))
		return 0;
	return session_sockets_open(&g->session_sockets, config, g->started->workers);
}

static const struct session_socket *gateway_session_socket(const struct gateway *g, unsigned worker)
{
	return g->session_sockets.each != NULL ? &g->session_sockets.each[worker] : NULL;
}

/* Without it the report is in the log alone. */
static void gateway_open_observe_socket(struct gateway *g)
{
	if (g->observe_socket.readable != NULL || !observe_socket_wanted(g->config))
		return;
	if (observe_socket_open(&g->observe_socket, g->loop, config_file(g->arguments),
				g->observer) != 0)
		log_warn("", "--observe-report will find no answer here: %s", strerror(errno));
}

static void gateway_use(struct gateway *g, const struct config *config)
{
	unsigned i;

	config_unref(&g->config);
	g->config = config;
	gateway_share_descriptors(g);
	block_limit(config->limits.memory_bytes);
	for (i = 0; i < g->started->workers; i++)
		worker_reload(g->workers[i], config, gateway_session_socket(g, i));
	gateway_open_observe_socket(g);
	gateway_warn_of_restart(g);
	log_info("", "configuration reloaded");
}

static void gateway_reload(struct gateway *g)
{
	struct buffer report = { 0 };
	const struct config *next;
	int rc;

	notify("RELOADING=1");
	rc = config_load(g->arguments, &report, &next);
	gateway_log_report(&report, rc == 0 ? LOG_WARN : LOG_ERROR);
	buffer_fini(&report);
	if (rc == 0 && (rc = gateway_open_session_api(g, next)) != 0)
		config_unref(&next);
	if (rc == 0 && (rc = log_open(next->log.to, next->log.level, next->log.format)) != 0) {
		log_error("", "log.to: cannot open %s: %s", next->log.to, strerror(errno));
		config_unref(&next);
	}
	if (rc == 0)
		gateway_use(g, next);
	else
		log_error("", "reload refused, everything stays as it was: %s", error_text(rc));
	notify("READY=1");
}

/* --- ending --- */

/* Before the workers take the last who have found us. */
static void gateway_hide(struct gateway *g)
{
	size_t i;

	for (i = 0; i < g->started->listen_count; i++)
		listener_hide(&g->started->listen[i]);
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
			gateway_reload(g);
		break;
	case SIGUSR1:
		if (log_reopen() != 0)
			log_error("", "log.to: cannot reopen: %s", strerror(errno));
		gateway_log_totals(g);
		break;
	default:
		gateway_end(g);
	}
}

/* The loop ends when the last worker has. */
static void gateway_on_ended(evutil_socket_t fd, short what, void *ctx)
{
	struct gateway *g = ctx;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		g->ended_count += count;
	if (g->ended_count >= g->started->workers)
		event_base_loopbreak(g->loop);
}

/* --- starting --- */

static int gateway_watch_workers(struct gateway *g)
{
	g->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (g->ended < 0) {
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
	const char *what = "";
	size_t i;

	g->listeners = malloc(c->listen_count * sizeof(*g->listeners));
	if (g->listeners == NULL)
		return SG_ENOMEM;
	for (i = 0; i < c->listen_count; i++)
		g->listeners[i] = -1;
	for (i = 0; i < c->listen_count; i++) {
		if (listener_bind(&c->listen[i], &g->listeners[i], &what) != 0) {
			log_error("", "cannot %s %s: %s", what, c->listen[i].address.text,
				  strerror(errno));
			return SG_ESYSTEM;
		}
		log_info("", "listening on %s", c->listen[i].address.text);
	}
	return 0;
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
			.observer = g->observer,
			.listeners = g->listeners,
			.session_socket = gateway_session_socket(g, i),
			.ended = g->ended,
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
		gateway_open_observe_socket(g);
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
	const struct backend_settings settings = {
		.url = slice_from(store->url),
		.now = clock_wall_coarse_ms,
		.namespace = slice_from(store->namespace),
		.timeout_ms = store->timeout_ms,
		.confirm_replicas = store->confirm_replicas,
		.sealed = store->encryption_key_count > 0,
		.tls = {
			.ca = store->tls.ca,
			.certificate = store->tls.certificate,
			.key = store->tls.key,
			.verify = store->tls.verify,
		},
	};
	int rc = backend_open(&settings, &g->backend);

	if (rc != 0 || store->encryption_key_count == 0)
		return rc;
	return sealed_open(&g->backend, store->encryption_keys, store->encryption_key_count);
}

static int gateway_open(struct gateway *g)
{
	const struct config *c = g->started;
	int rc;

	gateway_share_descriptors(g);
	if ((rc = gateway_watch_signals(g)) != 0 || (rc = gateway_watch_memory(g)) != 0 ||
	    (rc = gateway_watch_workers(g)) != 0 || (rc = gateway_observe(g)) != 0 ||
	    (rc = gateway_open_backend(g, &c->store)) != 0 || (rc = gateway_listen(g)) != 0 ||
	    (rc = gateway_open_session_api(g, c)) != 0 || (rc = gateway_start_workers(g)) != 0)
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
	size_t i;

	if (g->workers != NULL)
		gateway_join_workers(g);
	for (i = 0; g->listeners != NULL && i < g->started->listen_count; i++)
		listener_unbind(&g->started->listen[i], g->hidden, &g->listeners[i]);
	session_sockets_close(&g->session_sockets);
	if (g->backend != NULL) {
		gateway_log_totals(g);
		backend_close(&g->backend);
	}
	observe_socket_close(&g->observe_socket);
	observer_free(&g->observer);
	for (i = 0; i < GATEWAY_SIGNALS; i++)
		if (g->signals[i] != NULL)
			event_free(g->signals[i]);
	if (g->on_ended != NULL)
		event_free(g->on_ended);
	if (g->trim != NULL)
		event_free(g->trim);
	if (g->ended >= 0)
		close(g->ended);
	if (g->loop != NULL)
		event_base_free(g->loop);
	config_unref(&g->config);
	config_unref(&g->started);
	free(g->listeners);
	free(g->workers);
}

int gateway_run(const struct config_arguments *arguments, const struct config *config)
{
	struct gateway g = {
		.arguments = arguments,
		.config = config_ref(config),
		.started = config_ref(config),
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
