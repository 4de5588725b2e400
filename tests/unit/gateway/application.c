/* application.c - a FastCGI application: its servers, the connections to them, and the queue before them;
 * upstream.c with it, which is the one connection. */
#include "gateway/application.h"

#include "base/clock.h"
#include "gateway/worker.h"
#include "tests/unit/gateway/sample.h"
#include "tests/unit/gateway/scripted_server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

enum { SERVERS = 3, PATIENCE_MS = 15000 };

/* One worker with one application of some servers. */
struct desk {
	struct config config;
	struct config_application settings;
	struct address addresses[SERVERS];
	struct worker *worker;
	struct meter meter;
	struct application *application;
	struct scripted_server servers[SERVERS];
	size_t server_count;
	struct buffer log; /* the servers in the order in which they got requests */
	char dir[32];
};

static void desk_init(struct desk *d, size_t servers, const char *const *scripts)
{
	*d = (struct desk){
		.config = { .references = 1 },
		.settings = { .name = "app",
			      .servers = d->addresses,
			      .server_count = servers,
			      .balance = BALANCE_ROUND_ROBIN,
			      .idle_connections = 8,
			      .idle_timeout_ms = 60000,
			      .max_connections = 8,
			      .queue_size = 100,
			      .queue_timeout_ms = PATIENCE_MS,
			      .connect_timeout_ms = PATIENCE_MS },
		.server_count = servers,
		.dir = "/tmp/sg-app-XXXXXX",
	};
	cr_assert_not_null(mkdtemp(d->dir));
	cr_assert_not_null(d->worker = calloc(1, sizeof(*d->worker)));
	d->worker->count = 1;
	meter_init(&d->meter);
	d->worker->meter = &d->meter;
	cr_assert_not_null(d->worker->loop = event_base_new());
	cr_assert_eq(turn_open(&d->worker->turn, d->worker->loop), 0);
	cr_assert_eq(deadlines_open(&d->worker->deadlines, &d->worker->turn, d->worker->loop), 0);
	for (size_t i = 0; i < servers; i++) {
		scripted_server_open(&d->servers[i], d->worker->loop, d->dir, (char)('A' + i),
				     scripts[i]);
		d->servers[i].log = &d->log;
		d->addresses[i] = d->servers[i].address;
	}
}

static void desk_open(struct desk *d)
{
	cr_assert_eq(application_open(d->worker, &d->config, &d->settings, &d->application), 0);
}

static void desk_turn(struct desk *d)
{
	event_base_loop(d->worker->loop, EVLOOP_NONBLOCK);
	usleep(200);
}

static void desk_pass(struct desk *d, int64_t ms)
{
	int64_t until_ms = clock_mono_ms() + ms;

	while (clock_mono_ms() < until_ms)
		desk_turn(d);
}

static void desk_fini(struct desk *d)
{
	application_unref(&d->application);
	desk_turn(d);
	for (size_t i = 0; i < d->server_count; i++)
		scripted_server_close(&d->servers[i]);
	desk_turn(d);
	turn_close(&d->worker->turn);
	deadlines_close(&d->worker->deadlines);
	event_base_free(d->worker->loop);
	free(d->worker);
	meter_fini(&d->meter);
	buffer_fini(&d->log);
	cr_expect_eq(d->config.references, 1, "the application gives its configuration back");
	cr_expect_eq(rmdir(d->dir), 0);
}

static void expect_log(struct desk *d, const char *row, const char *expected)
{
	cr_expect(slice_equal(buffer_content(&d->log), slice_from(expected)), "%s: %.*s, not %s",
		  row, SLICE_ARGS(buffer_content(&d->log)), expected);
}

/* --- one request --- */

enum { RUNNING = -2, ENDED = -1 };

struct visit {
	struct exchange exchange;
	int outcome; /* RUNNING, ENDED or why it failed */
	unsigned begun;
	unsigned turn; /* when it ended, among all that did */
	struct buffer output;
};

