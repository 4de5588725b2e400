/* verb_users.c - sessionctl users, block, unblock. */
#include "cli/listing.h"
#include "cli/member.h"
#include "cli/verb.h"
#include "cli/vital.h"

#include <stdio.h>

static enum hue users_blocked_hue(const cJSON *user)
{
	return member_is_true(user, "blocked") ? HUE_BAD : HUE_FAINT;
}

enum outcome verb_users(struct errand *e)
{
	static const struct table_column columns[] = {
		{ "USER", "user", TABLE_TEXT, NULL, 0 },
		{ "REALM", "realm", TABLE_TEXT, NULL, 0 },
		{ "SESSIONS", "sessions", TABLE_NUMBER, NULL, 0 },
		{ "SEEN", "last_seen_at", TABLE_MOMENT, NULL, 0 },
		{ "BLOCKED", "blocked", TABLE_TEXT, users_blocked_hue, 0 },
	};
	struct listing listing = {
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]),
	};

	vital(buffer_append_slice(&listing.target, SLICE("/api/v1/users")));
	errand_put_parameter(&listing.target, "min_sessions", e->arguments->values[OPTION_MIN]);
	errand_put_parameter(&listing.target, "realm", e->arguments->values[OPTION_REALM]);
	return listing_print(e, &listing);
}

/* --- blocks --- */

static void users_put_block(const struct errand *e, struct buffer *target)
{
	vital(buffer_append_slice(target, SLICE("/api/v1/users/")));
	errand_put(target, e->words[0]);
	vital(buffer_append_slice(target, SLICE("/block")));
	errand_put_parameter(target, "realm", e->arguments->values[OPTION_REALM]);
}

/* Its text is to be freed by cJSON_free(). */
static char *users_write_block(const struct errand *e)
{
	static const enum option_name options[] = { OPTION_UNTIL, OPTION_REASON };
	cJSON *body = vital_memory(cJSON_CreateObject());
	char *text;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (e->arguments->values[options[i]] != NULL)
			vital_memory(cJSON_AddStringToObject(body, option_text(options[i]),
							     e->arguments->values[options[i]]));
	text = vital_memory(cJSON_PrintUnformatted(body));
	cJSON_Delete(body);
	return text;
}

enum outcome verb_block(struct errand *e)
{
	struct buffer target = { 0 };
	char *body = users_write_block(e);
	struct reply reply;
	enum outcome outcome;

	users_put_block(e, &target);
	outcome = errand_ask(e, "PUT", &target, body, &reply);
	if (outcome == OUTCOME_OK)
		outcome = errand_show(e, &reply);
	reply_fini(&reply);
	cJSON_free(body);
	return outcome;
}

enum outcome verb_unblock(struct errand *e)
{
	struct buffer target = { 0 };
	struct reply reply;
	enum outcome outcome;

	users_put_block(e, &target);
	outcome = errand_ask(e, "DELETE", &target, NULL, &reply);
	if (outcome == OUTCOME_OK && errand_is_for_people(e))
		puts("not blocked");
	reply_fini(&reply);
	return outcome;
}
