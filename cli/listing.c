/* listing.c - see listing.h. */
#include "cli/listing.h"

#include "base/clock.h"
#include "cli/member.h"
#include "cli/vital.h"

#include <stdio.h>

/* What is being printed. */
struct printing {
	struct errand *errand;
	struct listing *listing;
	struct table table;
	size_t printed;
	char *cursor; /* of the next page; NULL: there is none */
	int64_t now_ms;
};

static void printing_add(struct printing *p, const cJSON *entry)
{
	char *text;

	if (errand_is_for_people(p->errand)) {
		table_add(&p->table, entry, p->now_ms);
	} else {
		if (p->errand->format == FORMAT_JSON)
			fputs(p->printed > 0 ? "," : "{\"data\":[\n", stdout);
		text = vital_memory(cJSON_PrintUnformatted(entry));
		screen_print_json(slice_from(text));
		cJSON_free(text);
	}
	p->printed++;
}

/* The page's entries, and where the next one is. */
static enum outcome printing_take(struct printing *p, const struct reply *reply)
{
	cJSON *page = errand_parse(reply);
	const cJSON *data = page != NULL ? errand_data(page) : NULL, *entry;
	const char *next = member_text(page, "page.next");

	if (data == NULL) {
		cJSON_Delete(page);
		return OUTCOME_ERROR;
	}
	cJSON_ArrayForEach(entry, data)
	{
		printing_add(p, entry);
	}
	cJSON_free(p->cursor);
	p->cursor = NULL;
	if (next != NULL) {
		p->cursor = vital_memory(cJSON_malloc(strlen(next) + 1));
		memcpy(p->cursor, next, strlen(next) + 1);
	}
	cJSON_Delete(page);
	return OUTCOME_OK;
}

static enum outcome printing_turn(struct printing *p)
{
	const struct listing *l = p->listing;
	size_t limit = LISTING_PAGE;
	struct buffer target = { 0 };
	struct reply reply;
	enum outcome outcome;
	char number[24];

	if (l->most > 0 && l->most - p->printed < limit)
		limit = l->most - p->printed;
	snprintf(number, sizeof(number), "%zu", limit);
	vital(buffer_append_slice(&target, buffer_content(&l->target)));
	errand_put_parameter(&target, "limit", number);
	errand_put_parameter(&target, "cursor", p->cursor);
	outcome = errand_ask(p->errand, "GET", &target, NULL, &reply);
	if (outcome == OUTCOME_OK)
		outcome = printing_take(p, &reply);
	reply_fini(&reply);
	return outcome;
}

/* An unfinished object shows that there was more. */
static void printing_end(struct printing *p)
{
	const struct screen *screen = &p->errand->screen;

	if (p->errand->format == FORMAT_JSON)
		puts(p->printed > 0 ? "]}" : "{\"data\":[]}");
	if (!errand_is_for_people(p->errand))
		return;
	table_print(&p->table, screen);
	if (p->cursor != NULL && screen->terminal) {
		screen_print(screen, SLICE("there are more"), HUE_FAINT);
		putchar('\n');
	}
}

enum outcome listing_print(struct errand *e, struct listing *l)
{
	struct printing p = { .errand = e, .listing = l, .now_ms = clock_wall_ms() };
	enum outcome outcome;

	table_init(&p.table, l->columns, l->column_count, &e->screen);
	do {
		outcome = printing_turn(&p);
	} while (outcome == OUTCOME_OK && p.cursor != NULL &&
		 (l->most == 0 || p.printed < l->most));
	if (outcome == OUTCOME_OK)
		printing_end(&p);
	cJSON_free(p.cursor);
	table_fini(&p.table);
	buffer_fini(&l->target);
	return outcome;
}