static int visit_on_begin(struct exchange *e, struct buffer *out, bool keep_conn)
{
	struct visit *v = (struct visit *)e;

	v->begun++;
	e->given = true;
	cr_assert_eq(fcgi_append_begin(out, 1, FCGI_RESPONDER, keep_conn ? FCGI_KEEP_CONN : 0), 0);
	cr_assert_eq(fcgi_append_params(out, 1, NULL, 0), 0);
	return fcgi_append_record(out, FCGI_STDIN, 1, SLICE(""));
}

static int visit_on_more(struct exchange *e, struct buffer *out)
{
	(void)e;
	(void)out;
	return 0;
}

static bool visit_on_output(struct exchange *e, struct slice bytes)
{
	cr_assert_eq(buffer_append_slice(&((struct visit *)e)->output, bytes), 0);
	return true;
}

static bool visit_on_complaint(struct exchange *e, struct slice bytes)
{
	(void)e;
	(void)bytes;
	return true;
}

static void visit_on_ended(struct exchange *e, uint32_t app_status)
{
	static unsigned turns;
	struct visit *v = (struct visit *)e;

	cr_expect_eq(app_status, 0);
	cr_expect_eq(v->outcome, RUNNING, "over twice");
	v->outcome = ENDED;
	v->turn = ++turns;
}

static void visit_on_failed(struct exchange *e, enum exchange_failure why)
{
	cr_expect_eq(((struct visit *)e)->outcome, RUNNING, "over twice");
	((struct visit *)e)->outcome = (int)why;
}

static const struct exchange_ops visit_ops = {
	.begin = visit_on_begin,
	.more = visit_on_more,
	.output = visit_on_output,
	.complaint = visit_on_complaint,
	.ended = visit_on_ended,
	.failed = visit_on_failed,
};

static struct visit visit(bool idempotent)
{
	return (struct visit){
		.exchange = { .ops = &visit_ops,
			      .read_timeout_ms = PATIENCE_MS,
			      .idempotent = idempotent,
			      .rewindable = true },
		.outcome = RUNNING,
	};
}

static void desk_wait(struct desk *d, const struct visit *v)
{
	int64_t until_ms = clock_mono_ms() + 2 * PATIENCE_MS;

	while (v->outcome == RUNNING && clock_mono_ms() < until_ms)
		desk_turn(d);
	cr_expect_neq(v->outcome, RUNNING, "still running");
}

static int desk_visit(struct desk *d, struct visit v)
{
	exchange_start(&v.exchange, d->application);
	cr_expect_eq(v.begun, 0, "called back from within exchange_start()");
	desk_wait(d, &v);
	cr_expect_null(v.exchange.application, "it is over");
	cr_expect(v.outcome != ENDED || buffer_len(&v.output) <= 1, "answered twice");
	buffer_fini(&v.output);
	return v.outcome;
}

/* --- which server --- */

static const struct {
	const char *name;
	enum balance balance;
	const char *log; /* three that wait, B's is answered, then one more, answered at once */
} balances[] = {
	{ "round robin", BALANCE_ROUND_ROBIN, "ABCA" },
	{ "least connections", BALANCE_LEAST_CONNECTIONS, "ABCB" },
};

Test(application, balance)
{
	static const char *const scripts[SERVERS] = { "s", "s", "s" };

	for (size_t i = 0; i < ROWS(balances); i++) {
		struct visit visits[SERVERS];
		struct desk d;

		desk_init(&d, SERVERS, scripts);
		d.settings.balance = balances[i].balance;
		desk_open(&d);
		for (size_t n = 0; n < SERVERS; n++) {
			visits[n] = visit(true);
			exchange_start(&visits[n].exchange, d.application);
			desk_pass(&d, 5);
		}
		scripted_server_answer(&d.servers[1]);
		desk_wait(&d, &visits[1]);
		cr_expect_eq(desk_visit(&d, visit(true)), ENDED, "%s", balances[i].name);
		expect_log(&d, balances[i].name, balances[i].log);
		for (size_t n = 0; n < SERVERS; n++) {
			exchange_stop(&visits[n].exchange);
			buffer_fini(&visits[n].output);
		}
		desk_fini(&d);
	}
}

