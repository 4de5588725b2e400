/* php_array.c - attributes in PHP's serialized form, to the letter; that PHP makes the same of it as of their JSON is
 * tests/integration/test_php_array.py's to say. */
#include "gateway/php_array.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

enum { LIMIT = 60000, ATTRIBUTES_MAX = 4 };

#define NOTED   "s:4:\"$php\";a:00001:{s:4:\"name\";s:1:\"S\";}"
#define ORDERED "s:4:\"$php\";a:00002:{s:4:\"name\";s:1:\"S\";s:5:\"order\";b:1;}"
#define NOTES                                                   \
	{                                                       \
		SLICE("$php"), SLICE("{\"name\":\"S\"}"), false \
	}

static void session_of(const struct attribute *attributes, size_t count, struct session *s)
{
	*s = (struct session){ .attributes = attributes, .attribute_count = count };
	for (size_t i = 0; i < count; i++)
		s->attribute_bytes += attributes[i].name.len + attributes[i].value.len;
}

/* Beside the notes: one value, under the name v. NULL: there is no array of it. */
static const struct {
	const char *name, *json, *php;
} rows[] = {
	{ "a string", "\"words\"", "s:5:\"words\";" },
	{ "an empty one", "\"\"", "s:0:\"\";" },
	{ "one that is counted in bytes", "\"\xc3\xa4\"", "s:2:\"\xc3\xa4\";" },
	{ "one that PHP would end earlier", "\"\\\";}\"", "s:3:\"\";}\";" },
	{ "escapes", "\"\\u00e4\\n\\\\\"", "s:4:\"\xc3\xa4\n\\\";" },
	{ "a pair of surrogates", "\"\\ud83d\\ude00\"", "s:4:\"\xf0\x9f\x98\x80\";" },
	{ "a string longer than a word", "\"0123456789abcdef\\\"x\"",
	  "s:18:\"0123456789abcdef\"x\";" },
	{ "an integer", "-17", "i:-17;" },
	{ "zero", "0", "i:0;" },
	{ "the longest that is surely an integer", "999999999999999999", "i:999999999999999999;" },
	{ "one that may be none", "1000000000000000000", NULL },
	{ "-0, which PHP reads as a float", "-0", NULL },
	{ "-0 deeper", "[-0]", NULL },
	{ "a float", "1.25", "d:1.25;" },
	{ "one that may equal -0.0", "0.5", NULL },
	{ "one that may become 0.0", "1e-999", NULL },
	{ "these deeper", "[0.0,-0.0,1E+5]", "a:00003:{i:0;d:0.0;i:1;d:-0.0;i:2;d:1E+5;}" },
	{ "words", "[true,false,null]", "a:00003:{i:0;b:1;i:1;b:0;i:2;N;}" },
	{ "an empty list", "[]", "a:00000:{}" },
	{ "an empty object", "{}", "a:00000:{}" },
	{ "members", "{\"a\":{\"1\":[2]},\"\":\"b\"}",
	  "a:00002:{s:1:\"a\";a:00001:{s:1:\"1\";a:00001:{i:0;i:2;}}s:0:\"\";s:1:\"b\";}" },
	{ "space", " { \"a\" : [ 1 , \t\"b\" ] }\r\n",
	  "a:00001:{s:1:\"a\";a:00002:{i:0;i:1;i:1;s:1:\"b\";}}" },
	{ "a value that is named so", "[\"$php\"]", "a:00001:{i:0;s:4:\"$php\";}" },
	{ "a member that is named so", "{\"a\":[{\"$php\":\"O:1:\\\"C\\\":0:{}\"}]}", NULL },
	{ "a member that is named so, escaped", "{\"\\u0024php\":1}", NULL },
	{ "a member whose name begins so", "{\"$phps\":1}", "a:00001:{s:5:\"$phps\";i:1;}" },
};

Test(php_array, values)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct attribute attributes[] = {
			NOTES,
			{ SLICE("v"), slice_from(rows[i].json), false },
		};
		struct arena arena = { 0 };
		struct buffer expected = { 0 };
		struct slice out = { 0 };
		struct session s;
		bool composed;

		session_of(attributes, ROWS(attributes), &s);
		composed = php_array_write(&s, LIMIT, &arena, &out);
		cr_expect_eq(composed, rows[i].php != NULL, "%s", rows[i].name);
		if (composed)
			cr_assert_eq(buffer_printf(&expected, "a:00002:{" NOTED "s:1:\"v\";%s}",
						   rows[i].php),
				     0);
		cr_expect(slice_equal(out, buffer_content(&expected)), "%s: %.*s", rows[i].name,
			  SLICE_ARGS(out));
		arena_fini(&arena);
		buffer_fini(&expected);
	}
}

#define ONE                                   \
	{                                     \
		SLICE("v"), SLICE("1"), false \
	}

