/* admin.c - see admin.h. */
#include "rest/admin.h"

#include "backends/loop.h"
#include "base/doorbell.h"
#include "base/log.h"
#include "rest/audit.h"
#include "rest/configuration.h"
#include "rest/daemon.h"
#include "rest/event_view.h"
#include "rest/stream.h"
#include "rest/webhook.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { ADMIN_NEWS = 64 };

struct admin {
	struct desk desk;
	struct daemon **daemons;
	size_t daemon_count;
	struct event *tick;
	struct event *news; /* there is some */
	pthread_t thread;

	/* what the main thread has said and the other not yet done */
	pthread_mutex_t lock;
	int doorbell;
	struct event *rung;
	struct desk_terms *next; /* NULL: no new ones */
	struct link *reloaded;   /* struct reload */
	bool drain, stop, reopen, finish;
	int64_t until_ms; /* with finish */
	int ended;        /* the main thread's doorbell */

	bool finishing; /* the thread's own */
};

/* --- settings --- */

static struct desk_terms *terms_new(const struct admin_terms *terms)
{
	struct desk_terms *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		terms->release(terms->owner);
		return NULL;
	}
	t->references = 1;
	t->terms = *terms;
	return t;
}

struct desk_terms *desk_terms_ref(struct desk_terms *t)
{
	t->references++;
	return t;
}

void desk_terms_unref(struct desk_terms **tp)
{
	struct desk_terms *t = *tp;

	*tp = NULL;
	if (t == NULL || --t->references > 0)
		return;
	t->terms.release(t->terms.owner);
	free(t);
}

static void admin_use(struct admin *a, struct desk_terms *next)
{
	desk_terms_unref(&a->desk.terms);
	a->desk.terms = next;
	streams_reload(&a->desk);
	if (webhooks_reload(a->desk.webhooks) != 0)
		log_error("", "admin.webhooks: out of memory: some are not served");
}

/* --- news --- */

static void admin_tell_one(struct admin *a, const struct news_item *item)
{
	const char *node = a->desk.terms->terms.settings->node;
	struct buffer json = { 0 };

	if (event_view_write(item, node, &json) == 0) {
		streams_tell(&a->desk, item, buffer_content(&json));
		webhooks_tell(a->desk.webhooks, item, buffer_content(&json));
	} else {
		log_error("", "admin: out of memory: an event is not told");
	}
	buffer_fini(&json);
}

static void admin_tell_news(struct admin *a)
{
	const struct news_item *items[ADMIN_NEWS];
	size_t count;

	news_hush(a->desk.news);
	while ((count = news_read(a->desk.news, &a->desk.told, ADMIN_NEWS, items)) > 0) {
		for (size_t i = 0; i < count; i++) {
			admin_tell_one(a, items[i]);
			a->desk.told++;
			news_unref(&items[i]);
		}
	}
}

static void admin_on_news(evutil_socket_t fd, short what, void *ctx)
{
	struct admin *a = ctx;
	uint64_t answered =
		news_answered(a->desk.news); /* first: what comes later may be added later */

	(void)fd;
	(void)what;
	admin_tell_news(a);
	desk_hear(&a->desk, answered);
}

/* --- the end --- */

static void admin_go_on_finishing(struct admin *a)
{
	int64_t until_ms;

	pthread_mutex_lock(&a->lock);
	until_ms = a->until_ms;
	pthread_mutex_unlock(&a->lock);
	if (webhooks_idle(a->desk.webhooks) || clock_mono_ms() >= until_ms)
		event_base_loopbreak(a->desk.loop);
}

static void admin_begin_finishing(struct admin *a)
{
	a->finishing = true;
	admin_tell_news(a);
	webhooks_finish(a->desk.webhooks);
}

/* --- mail --- */

static struct reload *reload_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct reload, link);
}

/* NULL: there is none. */
static struct reload *admin_next_reloaded(struct admin *a)
{
	struct reload *r = NULL;

	pthread_mutex_lock(&a->lock);
	if (a->reloaded != NULL) {
		r = reload_of_link(a->reloaded);
		link_remove(&r->link);
	}
	pthread_mutex_unlock(&a->lock);
	return r;
}

/* Each is another call's: their order is nobody's. */
static void admin_answer_reloaded(struct admin *a)
{
	struct reload *r;

	while ((r = admin_next_reloaded(a)) != NULL)
		configuration_reloaded(&r);
}

