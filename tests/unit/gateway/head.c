/* head.c - header blocks: found, parsed strictly, written canonically. */
#include "gateway/head.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct {
	const char *name, *bytes;
	size_t end; /* 0: none */
} ends[] = {
	{ "CRLF", "A: b\r\n\r\nbody", 8 },
	{ "LF", "A: b\n\nbody", 6 },
	{ "LF, then CRLF", "A: b\n\r\nbody", 7 },
	{ "CRLF, then LF", "A: b\r\n\nbody", 7 },
	{ "empty, CRLF", "\r\nbody", 2 },
	{ "empty, LF", "\nbody", 1 },
	{ "none yet", "A: b\r\n", 0 },
	{ "half a blank line", "A: b\r\n\r", 0 },
	{ "two CRs are no blank line", "A: b\r\n\r\r\nC: d\n\n", 15 },
	{ "nothing", "", 0 },
};

Test(head, find_end_at_every_split)
{
	for (size_t i = 0; i < ROWS(ends); i++)
		for (size_t split = 0; split <= strlen(ends[i].bytes); split++) {
			size_t scanned = 0, whole = strlen(ends[i].bytes), end;

			end = head_find_end(slice_of(ends[i].bytes, split), &scanned);
			cr_expect(end == 0 || end <= split);
			if (end == 0)
				end = head_find_end(slice_of(ends[i].bytes, whole), &scanned);
			cr_expect_eq(end, ends[i].end, "%s, split at %zu: %zu", ends[i].name, split,
				     end);
		}
}

Test(head, find_end_a_byte_at_a_time)
{
	for (size_t i = 0; i < ROWS(ends); i++) {
		size_t scanned = 0, end = 0, len = 0;

		while (end == 0 && len <= strlen(ends[i].bytes))
			end = head_find_end(slice_of(ends[i].bytes, len++), &scanned);
		cr_expect_eq(end, ends[i].end, "%s: %zu", ends[i].name, end);
	}
}

#define BYTES(s)                    \
	{                           \
		"" s, sizeof(s) - 1 \
	}

