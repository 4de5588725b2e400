/* verb_events.c - sessionctl events: what has happened, and with -f what happens from then on. */
#include "cli/feed.h"
#include "cli/listing.h"
#include "cli/member.h"
#include "cli/problem.h"
#include "cli/verb.h"
#include "cli/vital.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

enum {
	EVENTS_BEFORE = 10, /* that -f begins with, as tail does */
	EVENTS_PAUSE_S = 1, /* before it is connected again, and twice as long each time */
	EVENTS_PAUSE_MOST_S = 16,
};

static enum hue events_type_hue(const cJSON *event)
{
	const char *type = member_text(event, "type");
	static const char *const bad[] = { "session.denied",    "store.down",
					   "store.data_lost",   "config.rejected",
					   "admin.auth_failed", "stream.gap" };

	for (size_t i = 0; type != NULL && i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strcmp(type, bad[i]) == 0)
			return HUE_BAD;
	return HUE_PLAIN;
}

/* So wide at least, that lines which are printed one by one stand below each other. */
static const struct table_column events_columns[] = {
	{ "AT", "at", TABLE_TEXT, NULL, 24 },
	{ "TYPE", "type", TABLE_TEXT, events_type_hue, 18 },
	{ "SESSION", "session", TABLE_TEXT, NULL, 20 },
	{ "USER", "user", TABLE_TEXT, NULL, 12 },
	{ "APPLICATION", "application", TABLE_TEXT, NULL, 11 },
	{ "ACTOR", "actor", TABLE_TEXT, NULL, 8 },
	{ "CAUSE", "cause", TABLE_TEXT, NULL, 8 },
	{ "REASON", "reason", TABLE_TEXT, NULL, 6 },
};

enum { EVENTS_COLUMNS = sizeof(events_columns) / sizeof(events_columns[0]) };

static void events_put_target(const struct errand *e, struct buffer *target)
{
	static const enum option_name options[] = { OPTION_TYPES, OPTION_USER, OPTION_REALM };

	vital(buffer_append_slice(target, SLICE("/api/v1/events")));
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		errand_put_parameter(target, option_text(options[i]),
				     e->arguments->values[options[i]]);
}

/* --- one after the other --- */

struct following {
	struct errand *errand;
	struct feed feed;
	bool begun;  /* something has come */
	bool headed; /* the table's headings have been printed */
};

static void following_print_row(struct following *f, const cJSON *event)
{
	struct table table;

	table_init(&table, events_columns, EVENTS_COLUMNS, &f->errand->screen);
	if (f->headed)
		table_behead(&table);
	f->headed = true;
	table_add(&table, event, clock_wall_ms());
	table_print(&table, &f->errand->screen);
	table_fini(&table);
}

/* An object without end would be none: whatever the format, it is one a line. */
static void following_on_event(void *ctx, struct slice data)
{
	struct following *f = ctx;
	cJSON *event = member_parse(data);

	if (event == NULL)
		screen_complain("what came is no event: is this a gateway's admin API?");
	else if (errand_is_for_people(f->errand))
		following_print_row(f, event);
	else
		screen_print_json(data);
	cJSON_Delete(event);
	fflush(stdout);
}

static bool following_on_bytes(void *ctx, struct slice bytes)
{
	struct following *f = ctx;

	f->begun = true;
	return feed_take(&f->feed, bytes) == 0;
}

/* With those that were before, unless it goes on. They come in the stream: what happened between a list and a stream would
 * be in neither. */
static void following_put_target(const struct following *f, struct buffer *target)
{
	char limit[12];

	events_put_target(f->errand, target);
	if (buffer_len(&f->feed.id) > 0)
		return;
	snprintf(limit, sizeof(limit), "%d", EVENTS_BEFORE);
	errand_put_parameter(target, "limit", limit);
}

/* Until the other side ends it. */
static enum outcome following_listen(struct following *f)
{
	struct buffer target = { 0 }, id = { 0 };
	struct remote_request request = { .method = "GET",
					  .accept = "text/event-stream",
					  .on_bytes = following_on_bytes,
					  .ctx = f };
	struct reply reply;
	enum outcome outcome;

	following_put_target(f, &target);
	vital(buffer_append(&target, "", 1));
	request.target = buffer_content(&target).ptr;
	vital(buffer_append_slice(&id, buffer_content(&f->feed.id)));
	vital(buffer_append(&id, "", 1));
	if (buffer_len(&f->feed.id) > 0)
		request.last_event_id = buffer_content(&id).ptr;
	feed_restart(&f->feed);
	outcome = errand_fetch(f->errand, &request, &reply);
	if (outcome == OUTCOME_OK)
		outcome = problem_judge(&reply);
	reply_fini(&reply);
	buffer_fini(&target);
	buffer_fini(&id);
	return outcome;
}

/* A gateway that is away for a while comes back, and it goes on where it was, or says that something is missing; one that
 * was never there does not. */
static enum outcome events_follow(struct errand *e)
{
	struct following f = { .errand = e };
	unsigned pause_s = EVENTS_PAUSE_S;
	enum outcome outcome;

	f.feed.on_event = following_on_event;
	f.feed.ctx = &f;
	outcome = following_listen(&f);
	while (f.begun && (outcome == OUTCOME_OK || outcome == OUTCOME_UNAVAILABLE)) {
		pause_s = outcome == OUTCOME_OK ? EVENTS_PAUSE_S : 2 * pause_s;
		sleep(pause_s < EVENTS_PAUSE_MOST_S ? pause_s : EVENTS_PAUSE_MOST_S);
		outcome = following_listen(&f);
	}
	feed_fini(&f.feed);
	if (outcome != OUTCOME_OK)
		return outcome;
	screen_complain("nothing came: is this a gateway's admin API?");
	return OUTCOME_ERROR;
}

enum outcome verb_events(struct errand *e)
{
	struct listing listing = { .columns = events_columns,
				   .column_count = EVENTS_COLUMNS,
				   .most = LISTING_STANDARD };

	if ((e->arguments->given & OPTION_BIT(FOLLOW)) != 0)
		return events_follow(e);
	events_put_target(e, &listing.target);
	return listing_print(e, &listing);
}