/* --- what is tried again, and what is not --- */

static const struct {
	const char *name, *a, *b; /* scripts; b NULL: one server */
	unsigned before;          /* requests before the one that is looked at */
	bool idempotent;
	int outcome;
	const char *log;
} retries[] = {
	{ "answered", "a", NULL, 0, true, ENDED, "A" },
	{ "ended without an answer", "e", NULL, 0, true, ENDED, "A" },
	{ "kept connection lost, GET", "ax", NULL, 1, true, ENDED, "AAA" },
	{ "kept connection lost, POST that was sent", "ax", NULL, 1, false, EXCHANGE_LOST, "AA" },
	{ "lost twice", "axx", NULL, 1, true, EXCHANGE_LOST, "AAA" },
	{ "kept connection lost in the answer", "ap", NULL, 1, true, EXCHANGE_LOST, "AA" },
	{ "fresh connection lost, GET", "x", NULL, 0, true, EXCHANGE_LOST, "A" },
	{ "fresh connection lost in the answer", "p", NULL, 0, true, EXCHANGE_LOST, "A" },
	{ "no FastCGI", "g", NULL, 0, true, EXCHANGE_PROTOCOL, "A" },
	{ "no FastCGI on a kept connection", "ag", NULL, 1, true, EXCHANGE_PROTOCOL, "AA" },
	{ "unknown role", "r", NULL, 0, true, EXCHANGE_ROLE, "A" },
	{ "unknown role, and another server", "r", "a", 0, true, EXCHANGE_ROLE, "A" },
	{ "CANT_MPX_CONN, and another server", "m", "a", 0, true, ENDED, "AB" },
	{ "CANT_MPX_CONN, POST all the same", "m", "a", 0, false, ENDED, "AB" },
	{ "OVERLOADED, and another server", "o", "a", 0, true, ENDED, "AB" },
	{ "OVERLOADED, both", "o", "m", 0, true, EXCHANGE_UNREACHABLE, "AB" },
	{ "OVERLOADED, alone", "o", NULL, 0, true, EXCHANGE_UNREACHABLE, "A" },
	{ "lost, and another server", "x", "a", 0, true, EXCHANGE_LOST, "A" },
	{ "silent", "s", NULL, 0, true, EXCHANGE_READ_TIMEOUT, "A" },
	{ "silent on a kept connection", "as", NULL, 1, true, EXCHANGE_READ_TIMEOUT, "AA" },
};

Test(application, repeats_what_may_be_repeated)
{
	for (size_t i = 0; i < ROWS(retries); i++) {
		const char *const scripts[] = { retries[i].a, retries[i].b };
		struct visit v = visit(retries[i].idempotent);
		struct desk d;
		int outcome;

		desk_init(&d, retries[i].b != NULL ? 2 : 1, scripts);
		desk_open(&d);
		for (unsigned n = 0; n < retries[i].before; n++)
			cr_expect_eq(desk_visit(&d, visit(true)), ENDED, "%s", retries[i].name);
		v.exchange.read_timeout_ms = 100;
		outcome = desk_visit(&d, v);
		cr_expect_eq(outcome, retries[i].outcome, "%s: %s", retries[i].name,
			     outcome < 0 ? "ended"
					 : exchange_failure_text((enum exchange_failure)outcome));
		expect_log(&d, retries[i].name, retries[i].log);
		desk_fini(&d);
	}
}

