/* config_schema.c - the JSON Schema (2020-12) of the configuration, for editors.
 * A text with ${NAME} stands for anything, so every single value may be one. */
#include "gateway/config_table.h"

#include "session/value.h"

#include <inttypes.h>

static int schema_table(struct buffer *out, const struct option_table *table, bool root);

static int schema_quote(struct buffer *out, const char *text)
{
	return value_quote(out, slice_from(text));
}

/* Editors that read YAML 1.1 take the words on and off for booleans before they look here. */
static int schema_word(struct buffer *out, const char *word)
{
	int rc = schema_quote(out, word);

	if (rc == 0 && strcmp(word, "on") == 0)
		rc = buffer_append_slice(out, SLICE(",true"));
	if (rc == 0 && strcmp(word, "off") == 0)
		rc = buffer_append_slice(out, SLICE(",false"));
	return rc;
}

static int schema_words(struct buffer *out, const struct option *o)
{
	int rc = buffer_append_slice(out, SLICE("{\"enum\":["));

	for (size_t i = 0; o->words[i].text != NULL && rc == 0; i++) {
		if (i > 0)
			rc = buffer_append(out, ",", 1);
		if (rc == 0)
			rc = schema_word(out, o->words[i].text);
	}
	return rc == 0 ? buffer_append_slice(out, SLICE("]}")) : rc;
}

/* A number without a unit, or a text of digits and one of the units. */
static int schema_quantity(struct buffer *out, uint64_t min, uint64_t max, const char *units)
{
	return buffer_printf(out,
			     "{\"type\":\"integer\",\"minimum\":%" PRIu64 ",\"maximum\":%" PRIu64
			     "},{\"type\":\"string\",\"pattern\":\"^(0|[0-9]+%s)$\"}",
			     min, max, units);
}

/* One value, without what may stand for any. */
static int schema_value(struct buffer *out, const struct option *o)
{
	switch (o->type) {
	case OPTION_FLAG:
		return buffer_append_slice(
			out, SLICE("{\"enum\":[true,false,\"yes\",\"no\",\"on\",\"off\"]}"));
	case OPTION_COUNT:
		return schema_quantity(out, o->min, o->max, "");
	case OPTION_DURATION:
		return schema_quantity(out, 0, 0, "(ms|s|m|h|d)");
	case OPTION_SIZE:
		return schema_quantity(out, o->min, o->max, "[kmg]?");
	case OPTION_MODE:
		return schema_quantity(out, 0, 777, "");
	case OPTION_DATE:
		return buffer_append_slice(out, SLICE("{\"type\":\"string\",\"format\":\"date\"}"));
	case OPTION_TIME:
		return buffer_append_slice(out,
					   SLICE("{\"type\":\"string\",\"format\":\"date-time\"}"));
	case OPTION_WORD:
	case OPTION_WORDS:
	case OPTION_CHOICE:
		return schema_words(out, o);
	default:
		return buffer_append_slice(out, SLICE("{\"type\":\"string\"}"));
	}
}

static int schema_single(struct buffer *out, const struct option *o)
{
	int rc = buffer_append_slice(out, SLICE("\"anyOf\":["));

	if (rc == 0)
		rc = schema_value(out, o);
	if (rc == 0 && (o->flags & OPTION_AUTO))
		rc = buffer_append_slice(out, SLICE(",{\"const\":\"auto\"}"));
	return rc == 0 ? buffer_append_slice(out, SLICE(",{\"$ref\":\"#/$defs/environment\"}]"))
		       : rc;
}

/* One item of a list of sections: the section, or the plain value that stands for it. */
static int schema_section_item(struct buffer *out, const struct option *o)
{
	int rc = 0;

	if (o->table->brief != NULL)
		rc = buffer_append_slice(out, SLICE("\"anyOf\":[{\"type\":\"string\"},{"));
	if (rc == 0)
		rc = schema_table(out, o->table, false);
	if (rc == 0 && o->table->brief != NULL)
		rc = buffer_append_slice(out, SLICE("}]"));
	return rc;
}

static int schema_item(struct buffer *out, const struct option *o)
{
	return o->type == OPTION_SECTIONS ? schema_section_item(out, o) : schema_single(out, o);
}

/* A list, or one value that stands for a list of one. */
static int schema_list(struct buffer *out, const struct option *o)
{
	int rc = buffer_append_slice(out, SLICE("\"anyOf\":[{"));

	if (rc == 0)
		rc = schema_item(out, o);
	if (rc == 0)
		rc = buffer_printf(out, "},{\"type\":\"array\",\"minItems\":%d,\"items\":{",
				   o->flags & OPTION_NOT_EMPTY ? 1 : 0);
	if (rc == 0)
		rc = schema_item(out, o);
	return rc == 0 ? buffer_append_slice(out, SLICE("}}]")) : rc;
}

