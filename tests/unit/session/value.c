/* value.c - tests of session/value.c. */
#include "session/value.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define BYTES(s)                 \
	{                        \
		s, sizeof(s) - 1 \
	}

Test(value, scans_one_value)
{
	static const struct {
		const char *name;
		struct slice text, value, rest;
	} rows[] = {
		{ "null", BYTES("null"), BYTES("null"), BYTES("") },
		{ "true and space", BYTES(" \t\r\ntrue \n,"), BYTES("true"), BYTES(",") },
		{ "zero", BYTES("0"), BYTES("0"), BYTES("") },
		{ "no leading zeros", BYTES("01"), BYTES("0"), BYTES("1") },
		{ "minus", BYTES("-12.50e+3]"), BYTES("-12.50e+3"), BYTES("]") },
		{ "an exponent", BYTES("1E-9"), BYTES("1E-9"), BYTES("") },
		{ "beyond a double", BYTES("123456789012345678901234567890"),
		  BYTES("123456789012345678901234567890"), BYTES("") },
		{ "a string", BYTES("\"a\\\"b\" x"), BYTES("\"a\\\"b\""), BYTES("x") },
		{ "an empty string", BYTES("\"\""), BYTES("\"\""), BYTES("") },
		{ "all escapes", BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\""),
		  BYTES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\""), BYTES("") },
		{ "a pair of surrogates", BYTES("\"\\uD83D\\ude00\""), BYTES("\"\\uD83D\\ude00\""),
		  BYTES("") },
		{ "UTF-8 and delete", BYTES("\"\xe2\x82\xac\x7f\""), BYTES("\"\xe2\x82\xac\x7f\""),
		  BYTES("") },
		{ "an empty object", BYTES("{ }"), BYTES("{ }"), BYTES("") },
		{ "an empty array", BYTES("[]"), BYTES("[]"), BYTES("") },
		{ "nested", BYTES("{\"a\" : [1, {\"b\":[]}, \"x\"],\"c\":{}} "),
		  BYTES("{\"a\" : [1, {\"b\":[]}, \"x\"],\"c\":{}}"), BYTES("") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = rows[i].text, value = { NULL, 0 };

		cr_expect_eq(value_scan(&text, &value), 0, "%s", rows[i].name);
		cr_expect(slice_equal(value, rows[i].value), "%s: %.*s", rows[i].name,
			  SLICE_ARGS(value));
		cr_expect(slice_equal(text, rows[i].rest), "%s: %.*s", rows[i].name,
			  SLICE_ARGS(text));
	}
}

