/* verb_revoke.c - sessionctl revoke: of ids at once; of all that criteria match only after it was said how many these are.
 *
 * The dry run gives a selection, and what is ended is that: who has come meanwhile stays. */
#include "cli/criteria.h"
#include "cli/member.h"
#include "cli/verb.h"
#include "cli/vital.h"

#include <stdio.h>
#include <stdlib.h>

/* --- ids --- */

static enum outcome revoke_id(struct errand *e, const char *id)
{
	struct buffer target = { 0 };
	struct reply reply;
	enum outcome outcome;

	vital(buffer_append_slice(&target, SLICE("/api/v1/sessions/")));
	errand_put(&target, id);
	errand_put_parameter(&target, "reason", e->arguments->values[OPTION_REASON]);
	outcome = errand_ask(e, "DELETE", &target, NULL, &reply);
	reply_fini(&reply);
	if (outcome == OUTCOME_NOT_FOUND)
		screen_complain("%s: was not revoked", id);
	else if (outcome == OUTCOME_OK && errand_is_for_people(e))
		printf("%s: revoked\n", id);
	return outcome;
}

/* One that is gone already keeps no other from being ended. */
static enum outcome revoke_ids(struct errand *e)
{
	enum outcome outcome, worst = OUTCOME_OK;

	for (size_t i = 0; i < e->word_count; i++) {
		outcome = revoke_id(e, e->words[i]);
		if (outcome != OUTCOME_OK)
			worst = outcome;
		if (outcome != OUTCOME_OK && outcome != OUTCOME_NOT_FOUND)
			break;
	}
	return worst;
}

/* --- criteria --- */

/* The body goes. The answer; NULL: said on stderr, and *outcome says which way it ended. */
static cJSON *revoke_call(struct errand *e, cJSON *body, struct reply *reply, enum outcome *outcome)
{
	struct buffer target = { 0 };
	char *text = vital_memory(cJSON_PrintUnformatted(body));
	cJSON *answer = NULL;

	vital(buffer_append_slice(&target, SLICE("/api/v1/sessions/revoke")));
	*outcome = errand_ask(e, "POST", &target, text, reply);
	if (*outcome == OUTCOME_OK && (answer = errand_parse(reply)) == NULL)
		*outcome = OUTCOME_ERROR;
	cJSON_free(text);
	cJSON_Delete(body);
	return answer;
}

static void revoke_add_reason(const struct errand *e, cJSON *body)
{
	const char *reason = e->arguments->values[OPTION_REASON];

	if (reason != NULL)
		vital_memory(cJSON_AddStringToObject(body, "reason", reason));
}

/* The dry run; as revoke_call(). criteria are the answer's from now on. */
static cJSON *revoke_try(struct errand *e, struct criteria *criteria, struct reply *reply,
			 enum outcome *outcome)
{
	cJSON *body = vital_memory(cJSON_CreateObject());

	cJSON_AddItemToObject(body, "filter", criteria->each);
	criteria->each = NULL;
	vital_memory(cJSON_AddTrueToObject(body, "dry_run"));
	revoke_add_reason(e, body);
	return revoke_call(e, body, reply, outcome);
}

static void revoke_print_trial(const struct errand *e, const cJSON *trial)
{
	const char *more = member_is_true(trial, "more") ? "more than " : "";
	const cJSON *id;
	struct buffer clean = { 0 };

	printf("%s%.0f sessions of %s%.0f users match", more, member_number(trial, "matched"), more,
	       member_number(trial, "users"));
	cJSON_ArrayForEach(id, member_at(trial, "sample"))
	{
		const char *text = cJSON_GetStringValue(id);

		vital(buffer_append_slice(&clean, SLICE("\n  ")));
		screen_clean(&clean, slice_from(text), SIZE_MAX);
	}
	screen_print(&e->screen, buffer_content(&clean), HUE_PLAIN);
	putchar('\n');
	buffer_fini(&clean);
}

static enum outcome revoke_show_trial(const struct errand *e, const struct reply *reply,
				      const cJSON *trial)
{
	if (errand_is_for_people(e))
		revoke_print_trial(e, trial);
	else
		screen_print_json(buffer_content(&reply->body));
	screen_complain("nothing was revoked: add --yes");
	return OUTCOME_USAGE;
}