static int schema_named(struct buffer *out, const struct option *o)
{
	int rc = buffer_append_slice(out,
				     SLICE("\"type\":[\"object\",\"null\"],"
					   "\"propertyNames\":{\"pattern\":\"^[a-z0-9-]{1,32}$\"},"
					   "\"additionalProperties\":{"));

	if (rc == 0)
		rc = schema_table(out, o->table, false);
	return rc == 0 ? buffer_append(out, "}", 1) : rc;
}

/* A word, or a section with the settings of one. */
static int schema_choice(struct buffer *out, const struct option *o)
{
	int rc = buffer_append_slice(out, SLICE("\"anyOf\":[{"));

	if (rc == 0)
		rc = schema_single(out, o);
	if (rc == 0)
		rc = buffer_append_slice(out, SLICE("},{\"minProperties\":1,\"maxProperties\":1,"));
	if (rc == 0)
		rc = schema_table(out, o->table, false);
	return rc == 0 ? buffer_append_slice(out, SLICE("}]")) : rc;
}

static int schema_constraints(struct buffer *out, const struct option *o)
{
	switch (o->type) {
	case OPTION_SECTION:
		return schema_table(out, o->table, false);
	case OPTION_NAMED:
		return schema_named(out, o);
	case OPTION_CHOICE:
		return schema_choice(out, o);
	case OPTION_PARAMS:
		return buffer_append_slice(
			out, SLICE("\"type\":[\"object\",\"null\"],\"additionalProperties\":"
				   "{\"type\":[\"string\",\"number\",\"boolean\",\"null\"]}"));
	case OPTION_WORDS:
	case OPTION_TEXTS:
	case OPTION_ADDRESSES:
	case OPTION_NETWORKS:
	case OPTION_SECTIONS:
	case OPTION_INCLUDE:
		return schema_list(out, o);
	default:
		return schema_single(out, o);
	}
}

static int schema_option(struct buffer *out, const struct option *o)
{
	int rc = schema_quote(out, o->name);

	if (rc == 0)
		rc = buffer_append_slice(out, SLICE(":{\"description\":"));
	if (rc == 0)
		rc = schema_quote(out, o->text);
	if (rc == 0)
		rc = buffer_append(out, ",", 1);
	if (rc == 0)
		rc = schema_constraints(out, o);
	return rc == 0 ? buffer_append(out, "}", 1) : rc;
}

/* What another setting's value may spare. */
static int schema_required_unless(struct buffer *out, const struct option_table *table)
{
	int rc = 0;

	for (size_t i = 0; i < table->count && rc == 0; i++) {
		const struct option *o = &table->options[i];

		if (o->unless_name != NULL)
			rc = buffer_printf(
				out,
				",\"anyOf\":[{\"required\":[\"%s\"]},{\"required\":[\"%s\"],"
				"\"properties\":{\"%s\":{\"const\":\"%s\"}}}]",
				o->name, o->unless_name, o->unless_name, o->unless_value);
	}
	return rc;
}

static int schema_required(struct buffer *out, const struct option_table *table)
{
	const char *before = ",\"required\":[";
	int rc = 0;

	for (size_t i = 0; i < table->count && rc == 0; i++) {
		if (!(table->options[i].flags & OPTION_REQUIRED) ||
		    table->options[i].unless_name != NULL)
			continue;
		rc = buffer_append_slice(out, slice_from(before));
		if (rc == 0)
			rc = schema_quote(out, table->options[i].name);
		before = ",";
	}
	if (rc == 0 && before[1] == '\0')
		rc = buffer_append(out, "]", 1);
	return rc == 0 ? schema_required_unless(out, table) : rc;
}

/* The root requires nothing: what it must have may stand in another file. */
static int schema_table(struct buffer *out, const struct option_table *table, bool root)
{
	int rc = buffer_append_slice(
		out, SLICE("\"type\":[\"object\",\"null\"],\"additionalProperties\":false,"
			   "\"properties\":{"));

	for (size_t i = 0; i < table->count && rc == 0; i++) {
		if (i > 0)
			rc = buffer_append(out, ",\n", 2);
		if (rc == 0)
			rc = schema_option(out, &table->options[i]);
	}
	if (rc == 0)
		rc = buffer_append(out, "}", 1);
	return rc == 0 && !root ? schema_required(out, table) : rc;
}

int config_print_schema(struct buffer *out)
{
	int rc = buffer_append_slice(
		out, SLICE("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
			   "\"title\":\"sessiongate\",\n"
			   "\"$defs\":{\"environment\":{\"type\":\"string\","
			   "\"pattern\":\"\\\\$\\\\{[A-Za-z_]\"}},\n"));

	if (rc == 0)
		rc = schema_table(out, &config_options, true);
	return rc == 0 ? buffer_append(out, "}\n", 2) : rc;
}