static const struct {
	const char *name;
	struct slice block;
	int rc;
	const char *written; /* with rc 1, what goes out, CRLF as LF */
} blocks[] = {
	{ "empty", BYTES("\r\n"), 1, "Status: 200 OK\n\n" },
	{ "no status", BYTES("A: b\r\n\r\n"), 1, "Status: 200 OK\nA: b\n\n" },
	{ "status with a phrase", BYTES("Status: 404 Gone away\r\n\r\n"), 1,
	  "Status: 404 Gone away\n\n" },
	{ "status alone", BYTES("status:404\n\n"), 1, "Status: 404 Not Found\n\n" },
	{ "unknown status", BYTES("Status: 299\n\n"), 1, "Status: 299\n\n" },
	{ "location", BYTES("A: b\nLocation: /x\n\n"), 1,
	  "Location: /x\nStatus: 302 Found\nA: b\n\n" },
	{ "location and status", BYTES("Status: 201\nLocation: /x\n\n"), 1,
	  "Location: /x\nStatus: 201 Created\n\n" },
	{ "length", BYTES("Content-Length: 5\nContent-Type: a/b\n\n"), 1,
	  "Status: 200 OK\nContent-Length: 5\nContent-Type: a/b\n\n" },
	{ "equal lengths", BYTES("Content-Length: 5\ncontent-length: 05\n\n"), 1,
	  "Status: 200 OK\nContent-Length: 5\n\n" },
	{ "204 has no length", BYTES("Status: 204\nContent-Length: 0\n\n"), 1,
	  "Status: 204 No Content\n\n" },
	{ "304 may have one", BYTES("Status: 304\nContent-Length: 9\n\n"), 1,
	  "Status: 304 Not Modified\nContent-Length: 9\n\n" },
	{ "mixed line ends", BYTES("A: b\r\nC: d\n\r\n"), 1, "Status: 200 OK\nA: b\nC: d\n\n" },
	{ "white space around a value", BYTES("A: \t b c \t\r\n\r\n"), 1,
	  "Status: 200 OK\nA: b c\n\n" },
	{ "empty value", BYTES("A:\r\n\r\n"), 1, "Status: 200 OK\nA: \n\n" },
	{ "bytes above ASCII", BYTES("A: \344\n\n"), 1, "Status: 200 OK\nA: \344\n\n" },
	{ "repeated fields stay", BYTES("Set-Cookie: a\nB: c\nSet-Cookie: d\n\n"), 1,
	  "Status: 200 OK\nSet-Cookie: a\nB: c\nSet-Cookie: d\n\n" },
	{ "hop-by-hop",
	  BYTES("Connection: close\nKeep-Alive: x\nProxy-Foo: y\nTE: z\nTrailer: a\nUpgrade: b\n"
		"transfer-encoding: chunked\nA: b\n\n"),
	  1, "Status: 200 OK\nA: b\n\n" },
	{ "NPH", BYTES("HTTP/1.1 202 Is: fine\r\nA: b\r\n\r\n"), 1,
	  "Status: 202 Is: fine\nA: b\n\n" },
	{ "NPH without a phrase", BYTES("HTTP/1.0 404\n\n"), 1, "Status: 404 Not Found\n\n" },
	{ "100", BYTES("Status: 100 Continue\n\n"), 0, "" },
	{ "103", BYTES("Status: 103\nLink: x\n\n"), 0, "" },
	{ "NPH 100", BYTES("HTTP/1.1 100 Continue\n\n"), 0, "" },
	{ "NPH later", BYTES("A: b\nHTTP/1.1 202 OK\n\n"), SG_EFORMAT, "" },
	{ "NPH and status", BYTES("HTTP/1.1 202 OK\nStatus: 202\n\n"), SG_EFORMAT, "" },
	{ "NPH of another protocol", BYTES("HTTP/x 202 OK\n\n"), SG_EFORMAT, "" },
	{ "NPH with a control byte", BYTES("HTTP/1.1 202 O\1K\n\n"), SG_EFORMAT, "" },
	{ "status twice", BYTES("Status: 200\nStatus: 200\n\n"), SG_EFORMAT, "" },
	{ "two digits", BYTES("Status: 99\n\n"), SG_EFORMAT, "" },
	{ "099", BYTES("Status: 099\n\n"), SG_EFORMAT, "" },
	{ "four digits", BYTES("Status: 1000\n\n"), SG_EFORMAT, "" },
	{ "no digits", BYTES("Status: abc\n\n"), SG_EFORMAT, "" },
	{ "empty status", BYTES("Status:\n\n"), SG_EFORMAT, "" },
	{ "different lengths", BYTES("Content-Length: 5\nContent-Length: 6\n\n"), SG_EFORMAT, "" },
	{ "negative length", BYTES("Content-Length: -1\n\n"), SG_EFORMAT, "" },
	{ "length that is none", BYTES("Content-Length: 5 \0\n\n"), SG_EFORMAT, "" },
	{ "length beyond 63 bits", BYTES("Content-Length: 9223372036854775808\n\n"), SG_EFORMAT,
	  "" },
	{ "folded", BYTES("A: b\n c\n\n"), SG_EFORMAT, "" },
	{ "folded first line", BYTES(" A: b\n\n"), SG_EFORMAT, "" },
	{ "space before the colon", BYTES("A : b\n\n"), SG_EFORMAT, "" },
	{ "no colon", BYTES("<html>\n\n"), SG_EFORMAT, "" },
	{ "no name", BYTES(": b\n\n"), SG_EFORMAT, "" },
	{ "bare CR in a value", BYTES("A: b\rC: d\n\n"), SG_EFORMAT, "" },
	{ "bare CR in a name", BYTES("A\rB: c\n\n"), SG_EFORMAT, "" },
	{ "CR CR LF", BYTES("A: b\n\r\r\n\n"), SG_EFORMAT, "" },
	{ "NUL in a value", BYTES("A: b\0c\n\n"), SG_EFORMAT, "" },
	{ "NUL in a name", BYTES("A\0: b\n\n"), SG_EFORMAT, "" },
	{ "control byte", BYTES("A: \33[0m\n\n"), SG_EFORMAT, "" },
	{ "bytes above ASCII in a name", BYTES("\303\244: b\n\n"), SG_EFORMAT, "" },
};

static const char *written(const struct head *head)
{
	struct buffer b = { 0 };
	struct slice all;
	char *text;
	size_t len = 0;

	cr_assert_eq(head_write(head, &b), 0);
	all = buffer_content(&b);
	text = arena_alloc(head->arena, all.len + 1);
	for (size_t i = 0; i < all.len; i++)
		if (all.ptr[i] != '\r')
			text[len++] = all.ptr[i];
		else
			cr_expect_eq(all.ptr[i + 1], '\n');
	buffer_fini(&b);
	return text;
}

