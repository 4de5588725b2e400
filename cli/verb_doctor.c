/* verb_doctor.c - sessionctl doctor: what should be changed, the worst first. */
#include "cli/member.h"
#include "cli/verb.h"
#include "cli/vital.h"

#include <stdio.h>

static bool doctor_is_bad(const cJSON *finding)
{
	const char *level = member_text(finding, "level");

	return level != NULL && (strcmp(level, "fail") == 0 || strcmp(level, "warn") == 0);
}

static enum hue doctor_hue(const char *level)
{
	if (strcmp(level, "fail") == 0)
		return HUE_BAD;
	if (strcmp(level, "warn") == 0)
		return HUE_DOUBTFUL;
	return strcmp(level, "pass") == 0 ? HUE_GOOD : HUE_FAINT;
}

/* Of a text of others; then it is emptied. */
static void doctor_print(const struct errand *e, struct buffer *text, enum hue hue)
{
	struct buffer clean = { 0 };

	screen_clean(&clean, buffer_content(text), SIZE_MAX);
	screen_print(&e->screen, buffer_content(&clean), hue);
	buffer_fini(&clean);
	buffer_truncate(text, 0);
}

static const char *doctor_say(const cJSON *finding, const char *name)
{
	const char *text = member_text(finding, name);

	return text != NULL ? text : "";
}

/* "warn  cookie.secure (default): …", and what is to be done in a line of its own. */
static void doctor_show(const struct errand *e, const cJSON *finding)
{
	const char *subject = doctor_say(finding, "subject"),
		   *advice = doctor_say(finding, "advice");
	struct buffer text = { 0 };

	vital(buffer_printf(&text, "%-5s", doctor_say(finding, "level")));
	doctor_print(e, &text, doctor_hue(doctor_say(finding, "level")));
	vital(buffer_printf(&text, " %s%s%s%s: %s", doctor_say(finding, "check"),
			    subject[0] != '\0' ? " (" : "", subject, subject[0] != '\0' ? ")" : "",
			    doctor_say(finding, "detail")));
	doctor_print(e, &text, HUE_PLAIN);
	putchar('\n');
	if (advice[0] != '\0') {
		vital(buffer_printf(&text, "      -> %s", advice));
		doctor_print(e, &text, HUE_PLAIN);
		putchar('\n');
	}
	buffer_fini(&text);
}

static void doctor_show_all(const struct errand *e, const cJSON *findings)
{
	bool all = (e->arguments->given & OPTION_BIT(VERBOSE)) != 0;
	const cJSON *finding;
	size_t shown = 0, held = 0;

	cJSON_ArrayForEach(finding, findings)
	{
		if (all || doctor_is_bad(finding)) {
			doctor_show(e, finding);
			shown++;
		} else {
			held++;
		}
	}
	if (shown == 0)
		puts("nothing has to be changed");
	if (held > 0)
		printf("%zu more that are fine, or just to be known: -v\n", held);
}

/* Each as a line. */
static void doctor_list(const cJSON *findings)
{
	const cJSON *finding;

	cJSON_ArrayForEach(finding, findings)
	{
		char *text = vital_memory(cJSON_PrintUnformatted(finding));

		screen_print_json(slice_from(text));
		cJSON_free(text);
	}
}

static enum outcome doctor_judge(const cJSON *findings)
{
	const cJSON *finding;

	cJSON_ArrayForEach(finding, findings)
	{
		if (doctor_is_bad(finding))
			return OUTCOME_ERROR;
	}
	return OUTCOME_OK;
}

static enum outcome doctor_take(const struct errand *e, const struct reply *reply)
{
	cJSON *object = errand_parse(reply);
	const cJSON *findings = member_at(object, "findings");
	enum outcome outcome;

	if (!cJSON_IsArray(findings)) {
		if (object != NULL)
			screen_complain("the answer has no findings");
		cJSON_Delete(object);
		return OUTCOME_ERROR;
	}
	if (errand_is_for_people(e))
		doctor_show_all(e, findings);
	else if (e->format == FORMAT_NDJSON)
		doctor_list(findings);
	else
		screen_print_json(buffer_content(&reply->body));
	outcome = doctor_judge(findings);
	cJSON_Delete(object);
	return outcome;
}

enum outcome verb_doctor(struct errand *e)
{
	struct buffer target = { 0 };
	struct reply reply;
	enum outcome outcome;

	vital(buffer_append_slice(&target, SLICE("/api/v1/doctor")));
	errand_put_parameter(&target, "application", e->arguments->values[OPTION_APP]);
	outcome = errand_ask(e, "GET", &target, NULL, &reply);
	if (outcome == OUTCOME_OK)
		outcome = doctor_take(e, &reply);
	reply_fini(&reply);
	return outcome;
}
