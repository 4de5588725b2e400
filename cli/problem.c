/* problem.c - see problem.h. */
#include "cli/problem.h"

#include "cli/member.h"
#include "cli/screen.h"

#include <string.h>

static enum outcome problem_outcome(unsigned status)
{
	switch (status) {
	case 400:
		return OUTCOME_USAGE;
	case 401:
	case 403:
	case 429: /* of failed credentials */
		return OUTCOME_REFUSED;
	case 404:
		return OUTCOME_NOT_FOUND;
	case 409:
	case 412:
	case 428:
		return OUTCOME_CONFLICT;
	case 503:
	case 504:
		return OUTCOME_UNAVAILABLE;
	default:
		return OUTCOME_ERROR;
	}
}

/* Each line of a file says itself which setting it is about. */
static void problem_list_lines(const cJSON *errors)
{
	const cJSON *error;

	cJSON_ArrayForEach(error, errors)
	{
		if (member_text(error, "detail") != NULL)
			screen_complain("%s", member_text(error, "detail"));
	}
}

static bool problem_is(const cJSON *problem, const char *slug)
{
	static const char before[] = "urn:sessiongate:problem:";
	const char *type = member_text(problem, "type");

	return type != NULL && strncmp(type, before, sizeof(before) - 1) == 0 &&
	       strcmp(type + sizeof(before) - 1, slug) == 0;
}

/* Which parameters are wrong, where the sentence before does not say it already. */
static void problem_list_errors(const cJSON *problem)
{
	const cJSON *errors = member_at(problem, "errors"), *error;

	if (problem_is(problem, "invalid-config")) {
		problem_list_lines(errors);
		return;
	}
	if (cJSON_GetArraySize(errors) < 2)
		return;
	cJSON_ArrayForEach(error, errors)
	{
		const char *parameter = member_text(error, "parameter");
		const char *detail = member_text(error, "detail");

		if (parameter != NULL && detail != NULL)
			screen_complain("%s %s", parameter, detail);
	}
}

/* Behind what is refused for want of one: which scope that is. */
static void problem_name_scope(const struct reply *reply)
{
	static const char mark[] = "scope=\"";
	struct slice rest = buffer_content(&reply->challenge), scope;
	const char *at = rest.len > 0 ? memmem(rest.ptr, rest.len, mark, sizeof(mark) - 1) : NULL;

	if (at == NULL)
		return;
	rest = slice_after(rest, (size_t)(at - rest.ptr) + sizeof(mark) - 1);
	slice_cut(&rest, '"', &scope);
	screen_complain("it takes the scope %.*s", SLICE_ARGS(scope));
}

static void problem_tell(const cJSON *problem, const struct reply *reply)
{
	const char *detail = member_text(problem, "detail");

	screen_complain("%s%s%s", member_text(problem, "title"), detail != NULL ? ": " : "",
			detail != NULL ? detail : "");
	problem_list_errors(problem);
	problem_name_scope(reply);
	if (reply->status >= 500 && member_text(problem, "request_id") != NULL)
		screen_complain("the gateway's log has it as request %s",
				member_text(problem, "request_id"));
}

/* Whose answers explain nothing is no gateway, or something in between. */
static enum outcome problem_wonder(const struct reply *reply)
{
	screen_complain("the answer is HTTP %u, and no explanation: is this a gateway's admin API?",
			reply->status);
	return reply->status >= 502 && reply->status <= 504 ? OUTCOME_UNAVAILABLE : OUTCOME_ERROR;
}

enum outcome problem_judge(const struct reply *reply)
{
	enum outcome outcome = OUTCOME_OK;
	cJSON *problem;

	if (reply->status >= 200 && reply->status < 300)
		return OUTCOME_OK;
	problem = member_parse(buffer_content(&reply->body));
	if (member_text(problem, "title") == NULL) {
		outcome = problem_wonder(reply);
	} else {
		problem_tell(problem, reply);
		outcome = problem_outcome(reply->status);
	}
	cJSON_Delete(problem);
	return outcome;
}
