/* chunks.c - tests of gateway/chunks.c. */
#include "gateway/chunks.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

#define BYTES(s) s, sizeof(s) - 1

static const struct {
	const char *name, *bytes;
	size_t len;
	int rc;
	const char *body;
	size_t left; /* in what came */
} rows[] = {
	{ "nothing", BYTES(""), 0, "", 0 },
	{ "an empty body", BYTES("0\r\n\r\n"), 1, "", 0 },
	{ "one", BYTES("3\r\nabc\r\n0\r\n\r\n"), 1, "abc", 0 },
	{ "two, and what follows", BYTES("3\r\nabc\r\n0A\r\n0123456789\r\n000\r\n\r\nGET"), 1,
	  "abc0123456789", 3 },
	{ "small letters", BYTES("a\r\n0123456789\r\n0\r\n\r\n"), 1, "0123456789", 0 },
	{ "an extension", BYTES("1 ;a=\"b\"\r\nx\r\n0;c\r\n\r\n"), 1, "x", 0 },
	{ "trailers", BYTES("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n"), 1, "x", 0 },
	{ "as much as may be", BYTES("10\r\n0123456789abcdef\r\n0\r\n\r\n"), 1, "0123456789abcdef",
	  0 },
	{ "no end", BYTES("1\r\nx\r\n"), 0, "x", 0 },
	{ "no end of the trailer", BYTES("0\r\nA: b\r\n"), 0, "", 0 },
	{ "too much in one", BYTES("11\r\n"), SG_ELIMIT, "", 4 },
	{ "too much in two", BYTES("f\r\n0123456789abcde\r\n2\r\n"), SG_ELIMIT, "0123456789abcde",
	  3 },
	{ "far too much", BYTES("ffffffff\r\n"), SG_ELIMIT, "", 10 },
	{ "a size of nine digits", BYTES("000000001\r\n"), SG_EFORMAT, "", 11 },
	{ "no size", BYTES("\r\n"), SG_EFORMAT, "", 2 },
	{ "no number", BYTES("0x1\r\n"), SG_EFORMAT, "", 5 },
	{ "a negative one", BYTES("-1\r\n"), SG_EFORMAT, "", 4 },
	{ "a bare LF", BYTES("1\nx\r\n"), SG_EFORMAT, "", 5 },
	{ "more than was said", BYTES("1\r\nxy\r\n"), SG_EFORMAT, "x", 3 },
};

/* In pieces of so many bytes. */
static int read_in(size_t row, size_t piece, struct buffer *in, struct buffer *body)
{
	struct chunks c = { .left = 0 };
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < rows[row].len; at += piece) {
		size_t n = rows[row].len - at < piece ? rows[row].len - at : piece;

		cr_assert_eq(buffer_append(in, rows[row].bytes + at, n), 0);
		rc = chunks_read(&c, in, body, 16);
	}
	return rc;
}

Test(chunks, are_taken_apart)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buffer in = { 0 }, body = { 0 };

		cr_expect_eq(read_in(i, 4096, &in, &body), rows[i].rc, "%s", rows[i].name);
		cr_expect(slice_equal(buffer_content(&body), slice_from(rows[i].body)), "%s",
			  rows[i].name);
		cr_expect_eq(buffer_len(&in), rows[i].left, "%s: %zu", rows[i].name,
			     buffer_len(&in));
		buffer_fini(&in);
		buffer_fini(&body);
	}
}

Test(chunks, come_a_byte_at_a_time)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buffer in = { 0 }, body = { 0 };

		cr_expect_eq(read_in(i, 1, &in, &body), rows[i].rc, "%s", rows[i].name);
		cr_expect(slice_equal(buffer_content(&body), slice_from(rows[i].body)), "%s",
			  rows[i].name);
		buffer_fini(&in);
		buffer_fini(&body);
	}
}

Test(chunks, less_may_come_than_has_come)
{
	struct buffer in = { 0 }, body = { 0 };
	struct chunks c = { .left = 0 };

	cr_assert_eq(buffer_append_slice(&in, SLICE("3\r\nabc\r\n")), 0);
	cr_expect_eq(chunks_read(&c, &in, &body, 16), 0);
	cr_assert_eq(buffer_append_slice(&in, SLICE("1\r\nd\r\n")), 0);
	cr_expect_eq(chunks_read(&c, &in, &body, 2), SG_ELIMIT);
	cr_expect(slice_equal(buffer_content(&body), SLICE("abc")));
	buffer_fini(&in);
	buffer_fini(&body);
}

Test(chunks, no_line_goes_on_forever)
{
	static const char *const begins[] = { "1;", "0\r\nA: " };
	char line[2000];

	memset(line, 'x', sizeof(line));
	for (size_t i = 0; i < ROWS(begins); i++) {
		struct buffer in = { 0 }, body = { 0 };
		struct chunks c = { .left = 0 };

		cr_assert_eq(buffer_append_slice(&in, slice_from(begins[i])), 0);
		cr_assert_eq(buffer_append(&in, line, sizeof(line)), 0);
		cr_expect_eq(chunks_read(&c, &in, &body, 16), SG_EFORMAT, "%s", begins[i]);
		buffer_fini(&in);
	}
}

Test(chunks, no_trailer_goes_on_forever)
{
	struct buffer in = { 0 }, body = { 0 };
	struct chunks c = { .left = 0 };
	int rc = 0;

	cr_assert_eq(buffer_append_slice(&in, SLICE("0\r\n")), 0);
	for (int i = 0; rc == 0 && i < 2000; i++) {
		cr_assert_eq(buffer_append_slice(&in, SLICE("Another: one\r\n")), 0);
		rc = chunks_read(&c, &in, &body, 16);
	}
	cr_expect_eq(rc, SG_EFORMAT);
	buffer_fini(&in);
}
