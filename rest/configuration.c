/* configuration.c - the configuration in force, and its reload: /api/v1/config and below. */
#include "rest/configuration.h"

#include "rest/call_answer.h"
#include "rest/call_parameter.h"
#include "rest/call_wait.h"
#include "rest/resources.h"

#include <stdlib.h>

enum { CONFIGURATION_RELOAD_MS = 30000 };

/* It is of all realms, applications and users. False: refused. */
static bool configuration_is_allowed(struct call *c)
{
	if (!grant_is_limited(c->auth.grant))
		return true;
	call_refuse_limited(c);
	return false;
}

void configuration_answer_get(struct call *c)
{
	const struct admin_terms *terms = &c->terms->terms;
	struct buffer json = { 0 };

	if (configuration_is_allowed(c))
		call_answer_text(c, 200, &json, terms->print(terms->owner, &json));
}

/* --- what came of a reload --- */

static bool configuration_add_paths(cJSON *object, const char *name, const struct buffer *paths)
{
	cJSON *list = cJSON_AddArrayToObject(object, name);
	struct slice rest = buffer_content(paths), path;
	bool whole = list != NULL;

	while (whole && rest.len > 0) {
		slice_cut(&rest, ',', &path);
		whole = json_append_text(list, slice_trim(path));
	}
	return whole;
}

static void configuration_answer_done(struct call *c, const struct reload *r)
{
	cJSON *object = cJSON_CreateObject();

	call_answer_json(c, 200, object,
			 object != NULL &&
				 json_add_number(object, "generation", (int64_t)r->generation) &&
				 configuration_add_paths(object, "changed", &r->changed) &&
				 configuration_add_paths(object, "restart_required", &r->restart));
}

static size_t configuration_count_errors(struct slice errors)
{
	size_t count = 0;

	for (size_t i = 0; i < errors.len; i++)
		count += errors.ptr[i] == '\0';
	return count / 2;
}

static void configuration_refuse_invalid(struct call *c, const struct reload *r)
{
	struct slice rest = buffer_content(&r->errors), path, line;
	size_t count = configuration_count_errors(rest);
	struct refusal_error *errors = arena_alloc(&c->arena, (count + 1) * sizeof(*errors));

	if (errors == NULL) {
		call_refuse_memory(c);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		slice_cut(&rest, '\0', &path);
		slice_cut(&rest, '\0', &line);
		errors[i] = (struct refusal_error){ path, line.ptr };
	}
	call_refuse_with(c, REFUSAL_INVALID_CONFIG,
			 "Nothing has changed; mend what errors names, and try again", errors,
			 count);
}

static void configuration_answer(struct call *c, const struct reload *r)
{
	c->failed = r->end != RELOAD_DONE;
	switch (r->end) {
	case RELOAD_DONE:
		configuration_answer_done(c, r);
		break;
	case RELOAD_INVALID:
		configuration_refuse_invalid(c, r);
		break;
	case RELOAD_NO_FILE:
		call_refuse(
			c, REFUSAL_INVALID_CONFIG,
			"This gateway was started without a file (--listen, --app), so there is "
			"none to load; start it with -c");
		break;
	case RELOAD_DRAINING:
		call_refuse(c, REFUSAL_DRAINING, "The gateway ends; the next one loads its file");
		break;
	default:
		call_refuse(
			c, REFUSAL_INTERNAL,
			"Nothing has changed, though nothing is wrong with the file: the log says "
			"why");
	}
}

void configuration_reloaded(struct reload **r)
{
	struct call *c = (*r)->call;

	if (c != NULL) {
		c->on_close = NULL;
		configuration_answer(c, *r);
	}
	reload_free(r);
}

/* --- a reload --- */

static void configuration_forget(struct call *c)
{
	struct reload *r = c->work;

	r->call = NULL;
}

static void configuration_refuse_silence(struct call *c)
{
	configuration_forget(c);
	c->on_close = NULL;
	c->failed = true;
	call_refuse(c, REFUSAL_INTERNAL,
		    "It takes longer than that, and goes on; the log says how it ends");
}

void configuration_answer_reload(struct call *c)
{
	bool dry_run = call_flag(c, "dry_run", false);
	struct reload *r;

	if (!configuration_is_allowed(c) || call_refuse_complaints(c))
		return;
	r = reload_new(dry_run, c->auth.grant->name);
	if (r == NULL) {
		call_refuse_memory(c);
		return;
	}
	r->call = c;
	c->dry_run = dry_run;
	c->work = r;
	c->on_close = configuration_forget;
	c->on_silence = configuration_refuse_silence;
	call_extend(c, CONFIGURATION_RELOAD_MS);
	c->desk->reloader.ask(c->desk->reloader.ctx, r);
}
