/* metrics.c - /metrics: what the process, its workers and the API itself count. */
#include "rest/resources.h"
#include "rest/webhook.h"

#include "base/version.h"
#include "rest/call_answer.h"
#include "rest/process.h"

static void metrics_write_build(struct exposition *x)
{
	const struct exposition_labels labels = { "version", SLICE(SG_VERSION), NULL, { 0 } };

	exposition_family(x, "sessiongate_build_info", EXPOSITION_INFO, "Which program this is.");
	exposition_count(x, &labels, 1);
}

static void metrics_write_state(struct exposition *x, struct slice state, int64_t count)
{
	const struct exposition_labels labels = { "state", state, NULL, { 0 } };

	exposition_count(x, &labels, (uint64_t)count);
}

static void metrics_write_store(struct exposition *x, const struct census *census)
{
	const struct census_count *sessions = &census->sessions;

	exposition_family(x, "sessiongate_store_up", EXPOSITION_GAUGE,
			  "1 when the store answers, else 0.");
	exposition_count(x, NULL, census->up);
	exposition_family(x, "sessiongate_sessions", EXPOSITION_GAUGE,
			  "Live sessions of the store, by state; at most 5 s old.");
	if (!census->up || sessions->authenticated < 0 || sessions->all < sessions->authenticated)
		return;
	metrics_write_state(x, SLICE("authenticated"), sessions->authenticated);
	metrics_write_state(x, SLICE("anonymous"), sessions->all - sessions->authenticated);
}

static void metrics_write_result(struct exposition *x, struct slice result, uint64_t count)
{
	const struct exposition_labels labels = { "result", result, NULL, { 0 } };

	exposition_count(x, &labels, count);
}

static void metrics_write_news(struct exposition *x, const struct desk *d)
{
	const struct webhook_counts posted = webhooks_counts(d->webhooks);

	exposition_family(x, "sessiongate_events_dropped_total", EXPOSITION_COUNTER,
			  "Events that a reader or a webhook did not get.");
	exposition_count(x, NULL, d->events_dropped + posted.given_up);
	exposition_family(x, "sessiongate_webhook_deliveries_total", EXPOSITION_COUNTER,
			  "Deliveries to webhooks, by result.");
	metrics_write_result(x, SLICE("delivered"), posted.delivered);
	metrics_write_result(x, SLICE("failed"), posted.failed);
	metrics_write_result(x, SLICE("given_up"), posted.given_up);
}

static void metrics_answer(struct call *c)
{
	struct buffer text = { 0 };
	struct exposition x = { .out = &text,
				.open_metrics = exposition_wants_open_metrics(c->head.accept) };
	const struct source *source = &c->desk->source;

	metrics_write_build(&x);
	source->write(source->ctx, &x);
	metrics_write_store(&x, &c->desk->census);
	answers_write(&c->desk->answers, &x);
	metrics_write_news(&x, c->desk);
	process_write(&x);
	exposition_end(&x);
	call_answer_text_as(c, 200, exposition_content_type(x.open_metrics), &text, x.rc);
}

void metrics_answer_get(struct call *c)
{
	census_take(c, metrics_answer);
}
