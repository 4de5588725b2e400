/* exchange.c - one request's time with an application. */
#include "gateway/exchange.h"

#include "base/clock.h"
#include "gateway/pool.h"
#include "gateway/worker.h"

#include <errno.h>

const char *exchange_failure_text(enum exchange_failure why)
{
	static const char *const texts[] = {
#define EXCHANGE_TEXT(name, text) text,
		EXCHANGE_FAILURES(EXCHANGE_TEXT)
#undef EXCHANGE_TEXT
	};
	return texts[why];
}

struct exchange *exchange_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct exchange, queued);
}

void exchange_unlink(struct exchange *e)
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
void exchange_enqueue_first(struct exchange *e)
{
	queue_push(&e->application->queue, &e->queued);
	e->application->queued++;
}

static struct exchange *exchange_of_deadline(struct deadline *d)
{
	return CONTAINER_OF(d, struct exchange, deadline);
}

/* The exchange is over: nothing here knows it any more. */
void exchange_leave(struct exchange *e)
{
	exchange_unlink(e);
	deadline_disarm(&e->deadline);
	application_unref(&e->application);
}

void exchange_fail(struct exchange *e, enum exchange_failure why)
{
	meter_note_failure(e->application->meter, why);
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

/* Do we hold the answer up ourselves, or does the application wait for more of the request, which
 * the web server has not sent? That time is not the application's. */
static bool exchange_delays(const struct exchange *e)
{
	return e->upstream->paused || (!e->given && buffer_len(&e->upstream->out) == 0);
}

static void exchange_on_silence(struct deadline *d)
{
	struct exchange *e = exchange_of_deadline(d);
	int64_t now_ms = clock_mono_ms();
	int64_t since_ms = exchange_delays(e) ? now_ms : e->read_since_ms;

	if (now_ms - since_ms >= e->read_timeout_ms)
		server_failed(e->upstream, EXCHANGE_READ_TIMEOUT);
	else
		deadline_arm(&e->application->worker->deadlines, d,
			     since_ms + e->read_timeout_ms - now_ms, exchange_on_silence);
}

/* Back to the queue, for another connection. */
void exchange_again(struct exchange *e)
{
	struct application *a = e->application;

	e->given = false;
	exchange_enqueue_first(e);
	deadline_arm(&a->worker->deadlines, &e->deadline, a->settings->queue_timeout_ms,
		     exchange_on_queued_too_long);
	application_look(a);
}

void exchange_connects(struct exchange *e)
{
	deadline_arm(&e->application->worker->deadlines, &e->deadline,
		     e->application->settings->connect_timeout_ms, exchange_on_connect_too_long);
}

void exchange_begins(struct exchange *e)
{
	e->read_since_ms = turn_now_ms(&e->application->worker->turn);
	deadline_arm(&e->application->worker->deadlines, &e->deadline, e->read_timeout_ms,
		     exchange_on_silence);
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