static void admin_on_mail(evutil_socket_t fd, short what, void *ctx)
{
	struct admin *a = ctx;
	struct desk_terms *next;
	bool stop, reopen, finish;

	(void)what;
	doorbell_hear(fd);
	pthread_mutex_lock(&a->lock);
	next = a->next;
	a->next = NULL;
	a->desk.draining = a->drain;
	stop = a->stop;
	finish = a->finish && !a->finishing;
	reopen = a->reopen;
	a->reopen = false;
	pthread_mutex_unlock(&a->lock);
	if (next != NULL)
		admin_use(a, next);
	admin_answer_reloaded(a);
	if (reopen)
		audit_reopen(a->desk.audit);
	if (finish)
		admin_begin_finishing(a);
	if (a->finishing)
		admin_go_on_finishing(a);
	if (stop)
		event_base_loopbreak(a->desk.loop);
}

void admin_reload(struct admin *a, const struct admin_terms *terms)
{
	struct desk_terms *next = terms_new(terms);

	if (next == NULL) {
		log_error("", "admin: out of memory: keeps its settings");
		return;
	}
	pthread_mutex_lock(&a->lock);
	desk_terms_unref(&a->next);
	a->next = next;
	pthread_mutex_unlock(&a->lock);
	doorbell_ring(a->doorbell);
}

void admin_reloaded(struct admin *a, struct reload *reload)
{
	pthread_mutex_lock(&a->lock);
	link_push(&a->reloaded, &reload->link);
	pthread_mutex_unlock(&a->lock);
	doorbell_ring(a->doorbell);
}

void admin_reopen(struct admin *a)
{
	pthread_mutex_lock(&a->lock);
	a->reopen = true;
	pthread_mutex_unlock(&a->lock);
	doorbell_ring(a->doorbell);
}

void admin_drain(struct admin *a)
{
	pthread_mutex_lock(&a->lock);
	a->drain = true;
	pthread_mutex_unlock(&a->lock);
	doorbell_ring(a->doorbell);
}

/* --- the thread --- */

static void admin_on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct admin *a = ctx;

	(void)fd;
	(void)what;
	desk_tick(&a->desk);
	pace_tick(&a->desk.pace, &a->desk.source, clock_mono_ms());
	streams_tick(&a->desk);
	webhooks_tick(a->desk.webhooks);
	for (size_t i = 0; i < a->daemon_count; i++)
		daemon_tick(a->daemons[i]);
	if (a->finishing)
		admin_go_on_finishing(a);
	log_flush();
}

static void admin_hang_up(struct admin *a)
{
	for (size_t i = 0; i < a->daemon_count; i++)
		daemon_close(&a->daemons[i]);
	a->daemon_count = 0;
}

static void *admin_run(void *ctx)
{
	struct admin *a = ctx;

	pthread_setname_np(pthread_self(), "admin");
	event_base_dispatch(a->desk.loop);
	admin_hang_up(a);
	log_flush();
	doorbell_ring(a->ended);
	return NULL;
}

/* Their callers have gone. */
static void admin_free_reloaded(struct admin *a)
{
	while (a->reloaded != NULL) {
		struct reload *r = reload_of_link(a->reloaded);

		link_remove(&r->link);
		reload_free(&r);
	}
}

static void admin_free(struct admin **ap)
{
	struct admin *a = *ap;

	*ap = NULL;
	admin_hang_up(a);
	admin_free_reloaded(a);
	webhooks_close(&a->desk.webhooks);
	store_close(&a->desk.store);
	if (a->tick != NULL)
		event_free(a->tick);
	if (a->rung != NULL)
		event_free(a->rung);
	if (a->news != NULL)
		event_free(a->news);
	doorbell_close(&a->doorbell);
	if (a->desk.loop != NULL)
		event_base_free(a->desk.loop);
	desk_terms_unref(&a->next);
	desk_terms_unref(&a->desk.terms);
	pthread_mutex_destroy(&a->lock);
	audit_close(&a->desk.audit);
	free(a->daemons);
	free(a);
}

