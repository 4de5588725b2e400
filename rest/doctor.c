/* doctor.c - /api/v1/doctor: whether anything should be changed. The store is asked what it knows of itself, and the
 * process around the API what it knows of its configuration and its applications. Nobody else is asked. */
#include "rest/call_answer.h"
#include "rest/call_wait.h"
#include "rest/resources.h"

/* Many small questions, of which none may be a bad one only because there are many. */
enum { DOCTOR_PATIENCE_MS = 10000 };

struct doctor {
	struct findings findings;
};

static void doctor_close(struct call *c)
{
	struct doctor *d = c->work;

	findings_fini(&d->findings);
}

/* --- the answer --- */

static bool doctor_add_finding(cJSON *list, const struct finding *f)
{
	cJSON *row = json_append_object(list);

	return row != NULL && json_add_text(row, "check", slice_from(f->check)) &&
	       json_add_text(row, "subject", f->subject) &&
	       json_add_text(row, "level", finding_level_text(f->level)) &&
	       json_add_text(row, "detail", f->detail) &&
	       json_add_text(row, "advice", f->advice != NULL ? slice_from(f->advice) : SLICE(""));
}

/* The worst of them; notes are nothing bad. */
static struct slice doctor_status(const struct findings *f)
{
	if (f->count > 0 && f->each[0].level <= FINDING_WARN)
		return finding_level_text(f->each[0].level);
	return finding_level_text(FINDING_PASS);
}

static bool doctor_add_all(cJSON *object, const struct call *c, const struct findings *f)
{
	cJSON *list;
	bool whole;

	if (!json_add_text(object, "status", doctor_status(f)) ||
	    !json_add_text(object, "node", slice_from(c->settings->node)) ||
	    (list = cJSON_AddArrayToObject(object, "findings")) == NULL)
		return false;
	whole = !f->incomplete;
	for (size_t i = 0; whole && i < f->count; i++)
		whole = doctor_add_finding(list, &f->each[i]);
	return whole;
}

static void doctor_answer(struct call *c)
{
	struct doctor *d = c->work;
	cJSON *object = cJSON_CreateObject();

	findings_sort(&d->findings);
	call_answer_json(c, 200, object, object != NULL && doctor_add_all(object, c, &d->findings));
}

/* --- the store --- */

/* Silence of the store is an answer here, too. */
static void doctor_miss_store(struct call *c)
{
	static const struct finding away = {
		.check = "store.reachable",
		.level = FINDING_FAIL,
		.advice =
			"see that the store runs, and that store.url says where; the gateway's log has the reason",
	};
	struct doctor *d = c->work;

	findings_add(&d->findings, &away,
		     "the store does not answer: whoever has a session is answered 503");
	doctor_answer(c);
}

static void doctor_on_answer(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;
	struct doctor *d = c->work;

	call_woken(c);
	if (result->status != STORE_OK) {
		doctor_miss_store(c);
		return;
	}
	findings_add_all(&d->findings, result->findings, result->count);
	doctor_answer(c);
}

static void doctor_ask_store(struct call *c)
{
	struct store_op *op = store_examine(c->desk->store, doctor_on_answer, c);

	c->on_silence = doctor_miss_store;
	if (op == NULL) {
		doctor_miss_store(c);
		return;
	}
	call_wait(c, op);
	call_extend(c, DOCTOR_PATIENCE_MS);
}

/* --- all of it --- */

/* It is about everything, so nobody gets it who does not see all. */
void doctor_answer_get(struct call *c)
{
	struct slice application = { 0 };
	struct doctor *d;

	(void)query_get(&c->query, "application", &application);
	if (grant_is_limited(c->auth.grant)) {
		call_refuse_limited(c);
		return;
	}
	d = arena_alloc(&c->arena, sizeof(*d));
	if (d == NULL) {
		call_refuse_memory(c);
		return;
	}
	c->work = d;
	c->on_close = doctor_close;
	if (c->desk->source.examine(c->desk->source.ctx, c->terms->terms.owner, application,
				    &d->findings))
		doctor_ask_store(c);
	else
		call_refuse(c, REFUSAL_NOT_FOUND,
			    "there is no application of that name in the configuration");
}
