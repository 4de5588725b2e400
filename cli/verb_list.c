/* verb_list.c - sessionctl list. */
#include "cli/criteria.h"
#include "cli/listing.h"
#include "cli/member.h"
#include "cli/verb.h"
#include "cli/vital.h"

#include <stdio.h>
#include <unistd.h>

enum {
	LIST_WATCH_S = 2,
	LIST_HEADING_LINES =
		3, /* of a screen: headings, "there are more", and where the cursor waits */
};

static enum hue list_state_hue(const cJSON *session)
{
	return member_at(session, "user") != NULL && member_text(session, "user") != NULL
		       ? HUE_GOOD
		       : HUE_FAINT;
}

static const struct table_column list_columns[] = {
	{ "ID", "id", TABLE_TEXT, NULL, 0 },
	{ "USER", "user", TABLE_TEXT, NULL, 0 },
	{ "REALM", "realm", TABLE_TEXT, NULL, 0 },
	{ "STATE", "state", TABLE_TEXT, list_state_hue, 0 },
	{ "APPLICATION", "application", TABLE_TEXT, NULL, 0 },
	{ "ADDRESS", "device.last_ip", TABLE_TEXT, NULL, 0 },
	{ "BYTES", "attributes.bytes", TABLE_NUMBER, NULL, 0 },
	{ "SEEN", "last_seen_at", TABLE_MOMENT, NULL, 0 },
	{ "CREATED", "created_at", TABLE_MOMENT, NULL, 0 },
	{ "ENDS", "expires_at", TABLE_MOMENT, NULL, 0 },
};

static enum outcome list_print(struct errand *e, const struct criteria *criteria, size_t most)
{
	struct listing listing = {
		.columns = list_columns,
		.column_count = sizeof(list_columns) / sizeof(list_columns[0]),
		.most = most,
	};

	vital(buffer_append_slice(&listing.target, SLICE("/api/v1/sessions")));
	criteria_put(criteria, &listing.target);
	return listing_print(e, &listing);
}

/* Again and again; a gateway that is away for a while may come back. */
static enum outcome list_watch(struct errand *e, const struct criteria *criteria, size_t most)
{
	enum outcome outcome;

	do {
		screen_clear(&e->screen);
		outcome = list_print(e, criteria, most);
		if (fflush(stdout) != 0)
			return OUTCOME_ERROR;
		sleep(LIST_WATCH_S);
	} while (outcome == OUTCOME_OK || outcome == OUTCOME_UNAVAILABLE);
	return outcome;
}

/* As many as a look at them shows. */
static size_t list_most(const struct errand *e, bool watch)
{
	unsigned lines = screen_lines(&e->screen);

	if ((e->arguments->given & OPTION_BIT(ALL)) != 0)
		return 0;
	if (!watch || !e->screen.terminal || !errand_is_for_people(e))
		return LISTING_STANDARD;
	return lines > LIST_HEADING_LINES ? lines - LIST_HEADING_LINES : 1;
}

enum outcome verb_list(struct errand *e)
{
	bool watch = (e->arguments->given & OPTION_BIT(WATCH)) != 0;
	struct criteria criteria;
	enum outcome outcome = criteria_read(&criteria, e->arguments);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (watch)
		outcome = list_watch(e, &criteria, list_most(e, watch));
	else
		outcome = list_print(e, &criteria, list_most(e, watch));
	criteria_fini(&criteria);
	return outcome;
}
