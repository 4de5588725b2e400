/* verb_about.c - sessionctl stats, status, whoami. */
#include "cli/member.h"
#include "cli/problem.h"
#include "cli/verb.h"
#include "cli/vital.h"

/* /readyz tells what is not well with 503, as others do who have nothing to tell. */
static bool about_is_unwell(const struct reply *reply)
{
	cJSON *object = member_parse(buffer_content(&reply->body));
	bool told = member_text(object, "status") != NULL;

	cJSON_Delete(object);
	return reply->status == 503 && told;
}

/* What is not well is an answer here. */
enum outcome verb_status(struct errand *e)
{
	static const struct remote_request request = { .method = "GET", .target = "/readyz" };
	struct reply reply;
	enum outcome shown, outcome = errand_fetch(e, &request, &reply);
	bool fails = outcome == OUTCOME_OK && about_is_unwell(&reply);

	if (outcome == OUTCOME_OK && !fails)
		outcome = problem_judge(&reply);
	if (outcome == OUTCOME_OK) {
		shown = errand_show(e, &reply);
		outcome = fails ? OUTCOME_UNAVAILABLE : shown;
	}
	reply_fini(&reply);
	return outcome;
}

enum outcome verb_stats(struct errand *e)
{
	struct buffer target = { 0 };

	vital(buffer_append_slice(&target, SLICE("/api/v1/stats")));
	return errand_ask_and_show(e, &target);
}

enum outcome verb_whoami(struct errand *e)
{
	struct buffer target = { 0 };

	vital(buffer_append_slice(&target, SLICE("/api/v1/whoami")));
	return errand_ask_and_show(e, &target);
}
