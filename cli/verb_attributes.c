/* verb_attributes.c - sessionctl attrs, set, unset. */
#include "cli/table.h"
#include "cli/verb.h"
#include "cli/vital.h"

#include "session/value.h"

#include <stdlib.h>

static void attributes_put(struct buffer *target, const char *id)
{
	vital(buffer_append_slice(target, SLICE("/api/v1/sessions/")));
	errand_put(target, id);
	vital(buffer_append_slice(target, SLICE("/attributes")));
}

/* --- reading them --- */

static void attributes_add(struct table *t, struct slice name, struct slice value)
{
	char *plain = vital_memory(malloc(name.len + 1));
	size_t len = value_unquote(name, plain);

	table_add_texts(t, (const struct slice[]){ slice_of(plain, len), value });
	free(plain);
}

/* Each member of an object; values as they are written: a number may say more than a double can. SG_EFORMAT. */
static int attributes_add_all(struct table *t, struct slice object)
{
	struct slice name, value;
	int rc = value_object_open(&object);

	for (bool first = true; rc == 0; first = false) {
		rc = value_object_next(&object, first, &name, &value);
		if (rc <= 0)
			return rc;
		attributes_add(t, name, value);
		rc = 0;
	}
	return rc;
}

/* The value of the answer's member "attributes". SG_EFORMAT: there is none. */
static int attributes_find(struct slice text, struct slice *attributes)
{
	struct slice name;
	int rc = value_object_open(&text);

	if (rc != 0)
		return rc;
	for (bool first = true; value_object_next(&text, first, &name, attributes) == 1;
	     first = false)
		if (slice_equal(name, SLICE("attributes")))
			return 0;
	return SG_EFORMAT;
}

static enum outcome attributes_print(const struct errand *e, const struct reply *reply)
{
	static const struct table_column columns[] = { { .heading = "NAME" },
						       { .heading = "VALUE" } };
	struct slice attributes;
	struct table table;
	int rc;

	table_init(&table, columns, 2, &e->screen);
	rc = attributes_find(buffer_content(&reply->body), &attributes);
	if (rc == 0)
		rc = attributes_add_all(&table, attributes);
	if (rc == 0)
		table_print(&table, &e->screen);
	else
		screen_complain("the answer has no attributes");
	table_fini(&table);
	return rc == 0 ? OUTCOME_OK : OUTCOME_ERROR;
}

static enum outcome attributes_show(const struct errand *e, const struct reply *reply)
{
	return errand_is_for_people(e) ? attributes_print(e, reply) : errand_show(e, reply);
}

enum outcome verb_attrs(struct errand *e)
{
	struct buffer target = { 0 };
	struct reply reply;
	enum outcome outcome;

	attributes_put(&target, e->words[0]);
	outcome = errand_ask(e, "GET", &target, NULL, &reply);
	if (outcome == OUTCOME_OK)
		outcome = attributes_show(e, &reply);
	reply_fini(&reply);
	return outcome;
}

/* --- changing them --- */

/* JSON if it is that, or else a text. */
static void attributes_put_value(struct buffer *patch, struct slice text)
{
	struct slice rest = text, value;

	if (value_scan(&rest, &value) == 0 && slice_trim(rest).len == 0)
		vital(buffer_append_slice(patch, value));
	else
		vital(value_quote(patch, text));
}

/* name=value, or a name alone, which goes. */
static enum outcome attributes_put_change(struct buffer *patch, const char *word, bool sets)
{
	struct slice value = slice_from(word), name;

	if (!slice_is_utf8(value)) {
		screen_complain("%s: is not UTF-8", word);
		return OUTCOME_USAGE;
	}
	if (sets != slice_cut(&value, '=', &name) && sets) {
		screen_complain("%s: say name=value", word);
		return OUTCOME_USAGE;
	}
	if (!sets)
		name = slice_from(word);
	vital(buffer_append_slice(patch, buffer_len(patch) > 0 ? SLICE(",") : SLICE("{")));
	vital(value_quote(patch, name));
	vital(buffer_append_slice(patch, SLICE(":")));
	if (sets)
		attributes_put_value(patch, value);
	else
		vital(buffer_append_slice(patch, SLICE("null")));
	return OUTCOME_OK;
}

static enum outcome attributes_write_patch(const struct errand *e, struct buffer *patch, bool sets)
{
	enum outcome outcome = OUTCOME_OK;

	for (size_t i = 1; outcome == OUTCOME_OK && i < e->word_count; i++)
		outcome = attributes_put_change(patch, e->words[i], sets);
	vital(buffer_append(patch, "}", sizeof("}")));
	return outcome;
}

/* The version that has to be there still; else any: what is named is put where it stands, and nothing else is touched, so
 * that nobody's change is lost. Asking for the version first would need the right to see all values. */
static enum outcome attributes_write_match(const struct errand *e, struct buffer *match)
{
	const char *version = e->arguments->values[OPTION_IF_VERSION];
	uint64_t number;

	if (version != NULL && !slice_number(slice_from(version), UINT64_MAX, &number)) {
		screen_complain("--if-version %s: say a number, as get has it", version);
		return OUTCOME_USAGE;
	}
	if (version != NULL)
		vital(buffer_printf(match, "\"%s\"", version));
	else
		vital(buffer_append_slice(match, SLICE("*")));
	vital(buffer_append(match, "", 1));
	return OUTCOME_OK;
}

static enum outcome attributes_send(struct errand *e, const char *match, const char *patch)
{
	struct buffer target = { 0 };
	struct reply reply;
	enum outcome outcome;

	attributes_put(&target, e->words[0]);
	outcome = errand_patch(e, &target, match, patch, &reply);
	if (outcome == OUTCOME_OK)
		outcome = attributes_show(e, &reply);
	reply_fini(&reply);
	return outcome;
}

static enum outcome attributes_change(struct errand *e, bool sets)
{
	struct buffer patch = { 0 }, match = { 0 };
	enum outcome outcome = attributes_write_patch(e, &patch, sets);

	if (outcome == OUTCOME_OK)
		outcome = attributes_write_match(e, &match);
	if (outcome == OUTCOME_OK)
		outcome =
			attributes_send(e, buffer_content(&match).ptr, buffer_content(&patch).ptr);
	buffer_wipe(&patch);
	buffer_fini(&match);
	return outcome;
}

enum outcome verb_set(struct errand *e)
{
	return attributes_change(e, true);
}

enum outcome verb_unset(struct errand *e)
{
	return attributes_change(e, false);
}
