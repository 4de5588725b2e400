/* census.c - see census.h. The store is asked whether it answers, and then how many sessions there are. */
#include "rest/census.h"

#include "backends/headcount.h"
#include "base/clock.h"
#include "rest/call.h"
#include "rest/call_answer.h"
#include "rest/call_wait.h"

/* That is being taken; desk->census is as it was until it is done. */
struct census_work {
	struct census census;
	void (*then)(struct call *c);
	int64_t asked_us;
};

static void census_finish(struct call *c)
{
	struct census_work *work = c->work;

	work->census.taken_ms = clock_wall_ms();
	work->census.taken_mono_ms = clock_mono_ms();
	c->desk->census = work->census;
	c->on_silence = NULL;
	work->then(c);
}

static void census_give_up(struct call *c)
{
	struct census_work *work = c->work;

	work->census = (struct census){ .up = false };
	census_finish(c);
}

static void census_await(struct call *c, struct store_op *op)
{
	if (op == NULL)
		census_give_up(c);
	else
		call_wait(c, op);
}

static void census_on_counted(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;
	struct census_work *work = c->work;

	call_woken(c);
	if (result->status != STORE_OK) {
		census_give_up(c);
		return;
	}
	work->census.sessions = (struct census_count){ (int64_t)result->count, -1 };
	for (size_t i = 0; i < work->census.application_count; i++)
		work->census.applications[i].sessions = (struct census_count){ -1, -1 };
	census_finish(c);
}

/* The store does not know more than that. */
static void census_count_all(struct call *c)
{
	static const struct filter everybody;

	census_await(c, store_count(c->desk->store, &everybody, census_on_counted, c));
}

static struct census_count census_count_of(const struct headcount *heads, struct filter filter)
{
	struct census_count count;

	filter.state = FILTER_ANY_STATE;
	count.all = (int64_t)headcount_matching(heads, &filter);
	filter.state = FILTER_AUTHENTICATED;
	count.authenticated = (int64_t)headcount_matching(heads, &filter);
	return count;
}

static void census_read(struct census *census, const struct headcount *heads)
{
	census->sessions = census_count_of(heads, (struct filter){ 0 });
	for (size_t i = 0; i < census->application_count; i++) {
		struct census_application *a = &census->applications[i];

		a->sessions =
			census_count_of(heads, (struct filter){ .applications = { &a->name, 1 } });
	}
}

static void census_on_heads(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;
	struct census_work *work = c->work;

	call_woken(c);
	if (result->status == STORE_NOT_FOUND) {
		census_count_all(c);
	} else if (result->status == STORE_OK) {
		work->census.exact = result->exact;
		census_read(&work->census, result->headcount);
		census_finish(c);
	} else {
		census_give_up(c);
	}
}

static void census_on_health(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;
	struct census_work *work = c->work;

	call_woken(c);
	if (result->status != STORE_OK) {
		census_give_up(c);
		return;
	}
	work->census.up = true;
	work->census.latency_us = clock_mono_us() - work->asked_us;
	census_await(c, store_headcount(c->desk->store, census_on_heads, c));
}

static void census_list_applications(const struct desk *d, struct census *census)
{
	struct source_application applications[SOURCE_APPLICATIONS];

	census->application_count =
		d->source.list_applications(d->source.ctx, applications, SOURCE_APPLICATIONS);
	for (size_t i = 0; i < census->application_count; i++)
		census->applications[i].name = applications[i].name;
}

void census_take(struct call *c, void (*then)(struct call *c))
{
	const struct census *known = &c->desk->census;
	struct census_work *work;

	if (known->up && clock_mono_ms() - known->taken_mono_ms < CENSUS_FRESH_MS) {
		then(c);
		return;
	}
	work = arena_alloc(&c->arena, sizeof(*work));
	if (work == NULL) {
		call_refuse_memory(c);
		return;
	}
	*work = (struct census_work){ .then = then, .asked_us = clock_mono_us() };
	census_list_applications(c->desk, &work->census);
	c->work = work;
	c->on_silence = census_give_up;
	call_extend(c, c->settings->store_timeout_ms);
	census_await(c, store_health(c->desk->store, census_on_health, c));
}
