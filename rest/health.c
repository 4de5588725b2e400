/* health.c - whether the process lives, and whether it can do its work: /livez and /readyz. */
#include "base/clock.h"
#include "rest/call_answer.h"
#include "rest/call_wait.h"
#include "rest/resources.h"

struct health {
	int64_t asked_us;
};

void health_answer_livez(struct call *c)
{
	cJSON *object = cJSON_CreateObject();

	call_answer_json(c, 200, object,
			 object != NULL && json_add_text(object, "status", SLICE("pass")));
}

static bool health_add_store(cJSON *checks, bool up, int64_t latency_ms)
{
	cJSON *store = cJSON_AddObjectToObject(checks, "store");

	return store != NULL &&
	       json_add_text(store, "status", up ? SLICE("pass") : SLICE("fail")) &&
	       (up ? json_add_number(store, "latency_ms", latency_ms)
		   : json_add_text(store, "latency_ms", SLICE("")));
}

static bool health_add_config(cJSON *checks, const struct desk *d)
{
	cJSON *config = cJSON_AddObjectToObject(checks, "config");

	return config != NULL && json_add_text(config, "status", SLICE("pass")) &&
	       json_add_number(config, "generation", (int64_t)d->terms->terms.generation);
}

/* --- applications --- */

struct health_applications {
	struct buffer detail; /* of those that have servers which are down */
	bool dead;            /* one of them has no other */
};

static int health_look_at_applications(const struct desk *d, struct health_applications *out)
{
	struct source_application each[SOURCE_APPLICATIONS];
	size_t count = d->source.list_applications(d->source.ctx, each, SOURCE_APPLICATIONS);
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		const struct source_application *a = &each[i];

		if (a->down == 0)
			continue;
		out->dead = out->dead || a->down == a->servers;
		rc = buffer_printf(&out->detail, "%s%.*s: %u of %u down",
				   buffer_len(&out->detail) > 0 ? ", " : "", SLICE_ARGS(a->name),
				   a->down, a->servers);
	}
	return rc;
}

static bool health_add_applications(cJSON *checks, const struct health_applications *found)
{
	cJSON *applications = cJSON_AddObjectToObject(checks, "applications");
	struct slice detail = buffer_content(&found->detail);

	if (detail.len > JSON_TEXT_BYTES)
		detail = SLICE("many servers are down");
	return applications != NULL &&
	       json_add_text(applications, "status",
			     detail.len > 0 ? SLICE("warn") : SLICE("pass")) &&
	       json_add_text(applications, "detail", detail);
}

/* --- all of it --- */

static struct slice health_status(const struct desk *d, bool up,
				  const struct health_applications *found)
{
	if (!up || d->draining)
		return SLICE("fail");
	return found->dead ? SLICE("warn") : SLICE("pass");
}

static bool health_add_all(cJSON *object, const struct call *c, bool up, int64_t latency_ms,
			   const struct health_applications *found)
{
	cJSON *checks;

	if (!json_add_text(object, "status", health_status(c->desk, up, found)) ||
	    !json_add_text(object, "node", slice_from(c->settings->node)) ||
	    !json_add_text(object, "detail", c->desk->draining ? SLICE("draining") : SLICE("")))
		return false;
	checks = cJSON_AddObjectToObject(object, "checks");
	return checks != NULL && health_add_store(checks, up, latency_ms) &&
	       health_add_config(checks, c->desk) && health_add_applications(checks, found);
}

static void health_answer(struct call *c, bool up, int64_t latency_ms)
{
	struct health_applications found = { .dead = false };
	cJSON *object = cJSON_CreateObject();
	bool whole = object != NULL && health_look_at_applications(c->desk, &found) == 0 &&
		     health_add_all(object, c, up, latency_ms, &found);

	buffer_fini(&found.detail);
	call_answer_json(c, up && !c->desk->draining ? 200 : 503, object, whole);
}

static void health_on_answer(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;
	const struct health *health = c->work;

	call_woken(c);
	health_answer(c, result->status == STORE_OK, (clock_mono_us() - health->asked_us) / 1000);
}

/* Silence of the store is an answer here, too. */
static void health_on_silence(struct call *c)
{
	health_answer(c, false, 0);
}

void health_answer_readyz(struct call *c)
{
	struct health *health = arena_alloc(&c->arena, sizeof(*health));
	struct store_op *op = NULL;

	if (health != NULL) {
		health->asked_us = clock_mono_us();
		c->work = health;
		c->on_silence = health_on_silence;
		op = store_health(c->desk->store, health_on_answer, c);
	}
	if (op == NULL)
		health_answer(c, false, 0);
	else
		call_wait(c, op);
}
