/* criteria.c - see criteria.h. */
#include "cli/criteria.h"

#include "base/quantity.h"
#include "cli/errand.h"
#include "cli/screen.h"
#include "cli/vital.h"

#include <inttypes.h>
#include <stdio.h>

/* clang-format off */
#define CRITERIA(X) /* name, is a number */							\
	X("realm", false) X("user", false) X("user_prefix", false) X("application", false)	\
	X("host", false) X("state", false) X("ip", false) X("user_agent", false)		\
	X("created_after", false) X("created_before", false) X("seen_after", false)		\
	X("seen_before", false) X("idle_gt_s", true) X("min_bytes", true)
/* clang-format on */

static const struct {
	const char *name;
	bool is_number;
} criteria_names[] = {
#define CRITERION(name, is_number) { name, is_number },
	CRITERIA(CRITERION)
#undef CRITERION
};

#define CRITERIA_COUNT (sizeof(criteria_names) / sizeof(criteria_names[0]))

static enum outcome criteria_complain_of_name(struct slice name)
{
	struct buffer names = { 0 };

	for (size_t i = 0; i < CRITERIA_COUNT; i++)
		vital(buffer_printf(&names, "%s%s", i > 0 ? ", " : "", criteria_names[i].name));
	screen_complain("--filter %.*s: there is %.*s", SLICE_ARGS(name),
			SLICE_ARGS(buffer_content(&names)));
	buffer_fini(&names);
	return OUTCOME_USAGE;
}

/* Its row in the table; CRITERIA_COUNT: none. */
static size_t criteria_find(struct slice name)
{
	size_t i = 0;

	while (i < CRITERIA_COUNT && !slice_equal(name, slice_from(criteria_names[i].name)))
		i++;
	return i;
}

static enum outcome criteria_add(struct criteria *c, struct slice name, const char *value)
{
	size_t i = criteria_find(name);
	uint64_t number;
	bool numeric;

	if (i == CRITERIA_COUNT)
		return criteria_complain_of_name(name);
	if (cJSON_GetObjectItemCaseSensitive(c->each, criteria_names[i].name) != NULL) {
		screen_complain("%s: asked for twice", criteria_names[i].name);
		return OUTCOME_USAGE;
	}
	if (value[0] == '\0') {
		screen_complain("%s: say which", criteria_names[i].name);
		return OUTCOME_USAGE;
	}
	/* of what is no number the API says what is wrong */
	numeric = criteria_names[i].is_number && slice_number(slice_from(value), 1u << 30, &number);
	vital_memory(
		numeric ? cJSON_AddNumberToObject(c->each, criteria_names[i].name, (double)number)
			: cJSON_AddStringToObject(c->each, criteria_names[i].name, value));
	return OUTCOME_OK;
}

static enum outcome criteria_add_filter(struct criteria *c, const char *filter)
{
	struct slice name, value = slice_from(filter);

	if (slice_cut(&value, '=', &name))
		return criteria_add(c, name, value.ptr); /* ends where filter does */
	screen_complain("--filter %s: say name=value", filter);
	return OUTCOME_USAGE;
}

static enum outcome criteria_add_idle(struct criteria *c, const char *text)
{
	const char *wrong;
	char seconds[24];
	uint64_t ms;

	wrong = quantity_read_duration(slice_from(text), &ms);
	if (wrong != NULL) {
		screen_complain("--idle-gt %s: %s", text, wrong);
		return OUTCOME_USAGE;
	}
	snprintf(seconds, sizeof(seconds), "%" PRIu64, ms / 1000);
	return criteria_add(c, SLICE("idle_gt_s"), seconds);
}

static enum outcome criteria_add_options(struct criteria *c, const struct arguments *a)
{
	static const enum option_name plain[] = { OPTION_USER, OPTION_REALM, OPTION_STATE,
						  OPTION_IP };
	enum outcome outcome = OUTCOME_OK;

	for (size_t i = 0; outcome == OUTCOME_OK && i < sizeof(plain) / sizeof(plain[0]); i++)
		if (a->values[plain[i]] != NULL)
			outcome = criteria_add(c, slice_from(option_text(plain[i])),
					       a->values[plain[i]]);
	if (outcome == OUTCOME_OK && a->values[OPTION_IDLE_GT] != NULL)
		outcome = criteria_add_idle(c, a->values[OPTION_IDLE_GT]);
	return outcome;
}

enum outcome criteria_read(struct criteria *c, const struct arguments *a)
{
	enum outcome outcome;

	c->each = vital_memory(cJSON_CreateObject());
	outcome = criteria_add_options(c, a);
	for (size_t i = 0; outcome == OUTCOME_OK && i < a->filter_count; i++)
		outcome = criteria_add_filter(c, a->filters[i]);
	if (outcome != OUTCOME_OK)
		criteria_fini(c);
	return outcome;
}

void criteria_fini(struct criteria *c)
{
	cJSON_Delete(c->each);
	c->each = NULL;
}

void criteria_put(const struct criteria *c, struct buffer *target)
{
	const cJSON *criterion;
	char number[24];

	cJSON_ArrayForEach(criterion, c->each)
	{
		snprintf(number, sizeof(number), "%.0f", criterion->valuedouble);
		errand_put_parameter(target, criterion->string,
				     cJSON_IsString(criterion) ? criterion->valuestring : number);
	}
}