/* What has been done, over all calls. */
struct revoked {
	double count;
	bool more;
	cJSON *failed; /* ids */
};

static void revoke_print(const struct errand *e, const struct revoked *r)
{
	cJSON *object;
	char *text;

	if (errand_is_for_people(e)) {
		printf("%.0f sessions revoked\n", r->count);
		return;
	}
	object = vital_memory(cJSON_CreateObject());
	vital_memory(cJSON_AddFalseToObject(object, "dry_run"));
	vital_memory(cJSON_AddNumberToObject(object, "revoked", r->count));
	vital_memory(cJSON_AddBoolToObject(object, "more", r->more));
	cJSON_AddItemReferenceToObject(object, "failed", r->failed);
	text = vital_memory(cJSON_PrintUnformatted(object));
	screen_print_json(slice_from(text));
	cJSON_free(text);
	cJSON_Delete(object);
}

/* The answer's goes to what was there before. */
static void revoke_add_up(struct revoked *r, cJSON *answer)
{
	cJSON *failed = cJSON_GetObjectItemCaseSensitive(answer, "failed"), *id;

	r->count += member_number(answer, "revoked");
	r->more = member_is_true(answer, "more");
	while (failed != NULL && (id = cJSON_DetachItemFromArray(failed, 0)) != NULL)
		cJSON_AddItemToArray(r->failed, id);
}

/* As much of the selection as one call ends. */
static enum outcome revoke_some(struct errand *e, const char *selection, struct revoked *r)
{
	cJSON *body = vital_memory(cJSON_CreateObject()), *answer;
	enum outcome outcome;
	struct reply reply;

	vital_memory(cJSON_AddStringToObject(body, "selection", selection));
	vital_memory(cJSON_AddFalseToObject(body, "dry_run"));
	revoke_add_reason(e, body);
	answer = revoke_call(e, body, &reply, &outcome);
	if (answer != NULL)
		revoke_add_up(r, answer);
	cJSON_Delete(answer);
	reply_fini(&reply);
	return outcome;
}

/* Until nothing is left of it; where a call ends nothing the next one would not either. */
static enum outcome revoke_all(struct errand *e, const char *selection, struct revoked *r)
{
	enum outcome outcome;
	double before;

	do {
		before = r->count;
		outcome = revoke_some(e, selection, r);
	} while (outcome == OUTCOME_OK && r->more && r->count > before);
	return outcome;
}

static enum outcome revoke_selection(struct errand *e, const char *selection)
{
	struct revoked revoked = { .more = true, .failed = vital_memory(cJSON_CreateArray()) };
	enum outcome outcome = revoke_all(e, selection, &revoked);
	bool whole = !revoked.more && cJSON_GetArraySize(revoked.failed) == 0;

	if (outcome == OUTCOME_OK || revoked.count > 0)
		revoke_print(e, &revoked);
	if (!whole)
		screen_complain("some are left: try again");
	cJSON_Delete(revoked.failed);
	return outcome == OUTCOME_OK && !whole ? OUTCOME_ERROR : outcome;
}

static enum outcome revoke_matching(struct errand *e, struct criteria *criteria)
{
	enum outcome outcome;
	struct reply reply;
	cJSON *trial = revoke_try(e, criteria, &reply, &outcome);
	const char *selection = member_text(trial, "selection");

	if (trial == NULL) {
		;
	} else if ((e->arguments->given & OPTION_BIT(YES)) == 0) {
		outcome = revoke_show_trial(e, &reply, trial);
	} else if (selection == NULL) {
		screen_complain("the dry run's answer has no selection");
		outcome = OUTCOME_ERROR;
	} else {
		outcome = revoke_selection(e, selection);
	}
	cJSON_Delete(trial);
	reply_fini(&reply);
	return outcome;
}

enum outcome verb_revoke(struct errand *e)
{
	struct criteria criteria;
	enum outcome outcome = criteria_read(&criteria, e->arguments);
	bool matching;

	if (outcome != OUTCOME_OK)
		return outcome;
	matching = criteria.each->child != NULL;
	if (matching == (e->word_count > 0)) {
		screen_complain(
			"say which sessions: either their ids, or --user, --filter and the like");
		outcome = OUTCOME_USAGE;
	} else {
		outcome = matching ? revoke_matching(e, &criteria) : revoke_ids(e);
	}
	criteria_fini(&criteria);
	return outcome;
}
