/* php_array.c - values as PHP's unserialize() reads them. Input: the JSON text of an object, whose members are attributes.
 * What PHP unserializes can run code: whatever the values are, there is nothing but scalars and arrays, of the lengths
 * that are said. */
#include "gateway/php_array.h"

#include "session/value.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"

#include <stdlib.h>

enum { EFFORT_MS = 1000, LIMIT = 60000, ATTRIBUTES_MAX = 64 };

/* --- a reader of its own, by recursion --- */

static void take(struct slice *s, struct slice what)
{
	CLAIM(slice_starts(*s, what), "%.*s", SLICE_ARGS(*s));
	*s = slice_after(*s, what.len);
}

static size_t take_count(struct slice *s)
{
	size_t count = 0, digits = 0;

	for (; s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9'; *s = slice_after(*s, 1)) {
		count = 10 * count + (size_t)(s->ptr[0] - '0');
		digits++;
	}
	CLAIM(digits > 0 && digits < 8);
	return count;
}

static void take_text(struct slice *s)
{
	size_t len;

	take(s, SLICE("s:"));
	len = take_count(s);
	take(s, SLICE(":\""));
	CLAIM(len <= s->len);
	*s = slice_after(*s, len);
	take(s, SLICE("\";"));
}

static void take_number(struct slice *s)
{
	static const char integer[] = "-0123456789", floating[] = "-+.eE0123456789";
	const char *chars = s->ptr[0] == 'i' ? integer : floating;
	size_t len = 2;

	CLAIM(s->ptr[1] == ':');
	while (len < s->len && s->ptr[len] != '\0' && strchr(chars, s->ptr[len]) != NULL)
		len++;
	CLAIM(len > 2);
	*s = slice_after(*s, len);
	take(s, SLICE(";"));
}

static void take_value(struct slice *s);

static void take_array(struct slice *s)
{
	size_t count;

	take(s, SLICE("a:"));
	count = take_count(s);
	take(s, SLICE(":{"));
	for (; count > 0; count--) {
		CLAIM(s->len > 0 && (s->ptr[0] == 's' || s->ptr[0] == 'i'));
		take_value(s);
		take_value(s);
	}
	take(s, SLICE("}"));
}

static void take_value(struct slice *s)
{
	CLAIM(s->len > 1);
	switch (s->ptr[0]) {
	case 'a':
		take_array(s);
		break;
	case 's':
		take_text(s);
		break;
	case 'i':
	case 'd':
		take_number(s);
		break;
	case 'b':
		take(s, s->ptr[2] == '1' ? SLICE("b:1;") : SLICE("b:0;"));
		break;
	default:
		take(s, SLICE("N;"));
	}
}

/* --- --- */

static void compose(const struct session *session, size_t limit)
{
	struct arena arena = { 0 };
	struct slice rest = { 0 };

	if (php_array_write(session, limit, &arena, &rest)) {
		CLAIM(rest.len <= limit);
		take_array(&rest);
	}
	CLAIM(rest.len == 0);
	arena_fini(&arena);
}

/* The members as attributes, after the notes; names as they stand. False: the text is not an object. */
static bool read_attributes(struct slice text, struct attribute *attributes, size_t *count)
{
	struct slice name, value;
	int rc = value_object_open(&text);

	if (rc != 0)
		return false;
	attributes[0] = (struct attribute){ SLICE(VALUE_PHP), SLICE("{\"name\":\"S\"}"), false };
	*count = 1;
	while (*count < ATTRIBUTES_MAX &&
	       (rc = value_object_next(&text, *count == 1, &name, &value)) == 1)
		if (name.len > 0)
			attributes[(*count)++] = (struct attribute){ name, value, false };
		else
			return false;
	return rc == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(input_copy(slice_of((const char *)data, size)), size);
	struct attribute attributes[ATTRIBUTES_MAX];
	struct effort effort = effort_begin();
	struct session session = { .attributes = attributes };

	if (read_attributes(text, attributes, &session.attribute_count)) {
		for (size_t i = 0; i < session.attribute_count; i++)
			session.attribute_bytes += attributes[i].name.len + attributes[i].value.len;
		compose(&session, LIMIT);
		compose(&session, 2 * size);
	}
	free((char *)text.ptr);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