Test(head, parse_and_write)
{
	for (size_t i = 0; i < ROWS(blocks); i++) {
		struct arena arena = { 0 };
		struct head head;
		const char *reason = NULL;
		int rc;

		head_init(&head, &arena);
		rc = head_parse(&head, blocks[i].block, &reason);
		cr_expect_eq(rc, blocks[i].rc, "%s: %d, %s", blocks[i].name, rc, reason);
		cr_expect_eq(reason != NULL, rc == SG_EFORMAT, "%s: reason", blocks[i].name);
		if (rc == 1)
			cr_expect_str_eq(written(&head), blocks[i].written, "%s: %s",
					 blocks[i].name, written(&head));
		arena_fini(&arena);
	}
}

Test(head, parse_again_after_an_interim_one)
{
	struct arena arena = { 0 };
	struct head head;
	const char *reason;

	head_init(&head, &arena);
	cr_expect_eq(head_parse(&head, SLICE("Status: 103 Early\nLink: x\nContent-Length: 3\n\n"),
				&reason),
		     0);
	cr_expect_eq(head_parse(&head, SLICE("A: b\n\n"), &reason), 1);
	cr_expect_str_eq(written(&head), "Status: 200 OK\nA: b\n\n");
	arena_fini(&arena);
}

Test(head, parse_bounds_the_number_of_fields)
{
	struct buffer b = { 0 };
	struct arena arena = { 0 };
	struct head head;
	const char *reason;

	head_init(&head, &arena);
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(buffer_printf(&b, "A%d: b\n", i), 0);
	cr_assert_eq(buffer_append(&b, "\n", 1), 0);
	cr_expect_eq(head_parse(&head, buffer_content(&b), &reason), 1);
	cr_expect_eq(head.count, 1000);
	buffer_truncate(&b, buffer_len(&b) - 1);
	cr_assert_eq(buffer_append_slice(&b, SLICE("A: b\n\n")), 0);
	cr_expect_eq(head_parse(&head, buffer_content(&b), &reason), SG_EFORMAT);
	buffer_fini(&b);
	arena_fini(&arena);
}

Test(head, set_stands_in_the_place_of_all)
{
	struct arena arena = { 0 };
	struct head head;
	const char *reason;

	head_init(&head, &arena);
	cr_assert_eq(head_parse(&head, SLICE("A: 1\nB: 2\na: 3\nC: 4\n\n"), &reason), 1);
	cr_assert_eq(head_set(&head, SLICE("A"), SLICE("new")), 0);
	cr_assert_eq(head_set(&head, SLICE("D"), SLICE("5")), 0);
	cr_expect_str_eq(written(&head), "Status: 200 OK\nA: new\nB: 2\nC: 4\nD: 5\n\n");
	cr_expect_eq(head_remove(&head, SLICE("b")), 1);
	cr_expect_eq(head_remove(&head, SLICE("b")), 0);
	cr_expect_null(head_get(&head, SLICE("B")).ptr);
	cr_expect(slice_equal(head_get(&head, SLICE("c")), SLICE("4")));
	arena_fini(&arena);
}

Test(head, allows_body)
{
	cr_expect(head_allows_body(200, SLICE("GET")));
	cr_expect(head_allows_body(404, SLICE("POST")));
	cr_expect_not(head_allows_body(200, SLICE("HEAD")));
	cr_expect_not(head_allows_body(103, SLICE("GET")));
	cr_expect_not(head_allows_body(204, SLICE("GET")));
	cr_expect_not(head_allows_body(304, SLICE("GET")));
}

static void parse(void *ctx, struct slice bytes)
{
	struct arena arena = { 0 };
	struct head head;
	const char *reason;
	size_t scanned = 0, end;

	(void)ctx;
	head_init(&head, &arena);
	end = head_find_end(bytes, &scanned);
	if (end > 0 && head_parse(&head, slice_of(bytes.ptr, end), &reason) == 1) {
		struct head again;

		/* What goes out is read back as the same. */
		head_init(&again, &arena);
		cr_expect_eq(head_parse(&again, slice_from(written(&head)), &reason), 1);
		cr_expect_str_eq(written(&again), written(&head));
	}
	arena_fini(&arena);
}

Test(head, parse_survives_every_mutation)
{
	sample_mutate(SLICE("HTTP/1.1 200 OK\r\nA: b\nLocation: /x\r\nContent-Length: 12\n\r\n"),
		      parse, NULL);
	sample_mutate(SLICE("Status: 404 Not\nTE: b\nX:\n\nbody"), parse, NULL);
}
