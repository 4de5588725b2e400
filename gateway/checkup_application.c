/* checkup_application.c - an application: whether it is there, whether its pool fits its processes, and whether it uses
 * sessions of ours (checkup.h). Nothing is asked of it: all of this is what requests have shown. */
#include "gateway/checkup.h"

#include "base/clock.h"
#include "gateway/listen_queue.h"
#include "gateway/remark.h"

enum { APPLICATION_RECENT_MS = 3600000 }; /* what has not happened for so long may be mended */

struct look {
	const struct config_application *application;
	const struct meters_application *counts;
	struct findings *out;
};

static struct finding look_finding(const struct look *l, const char *check, const char *advice)
{
	return (struct finding){
		.check = check,
		.level = FINDING_WARN,
		.subject = slice_from(l->application->name),
		.advice = advice,
	};
}

/* Of what was bad when it happened. at_ms: monotonic; 0: it never did. */
static enum finding_level look_level(enum finding_level level, int64_t at_ms)
{
	return at_ms != 0 && clock_mono_ms() - at_ms < APPLICATION_RECENT_MS ? level : FINDING_NOTE;
}

static long long look_minutes(int64_t at_ms)
{
	return (long long)((clock_mono_ms() - at_ms) / 60000);
}

/* --- is it there? --- */

static void look_at_servers(const struct look *l)
{
	struct finding f = look_finding(
		l, "application.servers",
		"start it, or correct applications.*.servers; the gateway's log says why it cannot connect");
	unsigned down = (unsigned)__builtin_popcountll(l->counts->down & ~l->counts->up);
	size_t servers = l->application->server_count;

	if (down == 0) {
		f.level = FINDING_PASS;
		f.advice = NULL;
		findings_add(l->out, &f, "none of %zu servers is known to be down", servers);
		return;
	}
	f.level = down == servers ? FINDING_FAIL : FINDING_WARN;
	findings_add(l->out, &f, "%u of %zu servers could not be reached", down, servers);
}

/* --- does its pool fit? --- */

static void look_at_failure(const struct look *l, enum exchange_failure why, struct finding *f)
{
	uint64_t count = l->counts->failures[why];

	if (count == 0)
		return;
	f->level = look_level(FINDING_WARN, l->counts->failed_ms[why]);
	findings_add(l->out, f, "%s, %llu times since the start, the last time %lld min ago",
		     exchange_failure_text(why), (unsigned long long)count,
		     look_minutes(l->counts->failed_ms[why]));
}

static void look_at_queue(const struct look *l)
{
	struct finding f = look_finding(
		l, "application.queue",
		"give the application more processes and set max_connections to their number; "
		"queue.size and queue.timeout say how many may wait, and how long");

	look_at_failure(l, EXCHANGE_QUEUE_FULL, &f);
	look_at_failure(l, EXCHANGE_QUEUE_TIMEOUT, &f);
}

/* In the listen queues of all its servers, as far as this machine's kernel tells. */
static uint64_t look_for_unaccepted(const struct config_application *a)
{
	uint64_t waiting = 0;

	for (size_t i = 0; i < a->server_count; i++)
		waiting += listen_queue_length(&a->servers[i]);
	return waiting;
}

/* A process accepts whichever has waited longest: so the old ones among those that are not waiting were accepted. What has
 * just come is always there for a moment, and means nothing. What waits there is out of our hands: no timeout of our queue
 * counts, and no other server is tried. */
static void look_at_unaccepted(const struct look *l, struct finding *f)
{
	const struct meters_application *c = l->counts;
	uint64_t waiting = c->old > 0 ? look_for_unaccepted(l->application) : 0;
	uint64_t accepted = c->fresh > waiting ? c->fresh - waiting : 0;

	if (waiting > 0 && c->old > accepted)
		findings_add(l->out, f,
			     "%llu connections wait in its listen queue while %llu requests are "
			     "served: max_connections %u is more than it has processes",
			     (unsigned long long)waiting, (unsigned long long)accepted,
			     l->application->max_connections);
}

static void look_at_processes(const struct look *l)
{
	struct finding f = look_finding(
		l, "application.processes",
		"set max_connections to the number of the application's processes (PHP-FPM: "
		"pm.max_children), so that requests wait in the gateway's queue");

	look_at_unaccepted(l, &f);
	look_at_failure(l, EXCHANGE_BACKLOG_FULL, &f);
	look_at_failure(l, EXCHANGE_CONNECT_TIMEOUT, &f);
}

