/* errand.c - see errand.h. */
#include "cli/errand.h"

#include "base/clock.h"
#include "base/percent.h"
#include "cli/member.h"
#include "cli/problem.h"
#include "cli/sheet.h"
#include "cli/vital.h"

void errand_put(struct buffer *target, const char *text)
{
	vital(percent_encode(target, slice_from(text), ""));
}

void errand_put_parameter(struct buffer *target, const char *name, const char *value)
{
	struct slice so_far = buffer_content(target);

	if (value == NULL)
		return;
	vital(buffer_printf(
		target, "%s%s=", memchr(so_far.ptr, '?', so_far.len) == NULL ? "?" : "&", name));
	errand_put(target, value);
}

enum outcome errand_fetch(struct errand *e, const struct remote_request *request,
			  struct reply *reply)
{
	enum outcome outcome = OUTCOME_OK;

	*reply = (struct reply){ .status = 0 };
	if (e->remote == NULL)
		outcome = remote_open(e->arguments, &e->remote);
	return outcome == OUTCOME_OK ? remote_call(e->remote, request, reply) : outcome;
}

static enum outcome errand_send(struct errand *e, struct buffer *target,
				struct remote_request *request, struct reply *reply)
{
	enum outcome outcome;

	vital(buffer_append(target, "", 1));
	request->target = buffer_content(target).ptr;
	outcome = errand_fetch(e, request, reply);
	buffer_fini(target);
	if (outcome == OUTCOME_OK)
		outcome = problem_judge(reply);
	if (outcome != OUTCOME_OK)
		reply_fini(reply);
	return outcome;
}

enum outcome errand_ask(struct errand *e, const char *method, struct buffer *target,
			const char *body, struct reply *reply)
{
	struct remote_request request = {
		.method = method,
		.body = body,
		.type = "application/json",
	};

	return errand_send(e, target, &request, reply);
}

enum outcome errand_patch(struct errand *e, struct buffer *target, const char *if_match,
			  const char *body, struct reply *reply)
{
	struct remote_request request = {
		.method = "PATCH",
		.body = body,
		.type = "application/merge-patch+json",
		.if_match = if_match,
	};

	return errand_send(e, target, &request, reply);
}

static void errand_wonder(const char *lacks)
{
	screen_complain("the answer is no JSON %s: is this a gateway's admin API?", lacks);
}

cJSON *errand_parse(const struct reply *reply)
{
	cJSON *object = member_parse(buffer_content(&reply->body));

	if (cJSON_IsObject(object))
		return object;
	cJSON_Delete(object);
	errand_wonder("object");
	return NULL;
}

const cJSON *errand_data(const cJSON *answer)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(answer, "data");

	if (cJSON_IsArray(data))
		return data;
	errand_wonder("list");
	return NULL;
}

bool errand_is_for_people(const struct errand *e)
{
	return e->format == FORMAT_TABLE;
}

enum outcome errand_show(const struct errand *e, const struct reply *reply)
{
	cJSON *object = errand_parse(reply);

	if (object == NULL)
		return OUTCOME_ERROR;
	if (errand_is_for_people(e))
		sheet_print(object, &e->screen, clock_wall_ms());
	else
		screen_print_json(buffer_content(&reply->body));
	cJSON_Delete(object);
	return OUTCOME_OK;
}

enum outcome errand_ask_and_show(struct errand *e, struct buffer *target)
{
	struct reply reply;
	enum outcome outcome = errand_ask(e, "GET", target, NULL, &reply);

	if (outcome == OUTCOME_OK)
		outcome = errand_show(e, &reply);
	reply_fini(&reply);
	return outcome;
}