static const struct {
	const char *name;
	struct attribute attributes[ATTRIBUTES_MAX];
	size_t count;
	const char *php;
} sessions[] = {
	{ "nothing but notes", { NOTES }, 1, "a:00001:{" NOTED "}" },
	{ "notes come first",
	  { { SLICE("!"), SLICE("1"), false }, NOTES, ONE },
	  3,
	  "a:00003:{" NOTED "s:1:\"!\";i:1;s:1:\"v\";i:1;}" },
	{ "in the order that is noted",
	  { { SLICE("$php"), SLICE("{\"name\":\"S\",\"order\":[\"v\", \"a\"]}"), false },
	    { SLICE("a"), SLICE("[]"), false },
	    ONE },
	  3,
	  "a:00003:{" ORDERED "s:1:\"v\";i:1;s:1:\"a\";a:00000:{}}" },
	{ "an order without one of them",
	  { { SLICE("$php"), SLICE("{\"name\":\"S\",\"order\":[\"v\"]}"), false },
	    { SLICE("a"), SLICE("1"), false },
	    ONE },
	  3,
	  NULL },
	{ "an order with one that is gone",
	  { { SLICE("$php"), SLICE("{\"name\":\"S\",\"order\":[\"v\",\"a\"]}"), false }, ONE },
	  2,
	  NULL },
	{ "an order with another in its place",
	  { { SLICE("$php"), SLICE("{\"name\":\"S\",\"order\":[\"a\"]}"), false }, ONE },
	  2,
	  NULL },
	{ "an order of numbers",
	  { { SLICE("$php"), SLICE("{\"name\":\"S\",\"order\":[0]}"), false }, ONE },
	  2,
	  NULL },
	{ "an order that is none",
	  { { SLICE("$php"), SLICE("{\"name\":\"S\",\"order\":{\"v\":1}}"), false }, ONE },
	  2,
	  NULL },
	{ "an order of the notes",
	  { { SLICE("$php"), SLICE("{\"name\":\"S\",\"order\":[\"$php\"]}"), false }, ONE },
	  2,
	  NULL },
	{ "no attributes", { { SLICE(""), SLICE(""), false } }, 0, NULL },
	{ "no notes", { ONE }, 1, NULL },
	{ "no notes, behind them in the alphabet",
	  { { SLICE("\xc3\xa4"), SLICE("1"), false } },
	  1,
	  NULL },
	{ "notes in another order",
	  { { SLICE("$php"), SLICE("{\"order\":[],\"name\":\"S\"}"), false } },
	  1,
	  NULL },
	{ "a name that is escaped in its notes",
	  { { SLICE("$php"), SLICE("{\"name\":\"\\\"\"}"), false } },
	  1,
	  NULL },
	{ "notes with PHP's own text",
	  { { SLICE("$php"), SLICE("{\"name\":\"S\",\"more\":{\"$php\":\"a:0:{}\"}}"), false } },
	  1,
	  NULL },
	{ "another name's data",
	  { NOTES, { SLICE("$php:B"), SLICE("{\"a\":1}"), false } },
	  2,
	  NULL },
	{ "a name that is a number", { NOTES, { SLICE("5"), SLICE("1"), false } }, 2, NULL },
	{ "a negative one", { NOTES, { SLICE("-5"), SLICE("1"), false } }, 2, NULL },
};

Test(php_array, sessions)
{
	for (size_t i = 0; i < ROWS(sessions); i++) {
		struct arena arena = { 0 };
		struct slice out = { 0 };
		struct session s;
		bool composed;

		session_of(sessions[i].attributes, sessions[i].count, &s);
		composed = php_array_write(&s, LIMIT, &arena, &out);
		cr_expect_eq(composed, sessions[i].php != NULL, "%s", sessions[i].name);
		if (sessions[i].php != NULL)
			cr_expect(slice_equal(out, slice_from(sessions[i].php)), "%s: %.*s",
				  sessions[i].name, SLICE_ARGS(out));
		else
			cr_expect_eq(out.len, 0);
		arena_fini(&arena);
	}
}

/* A list in a list, and so on; the array of all attributes is the first level. */
static bool nests(size_t levels)
{
	char json[256];
	const struct attribute attributes[] = { NOTES,
						{ SLICE("v"), { json, 2 * levels }, false } };
	struct arena arena = { 0 };
	struct slice out = { 0 };
	struct session s;
	bool composed;

	memset(json, '[', levels);
	memset(json + levels, ']', levels);
	session_of(attributes, ROWS(attributes), &s);
	composed = php_array_write(&s, LIMIT, &arena, &out);
	arena_fini(&arena);
	return composed;
}

Test(php_array, depth_is_limited)
{
	cr_expect(nests(63));
	cr_expect_not(nests(64));
	cr_expect_not(nests(128));
}

/* What fits to the byte is there, and one byte less leaves no trace; nothing is written behind the room. */
Test(php_array, size_is_limited)
{
	const struct attribute attributes[] = {
		NOTES,
		{ SLICE("v"), SLICE("{\"a\":[[[1,2,3]],\"\\\"\\\"\\\"\"],\"b\":1.5}"), false },
	};
	struct arena kept = { 0 };
	struct slice all = { 0 };
	struct session s;

	session_of(attributes, ROWS(attributes), &s);
	cr_assert(php_array_write(&s, LIMIT, &kept, &all));
	for (size_t limit = 0; limit <= all.len; limit++) {
		struct arena arena = { 0 };
		struct slice out = { 0 };

		cr_expect_eq(php_array_write(&s, limit, &arena, &out), limit == all.len, "%zu",
			     limit);
		cr_expect_eq(out.len, limit == all.len ? limit : 0);
		arena_fini(&arena);
	}
	arena_fini(&kept);
}