static void look_at_answers(const struct look *l)
{
	struct finding slow = look_finding(l, "application.answers",
					   "see what takes it so long, or raise read_timeout");
	struct finding lost = look_finding(l, "application.answers",
					   "its own log, or its service's, says why it ended");
	struct finding strange = look_finding(
		l, "application.answers",
		"see that its servers are FastCGI responders: HTTP and uwsgi are something else");

	look_at_failure(l, EXCHANGE_READ_TIMEOUT, &slow);
	look_at_failure(l, EXCHANGE_LOST, &lost);
	look_at_failure(l, EXCHANGE_PROTOCOL, &strange);
	look_at_failure(l, EXCHANGE_ROLE, &strange);
}

static void look_at_load(const struct look *l)
{
	struct finding f = look_finding(l, "application.load", NULL);
	const struct histogram_sum *d = &l->counts->durations;
	int64_t p95_us = d->count > 0 ? histogram_sum_quantile_us(d, 95) : 0;

	f.level = FINDING_NOTE;
	findings_add(l->out, &f,
		     "%llu requests, 95 of 100 within %lld ms; at the most %llu of %zu connections "
		     "busy at a time, and %llu requests waiting",
		     (unsigned long long)d->count, (long long)(p95_us / 1000),
		     (unsigned long long)l->counts->busy_most,
		     l->application->max_connections * l->application->server_count,
		     (unsigned long long)l->counts->queued_most);
}

/* --- does it use sessions? --- */

static bool look_has_sessions(const struct config *config, const struct config_application *a)
{
	for (size_t i = 0; i < config->route_count; i++)
		if (config->routes[i].application == a &&
		    config->routes[i].session == ROUTE_SESSION_ON)
			return true;
	return false;
}

static bool look_at_trouble(const struct look *l, struct remark *r)
{
	struct finding unloaded = look_finding(
		l, "application.adapter",
		"see that PHP may read the adapter where adapter: {php: {file: ...}} says it is (docs/php.md)");
	struct finding bypassed = look_finding(
		l, "application.adapter",
		"let the application's sessions be PHP's own: no session_set_save_handler, no "
		"session.save_handler of another kind (docs/php.md)");
	int64_t unloaded_ms = atomic_load(&r->unloaded_ms);
	int64_t bypassed_ms = atomic_load(&r->bypassed_ms);

	unloaded.level = look_level(FINDING_FAIL, unloaded_ms);
	bypassed.level = look_level(FINDING_FAIL, bypassed_ms);
	if (unloaded_ms != 0)
		findings_add(l->out, &unloaded,
			     "PHP could not load the adapter, %lld min ago: such requests fail",
			     look_minutes(unloaded_ms));
	if (bypassed_ms != 0)
		findings_add(l->out, &bypassed,
			     "its sessions did not go through the gateway, %lld min ago",
			     look_minutes(bypassed_ms));
	return unloaded_ms != 0 || bypassed_ms != 0;
}

static const char *look_advice(const struct config_application *a)
{
	if (a->adapter.kind == ADAPTER_PHP)
		return "see that PHP loads the adapter and that the application uses PHP's sessions "
		       "(docs/php.md), or set session: off on its routes";
	return a->session_api
		       ? "see that it uses the session API (docs/session-api.md), or set "
			 "session: off on its routes"
		       : "with PHP set adapter: php; else have it answer with X-Session-Set and "
			 "the like, or set session: off on its routes";
}

static void look_at_use(const struct look *l, struct remark *r)
{
	struct finding f = look_finding(l, "application.adapter", look_advice(l->application));
	unsigned responses = atomic_load(&r->responses);

	if (!atomic_load(&r->used) && responses >= REMARK_RESPONSES) {
		findings_add(l->out, &f, "none of its first %d responses used a session",
			     REMARK_RESPONSES);
		return;
	}
	f.level = atomic_load(&r->used) ? FINDING_PASS : FINDING_NOTE;
	f.advice = NULL;
	if (atomic_load(&r->used))
		findings_add(l->out, &f, "it uses sessions of the gateway");
	else
		findings_add(l->out, &f, "no session yet, in %u responses", responses);
}

void checkup_application(const struct config *config, const struct config_application *application,
			 struct meters *meters, bool closely, struct findings *out)
{
	struct meters_application counts = { .name = application->name };
	const struct look l = { application, &counts, out };
	struct remark *remark = remark_of(application->name);

	(void)meters_find_application(meters, application->name, &counts);
	look_at_servers(&l);
	look_at_queue(&l);
	look_at_processes(&l);
	look_at_answers(&l);
	if (closely)
		look_at_load(&l);
	if (remark != NULL && look_has_sessions(config, application) &&
	    !look_at_trouble(&l, remark))
		look_at_use(&l, remark);
}
