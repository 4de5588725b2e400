/* directives.c - X-Session-* fields and the JSON in them; the same as the session API takes them, as one object.
 * Input: a byte of choices, then JSON, or fields, a line each, or the object. */
#include "gateway/directive.h"
#include "session/value.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/json.h"
#include "tests/fuzz/settings.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

enum { EFFORT_MS = 1000, FIELDS_BYTES = 1 << 18 };

enum choice { CHOICE_JSON = 1, CHOICE_OBJECT = 2, CHOICE_SOME = 4 };

static const struct config *config;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	config = settings_usual();
	/* dropped directives are logged */
	CLAIM(log_open("/dev/null", LOG_ERROR, LOG_TEXT) == 0);
	return 0;
}

/* --- JSON --- */

/* The text of a string as cJSON has it. */
static void expect_same_string(struct slice value, const cJSON *tree)
{
	char *text = malloc(value.len);
	size_t len;

	CLAIM(text != NULL);
	len = value_unquote(value, text);
	CLAIM(cJSON_IsString(tree));
	CLAIM(slice_equal(slice_of(text, len), slice_from(tree->valuestring)));
	free(text);
}

static bool has_php(const cJSON *tree)
{
	for (const cJSON *child = tree->child; child != NULL; child = child->next)
		if ((cJSON_IsObject(tree) && strcmp(child->string, VALUE_PHP) == 0) ||
		    has_php(child))
			return true;
	return false;
}

static void expect_json(struct slice value)
{
	cJSON *tree = cJSON_ParseWithLength(value.ptr, value.len);

	CLAIM(json_valid(value), "%.*s", SLICE_ARGS(value));
	CLAIM(tree != NULL, "cJSON refuses %.*s", SLICE_ARGS(value));
	CLAIM(value_is_string(value) == (bool)cJSON_IsString(tree));
	CLAIM(value_is_null(value) == (bool)cJSON_IsNull(tree));
	CLAIM(value_has_php(value) == has_php(tree));
	if (value_is_string(value))
		expect_same_string(value, tree);
	cJSON_Delete(tree);
}

/* The members of an object, as the walk sees them and as cJSON does. */
static void expect_members(struct slice text)
{
	cJSON *tree = cJSON_ParseWithLength(text.ptr, text.len), *member = NULL;
	struct slice name, value;
	bool first = true;
	int rc;

	CLAIM(tree != NULL && value_object_open(&text) == 0);
	member = tree->child;
	while ((rc = value_object_next(&text, first, &name, &value)) == 1) {
		char *unquoted = malloc(name.len + 1);

		CLAIM(member != NULL && unquoted != NULL);
		CLAIM(slice_equal(slice_of(unquoted, value_unquote(name, unquoted)),
				  slice_from(member->string)));
		expect_json(value);
		free(unquoted);
		member = member->next;
		first = false;
	}
	CLAIM(rc == 0 && member == NULL && text.len == 0);
	cJSON_Delete(tree);
}

static void scan(struct slice text)
{
	struct slice rest = text, value;
	bool accepted = value_scan(&rest, &value) == 0 && rest.len == 0;

	CLAIM(accepted == json_valid(text), "%.*s: %d", SLICE_ARGS(text), accepted);
	if (!accepted)
		return;
	expect_json(value);
	if (value.ptr[0] == '{')
		expect_members(value);
}

/* Any text becomes a JSON string that says it. */
static void quote(struct slice text)
{
	struct buffer json = { 0 };
	struct slice rest, value;
	char *back;

	if (!slice_is_utf8(text) || (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL))
		return;
	CLAIM(value_quote(&json, text) == 0);
	rest = buffer_content(&json);
	CLAIM(value_scan(&rest, &value) == 0 && rest.len == 0);
	CLAIM((back = malloc(value.len)) != NULL);
	CLAIM(slice_equal(slice_of(back, value_unquote(value, back)), text));
	expect_json(value);
	free(back);
	buffer_fini(&json);
}

/* --- fields --- */

static void expect_user(struct slice user)
{
	CLAIM(user.len >= 1 && user.len <= 255 && slice_is_utf8(user) && !slice_has_control(user));
	CLAIM(user.ptr[0] != ' ' && user.ptr[user.len - 1] != ' ');
}

static void expect_wish(const struct directives *d, unsigned allowed)
{
	bool stores = false;

	for (size_t i = 0; i < d->change_count; i++) {
		const struct change *c = &d->changes[i];

		CLAIM(c->name.len >= 1 && c->name.len <= 128 && slice_is_utf8(c->name));
		CLAIM(memchr(c->name.ptr, '\0', c->name.len) == NULL);
		stores |= c->value.ptr != NULL;
		if (c->value.ptr != NULL)
			expect_json(c->value);
		CLAIM((allowed & DIRECTIVE_SERIALIZED) != 0 || c->value.ptr == NULL ||
		      (!value_has_php(c->value) && !slice_equal(c->name, SLICE(VALUE_PHP))));
	}
	CLAIM(d->stores == stores);
	CLAIM(d->idle_ms >= 0 && d->idle_ms <= config->realms[0].lifetime.absolute_ms);
	CLAIM(d->any || (d->change_count == 0 && !d->login && !d->logout && !d->rotate));
	if (d->login)
		expect_user(d->user);
}

static void fill_head(struct head *head, struct slice in)
{
	while (in.len > 0) {
		struct slice line = input_line(&in, '\n'), name;

		if (slice_cut(&line, ':', &name))
			CLAIM(head_add(head, name, slice_trim(line)) == 0);
	}
}

static void read_fields(struct slice in, unsigned allowed)
{
	struct arena arena = { 0 };
	struct directives wish;
	const char *reason = NULL;
	struct head head;
	int rc;

	head_init(&head, &arena);
	fill_head(&head, in);
	rc = directives_read(&head, allowed, &config->realms[0], "", &wish, &reason);
	CLAIM(rc == 0 || ((rc == SG_EFORMAT || rc == SG_ELIMIT) && reason != NULL));
	for (size_t i = 0; i < head.count; i++)
		CLAIM(!slice_starts_nocase(head.fields[i].name, SLICE("X-Session-")), "left in");
	if (rc == 0)
		expect_wish(&wish, allowed);
	arena_fini(&arena);
}

static void read_object(struct slice in, unsigned allowed)
{
	struct arena arena = { 0 };
	struct directives wish;
	const char *reason = NULL;
	int rc =
		directives_read_object(in, allowed, &config->realms[0], "", &arena, &wish, &reason);

	CLAIM(rc == 0 || ((rc == SG_EFORMAT || rc == SG_ELIMIT) && reason[0] != '\0'));
	if (rc == 0) {
		CLAIM(json_valid(in) && slice_trim(in).ptr[0] == '{');
		CLAIM(!wish.remember || wish.login);
		expect_wish(&wish, allowed);
	}
	arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	unsigned choices = input_byte(&in);
	struct effort effort = effort_begin();
	size_t len, max = input_repeats(choices) ? FIELDS_BYTES : in.len;
	char *text = input_repeat(in, input_repeats(choices) ? max : 1, max, &len);

	in = slice_of(text, len);
	if (choices & CHOICE_JSON) {
		scan(in);
		quote(in);
	} else if (choices & CHOICE_OBJECT) {
		read_object(in, choices & CHOICE_SOME ? choices >> 3 : ~0u);
	} else {
		read_fields(in, choices & CHOICE_SOME ? choices >> 3 : ~0u);
	}
	free(text);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