Test(application, server_that_is_not_there)
{
	static const char *const scripts[] = { "", "" };
	struct desk d;

	desk_init(&d, 2, scripts);
	d.addresses[0].socket = (struct sockaddr_storage){ .ss_family = AF_UNIX };
	memcpy((char *)&d.addresses[0].socket + sizeof(sa_family_t), "/nonexistent", 12);
	desk_open(&d);
	cr_expect_eq(desk_visit(&d, visit(false)), ENDED);
	expect_log(&d, "the other one", "B");
	d.addresses[1] = d.addresses[0];
	scripted_server_hang_up(&d.servers[1]);
	cr_expect_eq(desk_visit(&d, visit(false)), EXCHANGE_UNREACHABLE);
	desk_fini(&d);
}

Test(application, kept_connection_that_was_closed_is_noticed)
{
	static const char *const scripts[] = { "" };
	struct desk d;

	desk_init(&d, 1, scripts);
	desk_open(&d);
	cr_expect_eq(desk_visit(&d, visit(false)), ENDED);
	scripted_server_hang_up(&d.servers[0]);
	cr_expect_eq(desk_visit(&d, visit(false)), ENDED, "a POST, which could not be repeated");
	cr_expect_eq(d.servers[0].accepted, 2);
	desk_fini(&d);
}

/* --- connections and the queue --- */

static const struct {
	const char *name;
	int idle_connections;
	int64_t idle_timeout_ms;
	size_t accepted; /* of two requests one after the other */
} keeps[] = {
	{ "kept", 8, 60000, 1 },
	{ "none kept", 0, 60000, 2 },
	{ "not kept for so long", 8, 20, 2 },
};

Test(application, connections_are_kept)
{
	static const char *const scripts[] = { "" };

	for (size_t i = 0; i < ROWS(keeps); i++) {
		struct desk d;

		desk_init(&d, 1, scripts);
		d.settings.idle_connections = keeps[i].idle_connections;
		d.settings.idle_timeout_ms = keeps[i].idle_timeout_ms;
		desk_open(&d);
		cr_expect_eq(desk_visit(&d, visit(true)), ENDED, "%s", keeps[i].name);
		desk_pass(&d, 150);
		cr_expect_eq(desk_visit(&d, visit(true)), ENDED, "%s", keeps[i].name);
		cr_expect_eq(d.servers[0].accepted, keeps[i].accepted, "%s: %zu", keeps[i].name,
			     d.servers[0].accepted);
		desk_fini(&d);
	}
}

Test(application, queue_is_in_order_and_of_a_size)
{
	static const char *const scripts[] = { "s" };
	struct visit first = visit(true), second = visit(true), third = visit(true);
	struct desk d;

	desk_init(&d, 1, scripts);
	d.settings.max_connections = 1;
	d.settings.queue_size = 1;
	desk_open(&d);
	exchange_start(&first.exchange, d.application);
	exchange_start(&second.exchange, d.application);
	exchange_start(&third.exchange, d.application);
	desk_wait(&d, &third);
	cr_expect_eq(third.outcome, EXCHANGE_QUEUE_FULL);
	desk_pass(&d, 20);
	cr_expect_not_null(first.exchange.upstream);
	cr_expect_null(second.exchange.upstream, "two on one connection");
	scripted_server_answer(&d.servers[0]);
	desk_wait(&d, &second);
	cr_expect_eq(first.outcome, ENDED);
	cr_expect_eq(second.outcome, ENDED);
	cr_expect_eq(d.servers[0].accepted, 1);
	buffer_fini(&first.output);
	buffer_fini(&second.output);
	desk_fini(&d);
}

Test(application, queue_is_not_waited_in_for_ever)
{
	static const char *const scripts[] = { "s" };
	struct visit first = visit(true);
	struct desk d;

	desk_init(&d, 1, scripts);
	d.settings.max_connections = 1;
	d.settings.queue_timeout_ms = 60;
	desk_open(&d);
	exchange_start(&first.exchange, d.application);
	cr_expect_eq(desk_visit(&d, visit(true)), EXCHANGE_QUEUE_TIMEOUT);
	cr_expect_eq(first.outcome, RUNNING, "it waits for its answer, not in the queue");
	exchange_stop(&first.exchange);
	desk_fini(&d);
}

