/* verb_explain.c - sessionctl explain: why a session ended, or a request had none. */
#include "cli/table.h"
#include "cli/verb.h"
#include "cli/vital.h"

#include "base/clock.h"

static const struct table_column explain_columns[] = {
	{ .heading = "AT", .member = "at", .kind = TABLE_MOMENT },
	{ .heading = "NODE", .member = "node" },
	{ .heading = "WHAT", .member = "what" },
	{ .heading = "CAUSE", .member = "cause" },
	{ .heading = "DETAIL", .member = "detail", .kind = TABLE_SENTENCE },
};

static void explain_print_table(const struct errand *e, const cJSON *decisions)
{
	int64_t now_ms = clock_wall_ms();
	const cJSON *decision;
	struct table table;

	table_init(&table, explain_columns, sizeof(explain_columns) / sizeof(explain_columns[0]),
		   &e->screen);
	cJSON_ArrayForEach(decision, decisions)
	{
		table_add(&table, decision, now_ms);
	}
	table_print(&table, &e->screen);
	table_fini(&table);
}

static void explain_print_lines(const cJSON *decisions)
{
	const cJSON *decision;

	cJSON_ArrayForEach(decision, decisions)
	{
		char *text = vital_memory(cJSON_PrintUnformatted(decision));

		screen_print_json(slice_from(text));
		cJSON_free(text);
	}
}

static enum outcome explain_print(const struct errand *e, const struct reply *reply)
{
	cJSON *answer = errand_parse(reply);
	const cJSON *decisions = cJSON_GetObjectItemCaseSensitive(answer, "decisions");

	if (answer == NULL)
		return OUTCOME_ERROR;
	if (errand_is_for_people(e))
		explain_print_table(e, decisions);
	else if (e->format == FORMAT_NDJSON)
		explain_print_lines(decisions);
	else
		screen_print_json(buffer_content(&reply->body));
	cJSON_Delete(answer);
	return OUTCOME_OK;
}

enum outcome verb_explain(struct errand *e)
{
	struct buffer target = { 0 };
	struct reply reply;
	enum outcome outcome;

	vital(buffer_append_slice(&target, SLICE("/api/v1/explain/")));
	errand_put(&target, e->words[0]);
	outcome = errand_ask(e, "GET", &target, NULL, &reply);
	if (outcome == OUTCOME_OK)
		outcome = explain_print(e, &reply);
	reply_fini(&reply);
	return outcome;
}
