/* line.c - tests of base/line.c. */
#include "base/line.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { NOW_MS = 1000 }; /* 1970-01-01T00:00:01.000Z */

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define TEXT(rest)  "1970-01-01T00:00:01.000Z " rest "\n"
#define JSON(rest)  "{\"time\":\"1970-01-01T00:00:01.000Z\"," rest "}\n"

static void expect_line(const char *name, const char *out, size_t len, const char *line)
{
	cr_expect(slice_equal(slice_of(out, len), slice_from(line)), "%s: %.*s", name, (int)len,
		  out);
}

Test(line, message_in_both_formats)
{
	static const struct {
		const char *name;
		enum log_level level;
		const char *who;
		struct slice message;
		const char *text, *json;
	} rows[] = {
		{ "plain",
		  LOG_INFO,
		  "",
		  { "hello", 5 },
		  TEXT("info  hello"),
		  JSON("\"level\":\"info\",\"message\":\"hello\"") },
		{ "with a subject",
		  LOG_ERROR,
		  "r1",
		  { "no", 2 },
		  TEXT("error [r1] no"),
		  JSON("\"level\":\"error\",\"request\":\"r1\",\"message\":\"no\"") },
		{ "line ends cannot forge lines",
		  LOG_WARN,
		  "a\nb",
		  { "x\r\n\0y\x7f", 6 },
		  TEXT("warn  [a\\x0ab] x\\x0d\\x0a\\x00y\\x7f"),
		  JSON("\"level\":\"warn\",\"request\":\"a\\u000ab\",\"message\":\"x\\u000d\\u000a"
		       "\\u0000y\\u007f\"") },
		{ "UTF-8 stays",
		  LOG_DEBUG,
		  "",
		  { "\xc3\xa9\xf0\x9f\x98\x80", 6 },
		  TEXT("debug \xc3\xa9\xf0\x9f\x98\x80"),
		  JSON("\"level\":\"debug\",\"message\":\"\xc3\xa9\xf0\x9f\x98\x80\"") },
		{ "what is not UTF-8",
		  LOG_INFO,
		  "",
		  { "\xff\xc3(", 3 },
		  TEXT("info  \\xff\\xc3("),
		  JSON("\"level\":\"info\",\"message\":\"\\u00ff\\u00c3(\"") },
		{ "controls beyond ASCII",
		  LOG_INFO,
		  "",
		  { "\xc2\x9b\xc2\xa0", 4 },
		  TEXT("info  \\xc2\\x9b\xc2\xa0"),
		  JSON("\"level\":\"info\",\"message\":\"\\u00c2\\u009b\xc2\xa0\"") },
		{ "quotes",
		  LOG_INFO,
		  "",
		  { "\"\\", 2 },
		  TEXT("info  \"\\"),
		  JSON("\"level\":\"info\",\"message\":\"\\\"\\\\\"") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[LINE_BYTES];
		struct slice who = slice_from(rows[i].who);

		expect_line(
			rows[i].name, out,
			line_message(out, LOG_TEXT, NOW_MS, rows[i].level, who, rows[i].message),
			rows[i].text);
		expect_line(
			rows[i].name, out,
			line_message(out, LOG_JSON, NOW_MS, rows[i].level, who, rows[i].message),
			rows[i].json);
	}
}

Test(line, fields_in_both_formats)
{
	static const struct log_field fields[] = {
		{ { "method", 6 }, { "GET", 3 }, 0 },
		{ { "path", 4 }, { "/a b?\"c\"\\", 9 }, 0 },
		{ { "status", 6 }, { NULL, 0 }, 200 },
		{ { "user", 4 }, { "", 0 }, 0 },
		{ { "bytes", 5 }, { NULL, 0 }, INT64_MIN },
		{ { "agent", 5 }, { "a\nb=", 4 }, 0 },
	};
	char out[LINE_BYTES];

	expect_line("text", out, line_fields(out, LOG_TEXT, NOW_MS, fields, COUNT(fields)),
		    TEXT("method=GET path=\"/a b?\\\"c\\\"\\\\\" status=200 user=\"\" "
			 "bytes=-9223372036854775808 agent=\"a\\x0ab=\""));
	expect_line("JSON", out, line_fields(out, LOG_JSON, NOW_MS, fields, COUNT(fields)),
		    JSON("\"method\":\"GET\",\"path\":\"/a b?\\\"c\\\"\\\\\",\"status\":200,"
			 "\"user\":\"\",\"bytes\":-9223372036854775808,\"agent\":\"a\\u000ab=\""));
	expect_line("none", out, line_fields(out, LOG_JSON, NOW_MS, fields, 0),
		    "{\"time\":\"1970-01-01T00:00:01.000Z\"}\n");
}

static void expect_ends(const char *name, const char *out, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	cr_assert_leq(len, LINE_BYTES, "%s: %zu bytes", name, len);
	cr_expect_arr_eq(out + len - end_len, end, end_len, "%s: %.20s", name, out + len - 20);
}

/* Wherever it stands in a value, and however long that is. */
Test(line, fields_are_quoted_for_each_byte_that_asks_for_it)
{
	for (size_t len = 1; len <= 20; len++) {
		for (size_t place = 0; place < len; place++) {
			for (int byte = 0; byte < 256; byte++) {
				bool plain =
					byte > ' ' && byte < 0x7f && strchr("\"=\\", byte) == NULL;
				char out[LINE_BYTES], text[20];
				struct log_field field = { SLICE("f"), { text, len }, 0 };
				size_t bytes;

				memset(text, 'x', sizeof(text));
				text[place] = (char)byte;
				bytes = line_fields(out, LOG_TEXT, NOW_MS, &field, 1);
				cr_expect_eq(memchr(out, '"', bytes) == NULL, plain, "%02x", byte);
				cr_expect(!plain || memcmp(out + bytes - len - 1, text, len) == 0);
			}
		}
	}
}

Test(line, a_cut_is_marked_and_the_line_stays_whole)
{
	static char text[3 * LINE_BYTES];
	struct log_field fields[8];
	char out[LINE_BYTES];
	size_t len;

	/* the worst of escapes, at every place of the cut */
	memset(text, '\n', sizeof(text));
	for (size_t shift = 0; shift < 8; shift++) {
		struct slice who = slice_of("xxxxxxxx", shift), all = { text, sizeof(text) };

		len = line_message(out, LOG_TEXT, NOW_MS, LOG_INFO, who, all);
		expect_ends("text message", out, len, "...\n");
		len = line_message(out, LOG_JSON, NOW_MS, LOG_INFO, who, all);
		expect_ends("JSON message", out, len, "...\"}\n");
		for (size_t i = 0; i < COUNT(fields); i++)
			fields[i] =
				(struct log_field){ slice_from(&"field"[(shift + i) % 4]), all, 0 };
		len = line_fields(out, LOG_TEXT, NOW_MS, fields, COUNT(fields));
		expect_ends("text fields", out, len, "...\"\n");
		len = line_fields(out, LOG_JSON, NOW_MS, fields, COUNT(fields));
		expect_ends("JSON fields", out, len, "...\"}\n");
	}
}

Test(line, one_long_field_leaves_room_for_the_others)
{
	static char text[3 * LINE_BYTES];
	struct log_field fields[] = { { SLICE("path"), { text, sizeof(text) }, 0 },
				      { SLICE("status"), { NULL, 0 }, 200 } };
	char out[LINE_BYTES];

	memset(text, 'x', sizeof(text));
	expect_ends("text", out, line_fields(out, LOG_TEXT, NOW_MS, fields, 2),
		    "x... status=200\n");
}