static int admin_open_events(struct admin *a)
{
	static const struct timeval interval = { .tv_usec = DESK_TICK_MS * 1000L };

	if (doorbell_open(&a->doorbell) != 0)
		return SG_ESYSTEM;
	a->rung = event_new(a->desk.loop, a->doorbell, EV_READ | EV_PERSIST, admin_on_mail, a);
	a->tick = event_new(a->desk.loop, -1, EV_PERSIST, admin_on_tick, a);
	a->news = event_new(a->desk.loop, news_bell(a->desk.news), EV_READ | EV_PERSIST,
			    admin_on_news, a);
	if (a->rung == NULL || a->tick == NULL || a->news == NULL ||
	    event_add(a->rung, NULL) != 0 || event_add(a->news, NULL) != 0 ||
	    event_add(a->tick, &interval) != 0)
		return SG_ENOMEM;
	return 0;
}

static int admin_open_listeners(struct admin *a, const struct admin_start *start,
				const struct credentials *credentials)
{
	int rc = 0;

	a->daemons = calloc(start->listener_count, sizeof(struct daemon *));
	if (a->daemons == NULL)
		return SG_ENOMEM;
	while (rc == 0 && a->daemon_count < start->listener_count) {
		rc = daemon_open(&a->desk, start->listeners[a->daemon_count], credentials,
				 &a->daemons[a->daemon_count]);
		if (rc == 0)
			a->daemon_count++;
	}
	return rc;
}

static int admin_open_daemons(struct admin *a, const struct admin_start *start)
{
	struct credentials credentials;
	const char *failed = "";
	int rc = credentials_read(&start->tls, &credentials, &failed);

	if (rc != 0) {
		log_error("", "admin.tls: cannot read %s: %s", failed,
			  rc == SG_ESYSTEM ? strerror(errno) : error_text(rc));
		return rc;
	}
	rc = admin_open_listeners(a, start, &credentials);
	if (rc == SG_EFORMAT)
		log_error("", "admin.tls: no certificate and key that belong together");
	credentials_fini(&credentials);
	return rc;
}

/* Signals are the main thread's. */
static int admin_start_thread(struct admin *a)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&a->thread, NULL, admin_run, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return error == 0 ? 0 : SG_ESYSTEM;
}

static int64_t admin_ask_clock(void *ctx)
{
	(void)ctx;
	return clock_mono_us();
}

static int admin_meter_store(struct admin *a, const struct admin_start *start)
{
	static const int64_t unknown;
	const struct metered_clock clock = { &unknown, admin_ask_clock, NULL };

	return metered_open(&a->desk.store, start->source.meter, &clock);
}

int admin_open(const struct admin_start *start, struct admin **out)
{
	struct desk_terms *terms = terms_new(&start->terms);
	struct admin *a = calloc(1, sizeof(*a));
	int rc = SG_ENOMEM;

	if (a == NULL) {
		desk_terms_unref(&terms);
		return SG_ENOMEM;
	}
	pthread_mutex_init(&a->lock, NULL);
	a->doorbell = -1;
	a->desk.terms = terms;
	a->desk.news = start->news;
	a->desk.outbox = start->outbox;
	a->desk.told = news_kept(start->news).next;
	a->desk.reloader = start->reloader;
	a->ended = start->ended;
	a->desk.source = start->source;
	a->desk.loop = loop_new();
	if (a->desk.terms != NULL && a->desk.loop != NULL &&
	    (rc = backend_connect(start->backend, a->desk.loop, &a->desk.store)) == 0 &&
	    (rc = admin_meter_store(a, start)) == 0 &&
	    (rc = audit_open(start->audit_to, &a->desk.audit)) == 0 &&
	    (rc = webhooks_open(&a->desk, &a->desk.webhooks)) == 0 &&
	    (rc = admin_open_events(a)) == 0 && (rc = admin_open_daemons(a, start)) == 0)
		rc = admin_start_thread(a);
	if (rc != 0)
		admin_free(&a);
	else
		*out = a;
	return rc;
}

void admin_finish(struct admin *a, int64_t until_ms)
{
	pthread_mutex_lock(&a->lock);
	a->finish = true;
	a->until_ms = until_ms;
	pthread_mutex_unlock(&a->lock);
	doorbell_ring(a->doorbell);
}

void admin_close(struct admin **ap)
{
	struct admin *a = *ap;

	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_mutex_unlock(&a->lock);
	doorbell_ring(a->doorbell);
	pthread_join(a->thread, NULL);
	admin_free(ap);
}