Test(value, refuses)
{
	static const struct {
		const char *name;
		struct slice text;
	} rows[] = {
		{ "nothing", BYTES("") },
		{ "only space", BYTES(" ") },
		{ "a word", BYTES("nul") },
		{ "another word", BYTES("True") },
		{ "NaN", BYTES("NaN") },
		{ "a plus", BYTES("+1") },
		{ "a bare minus", BYTES("-") },
		{ "a bare point", BYTES(".5") },
		{ "nothing behind the point", BYTES("1.") },
		{ "nothing behind the exponent", BYTES("1e") },
		{ "an exponent's bare sign", BYTES("1e+") },
		{ "an open string", BYTES("\"abc") },
		{ "a string that ends in a backslash", BYTES("\"abc\\") },
		{ "single quotes", BYTES("'a'") },
		{ "a raw control", BYTES("\"a\nb\"") },
		{ "a raw NUL", BYTES("\"a\0b\"") },
		{ "an escaped NUL", BYTES("\"\\u0000\"") },
		{ "an unknown escape", BYTES("\"\\x\"") },
		{ "a backslash and NUL", BYTES("\"\\\0\"") },
		{ "three hex digits", BYTES("\"\\u00e\"") },
		{ "a lone high surrogate", BYTES("\"\\ud83d\"") },
		{ "a high one and a letter", BYTES("\"\\ud83dx\"") },
		{ "two high ones", BYTES("\"\\ud83d\\ud83d\"") },
		{ "a lone low surrogate", BYTES("\"\\ude00\"") },
		{ "not UTF-8", BYTES("\"\xff\"") },
		{ "a raw surrogate", BYTES("\"\xed\xa0\x80\"") },
		{ "an open array", BYTES("[1,2") },
		{ "a comma at the end", BYTES("[1,]") },
		{ "a comma alone", BYTES("[,]") },
		{ "no comma", BYTES("[1 2]") },
		{ "the wrong bracket", BYTES("[1}") },
		{ "the wrong bracket inside", BYTES("{\"a\":[1}]") },
		{ "a bracket alone", BYTES("]") },
		{ "a name alone", BYTES("{\"a\"}") },
		{ "a name without value", BYTES("{\"a\":}") },
		{ "a name without quotes", BYTES("{a:1}") },
		{ "a member's comma at the end", BYTES("{\"a\":1,}") },
		{ "a comment", BYTES("/**/1") },
		{ "a byte order mark", BYTES("\xef\xbb\xbf"
					     "1") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = rows[i].text, value = { NULL, 0 };

		cr_expect_eq(value_scan(&text, &value), SG_EFORMAT, "%s", rows[i].name);
		cr_expect(text.ptr == rows[i].text.ptr && value.ptr == NULL, "%s: untouched",
			  rows[i].name);
	}
}

/* A value cut anywhere is none, and nothing is read beyond the cut: the copy ends where it ends. */
Test(value, every_cut_is_malformed)
{
	struct slice whole = SLICE("{\"a\":[-1.5e+7,\"\\ud83d\\ude00\xc3\xa9\",true,null,{}]}");

	for (size_t len = 0; len < whole.len; len++) {
		char *copy = malloc(len + 1);
		char *start = copy + 1; /* its end is the allocation's: a sanitizer watches there */
		struct slice text = { start, len }, value;

		memcpy(start, whole.ptr, len);
		cr_expect_eq(value_scan(&text, &value), SG_EFORMAT, "%zu bytes", len);
		free(copy);
	}
}

static int scan_nested(size_t depth, char open, char close)
{
	char text[2 * VALUE_DEPTH + 8];
	struct slice value, s = { text, 2 * depth };

	memset(text, open, depth);
	memset(text + depth, close, depth);
	return value_scan(&s, &value);
}

Test(value, nests_so_deep_and_no_deeper)
{
	struct buffer b = { 0 };
	struct slice text, value;

	cr_expect_eq(scan_nested(VALUE_DEPTH, '[', ']'), 0);
	cr_expect_eq(scan_nested(VALUE_DEPTH + 1, '[', ']'), SG_EFORMAT);
	for (size_t i = 0; i < VALUE_DEPTH; i++)
		cr_assert_eq(buffer_append(&b, "{\"\":", 4), 0);
	cr_assert_eq(buffer_append(&b, "1", 1), 0);
	for (size_t i = 0; i < VALUE_DEPTH; i++)
		cr_assert_eq(buffer_append(&b, "}", 1), 0);
	text = buffer_content(&b);
	cr_expect_eq(value_scan(&text, &value), 0);
	buffer_fini(&b);
}

Test(value, walks_an_object)
{
	static const struct {
		const char *name, *text;
		int members; /* -1: malformed */
		const char *names, *values, *rest;
	} rows[] = {
		{ "empty", " { } x", 0, "", "", "x" },
		{ "one", "{\"a\":1}", 1, "a", "1", "" },
		{ "two, with space", "{ \"a\" : 1 , \"b\\n\" : [ ] }\n", 2, "ab\\n", "1[ ]", "" },
		{ "the same name twice", "{\"a\":1,\"a\":2}", 2, "aa", "12", "" },
		{ "a comma at the end", "{\"a\":1,}", -1, "a", "1", "" },
		{ "a comma at the front", "{,\"a\":1}", -1, "", "", "" },
		{ "no comma", "{\"a\":1 \"b\":2}", -1, "a", "1", "" },
		{ "an open end", "{\"a\":1", -1, "a", "1", "" },
		{ "an array", "[1]", -1, "", "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice text = slice_from(rows[i].text), name, value;
		struct buffer names = { 0 }, values = { 0 };
		int members = 0, rc = value_object_open(&text);

		if (rc == 0) {
			while ((rc = value_object_next(&text, members == 0, &name, &value)) == 1) {
				cr_assert_eq(buffer_append_slice(&names, name), 0);
				cr_assert_eq(buffer_append_slice(&values, value), 0);
				members++;
			}
		}
		cr_expect_eq(rc, rows[i].members < 0 ? SG_EFORMAT : 0, "%s", rows[i].name);
		cr_expect(rc != 0 || members == rows[i].members, "%s", rows[i].name);
		cr_expect(rc != 0 || slice_equal(text, slice_from(rows[i].rest)), "%s",
			  rows[i].name);
		cr_expect(slice_equal(buffer_content(&names), slice_from(rows[i].names)), "%s",
			  rows[i].name);
		cr_expect(slice_equal(buffer_content(&values), slice_from(rows[i].values)), "%s",
			  rows[i].name);
		buffer_fini(&names);
		buffer_fini(&values);
	}
}

Test(value, quotes_and_unquotes)
{
	static const struct {
		const char *name;
		struct slice text, quoted;
	} rows[] = {
		{ "plain", BYTES("abc"), BYTES("\"abc\"") },
		{ "empty", BYTES(""), BYTES("\"\"") },
		{ "quotes", BYTES("\"a\\"), BYTES("\"\\\"a\\\\\"") },
		{ "behind plain ones", BYTES("01234567890123456\n8"),
		  BYTES("\"01234567890123456\\n8\"") },
		{ "in the last of eight", BYTES("0123456\"89012345\\"),
		  BYTES("\"0123456\\\"89012345\\\\\"") },
		{ "controls", BYTES("\b\f\n\r\t\x01\x1f"),
		  BYTES("\"\\b\\f\\n\\r\\t\\u0001\\u001f\"") },
		{ "UTF-8", BYTES("\xc3\xa9\xf0\x9f\x98\x80"),
		  BYTES("\"\xc3\xa9\xf0\x9f\x98\x80\"") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buffer b = { 0 };
		struct slice text, value;
		char out[64];
		size_t len;

		cr_assert_eq(value_quote(&b, rows[i].text), 0);
		cr_expect(slice_equal(buffer_content(&b), rows[i].quoted), "%s: %.*s", rows[i].name,
			  SLICE_ARGS(buffer_content(&b)));
		text = buffer_content(&b);
		cr_expect_eq(value_scan(&text, &value), 0, "%s", rows[i].name);
		cr_expect(value_is_string(value), "%s", rows[i].name);
		len = value_unquote(value, out);
		cr_expect(slice_equal(slice_of(out, len), rows[i].text), "%s", rows[i].name);
		buffer_fini(&b);
	}
}

Test(value, unquotes_every_escape)
{
	static const struct {
		const char *name, *string, *text;
	} rows[] = {
		{ "short ones", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "one byte", "\"\\u0041\"", "A" },
		{ "two bytes", "\"\\u00E9\\u07ff\"", "\xc3\xa9\xdf\xbf" },
		{ "three bytes", "\"\\u20ac\\uffff\"", "\xe2\x82\xac\xef\xbf\xbf" },
		{ "four bytes", "\"\\ud83d\\ude00\\udbff\\udfff\"",
		  "\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf" },
		{ "without quotes", "a\\\"b", "a\"b" },
		{ "without quotes, escaped first", "\\\"b\\\"", "\"b\"" },
		{ "nothing", "", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[64];
		size_t len = value_unquote(slice_from(rows[i].string), out);

		cr_expect(slice_equal(slice_of(out, len), slice_from(rows[i].text)), "%s",
			  rows[i].name);
	}
}

Test(value, finds_what_php_would_unserialize)
{
	static const struct {
		const char *name, *value;
		bool has;
	} rows[] = {
		{ "a member", "{\"$php\":1}", true },
		{ "among others", "{\"a\":\"b\",\"$php\" : null}", true },
		{ "deep", "[1,{\"a\":[{\"b\":{\"$php\":{}}}]}]", true },
		{ "escaped", "{\"\\u0024php\":1}", true },
		{ "all of it escaped", "{\"\\u0024\\u0070\\u0068\\u0070\":1}", true },
		{ "in other hex", "{\"$\\u0070h\\u0070\":1}", true },
		{ "behind a string with quotes", "[\"\\\"\",{\"$php\":1}]", true },
		{ "a string", "\"$php\"", false },
		{ "an item", "[\"$php\",\"a\"]", false },
		{ "a member's value", "{\"a\":\"$php\"}", false },
		{ "the text of an object", "\"{\\\"$php\\\":1}\"", false },
		{ "a longer name", "{\"$php1\":1,\"a$php\":1,\"$phpphpphpphpphpphpphpphp\":1}",
		  false },
		{ "a shorter name", "{\"$ph\":1,\"\":1}", false },
		{ "another case", "{\"$PHP\":1}", false },
		{ "an escaped backslash", "{\"\\\\u0024php\":1}", false },
		{ "no object", "1", false },
		{ "nothing of interest", "{\"a\":[true,{\"b\":\"c\"}]}", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_expect_eq(value_has_php(slice_from(rows[i].value)), rows[i].has, "%s",
			     rows[i].name);
}

Test(value, knows_strings_and_null)
{
	cr_expect(value_is_null(SLICE("null")));
	cr_expect_not(value_is_null(SLICE("\"null\"")));
	cr_expect_not(value_is_string(SLICE("1")));
}