Test(application, stopped_ones_are_silent_and_make_room)
{
	static const char *const scripts[] = { "s" };
	struct visit running = visit(true), queued = visit(true);
	struct desk d;

	desk_init(&d, 1, scripts);
	d.settings.max_connections = 1;
	desk_open(&d);
	exchange_start(&running.exchange, d.application);
	exchange_start(&queued.exchange, d.application);
	desk_pass(&d, 20);
	exchange_stop(&queued.exchange);
	exchange_stop(&queued.exchange);
	exchange_stop(&running.exchange);
	cr_expect_eq(desk_visit(&d, visit(true)), ENDED);
	cr_expect_eq(running.outcome, RUNNING);
	cr_expect_eq(queued.outcome, RUNNING);
	cr_expect_eq(d.servers[0].accepted, 2, "a stopped one's connection is not kept");
	desk_fini(&d);
}

/* --- fairness --- */

Test(application, kept_connection_does_not_starve_a_fresh_one)
{
	static const char *const scripts[] = { "s" };
	struct visit first = visit(true), second = visit(true);
	struct desk d;

	desk_init(&d, 1, scripts);
	d.servers[0].single = true;
	desk_open(&d);
	exchange_start(&first.exchange, d.application);
	exchange_start(&second.exchange, d.application);
	desk_pass(&d, 100);
	cr_expect_eq(d.servers[0].accepted, 1, "the second lies in the listen queue");
	scripted_server_answer(&d.servers[0]);
	desk_wait(&d, &first);
	desk_wait(&d, &second);
	cr_expect_eq(second.outcome, ENDED);
	buffer_fini(&first.output);
	buffer_fini(&second.output);
	desk_fini(&d);
}

Test(application, older_one_on_a_fresh_connection_comes_before_the_queue)
{
	static const char *const scripts[] = { "ss" };
	enum { FIRST, SECOND, THIRD, FOURTH, VISITS };
	struct visit v[VISITS];
	struct desk d;

	desk_init(&d, 1, scripts);
	d.settings.max_connections = 2;
	d.servers[0].single = true;
	desk_open(&d);
	for (size_t i = 0; i < VISITS; i++) {
		v[i] = visit(true);
		exchange_start(&v[i].exchange, d.application);
		desk_pass(&d, 5);
	}
	desk_pass(&d, 100);
	scripted_server_answer(&d.servers[0]); /* the third takes the first's connection */
	desk_wait(&d, &v[FIRST]);
	desk_pass(&d, 20);
	cr_expect_eq(v[SECOND].outcome, RUNNING);
	scripted_server_answer(&d.servers[0]);
	desk_wait(&d, &v[THIRD]);
	desk_wait(&d, &v[SECOND]);
	cr_expect_eq(v[SECOND].outcome, ENDED);
	desk_wait(&d, &v[FOURTH]);
	cr_expect_eq(v[FOURTH].outcome, ENDED);
	cr_expect_lt(v[SECOND].turn, v[FOURTH].turn, "it has overtaken the second");
	for (size_t i = 0; i < VISITS; i++)
		buffer_fini(&v[i].output);
	desk_fini(&d);
}

Test(application, connection_is_kept_after_an_end_without_an_answer)
{
	static const char *const scripts[] = { "e" };
	struct desk d;

	desk_init(&d, 1, scripts);
	desk_open(&d);
	cr_expect_eq(desk_visit(&d, visit(true)), ENDED);
	desk_pass(&d, 200);
	cr_expect_eq(desk_visit(&d, visit(true)), ENDED);
	cr_expect_eq(d.servers[0].accepted, 1, "%zu connections", d.servers[0].accepted);
	desk_fini(&d);
}
