/* response.c - an application's answer on its way. */
#include "gateway/response.h"

#include "tests/unit/gateway/records.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

enum { REQUEST = 9, HEAD_MAX = 200 };

/* A response and all that came out of it. */
struct desk {
	struct arena arena;
	struct response response;
	struct buffer out;
};

static void desk_init(struct desk *d)
{
	*d = (struct desk){ 0 };
	response_init(&d->response, &d->arena);
}

static void desk_fini(struct desk *d)
{
	response_fini(&d->response);
	buffer_fini(&d->out);
	arena_fini(&d->arena);
}

/* STDOUT before the head goes out, in two pieces. The last answer of response_feed(). */
static int desk_feed(struct desk *d, struct slice bytes, size_t cut, const char **reason)
{
	struct slice pieces[] = { slice_of(bytes.ptr, cut), slice_after(bytes, cut) };
	int rc = 0;

	for (size_t i = 0; i < ROWS(pieces) && rc >= 0; i++) {
		if (rc == 0)
			rc = response_feed(&d->response, pieces[i], HEAD_MAX, reason);
		else
			cr_assert_eq(response_hold(&d->response, pieces[i]), 0);
	}
	return rc;
}

static void expect_out(const struct desk *d, const char *row, size_t cut, const char *expected)
{
	struct records r;

	records_read(&r, buffer_content(&d->out), FCGI_STDOUT, REQUEST);
	cr_expect(slice_equal(buffer_content(&r.stream), slice_from(expected)),
		  "%s, cut at %zu: %.*s", row, cut, SLICE_ARGS(buffer_content(&r.stream)));
	cr_expect_eq(r.empties, 0, "%s: the stream's end is the caller's", row);
	records_fini(&r);
}

#define OK "Status: 200 OK\r\n"

static const struct {
	const char *name, *method, *given, *out;
	uint64_t body_bytes;
	enum response_end whole, lost; /* how it ends, with END_REQUEST and without */
} rows[] = {
	{ "length as announced", "GET", "Content-Length: 3\r\n\r\nabc",
	  OK "Content-Length: 3\r\n\r\nabc", 3, RESPONSE_WHOLE, RESPONSE_WHOLE },
	{ "longer", "GET", "Content-Length: 3\n\nabcdef", OK "Content-Length: 3\r\n\r\nabc", 3,
	  RESPONSE_WHOLE, RESPONSE_WHOLE },
	{ "shorter", "GET", "Content-Length: 9\n\nabc", OK "Content-Length: 9\r\n\r\nabc", 3,
	  RESPONSE_SHORT, RESPONSE_SHORT },
	{ "nothing of what was announced", "GET", "Content-Length: 9\n\n",
	  OK "Content-Length: 9\r\n\r\n", 0, RESPONSE_SHORT, RESPONSE_SHORT },
	{ "announced as empty", "GET", "Content-Length: 0\n\nabc", OK "Content-Length: 0\r\n\r\n",
	  0, RESPONSE_WHOLE, RESPONSE_WHOLE },
	{ "no length", "GET", "A: b\n\nabc", OK "A: b\r\n\r\nabc", 3, RESPONSE_WHOLE,
	  RESPONSE_BROKEN },
	{ "no length, no body", "GET", "A: b\n\n", OK "A: b\r\n\r\n", 0, RESPONSE_WHOLE,
	  RESPONSE_BROKEN },
	{ "empty block", "GET", "\r\nabc", OK "\r\nabc", 3, RESPONSE_WHOLE, RESPONSE_BROKEN },
	{ "a body that looks like a head", "GET", "A: b\r\n\r\nC: d\r\n\r\n",
	  OK "A: b\r\n\r\nC: d\r\n\r\n", 8, RESPONSE_WHOLE, RESPONSE_BROKEN },
	{ "HEAD", "HEAD", "Content-Length: 3\n\nabc", OK "Content-Length: 3\r\n\r\n", 0,
	  RESPONSE_WHOLE, RESPONSE_WHOLE },
	{ "HEAD, no length", "HEAD", "A: b\n\nabc", OK "A: b\r\n\r\n", 0, RESPONSE_WHOLE,
	  RESPONSE_WHOLE },
	{ "204", "GET", "Status: 204\n\nabc", "Status: 204 No Content\r\n\r\n", 0, RESPONSE_WHOLE,
	  RESPONSE_WHOLE },
	{ "304 with a length", "GET", "Status: 304\nContent-Length: 3\n\nabc",
	  "Status: 304 Not Modified\r\nContent-Length: 3\r\n\r\n", 0, RESPONSE_WHOLE,
	  RESPONSE_WHOLE },
	{ "1xx before", "GET", "Status: 100 Continue\r\n\r\nA: b\r\n\r\nabc", OK "A: b\r\n\r\nabc",
	  3, RESPONSE_WHOLE, RESPONSE_BROKEN },
	{ "two 1xx before", "GET",
	  "Status: 103\nLink: </a>\n\nHTTP/1.1 102 Processing\n\nA: b\n\nabc", OK "A: b\r\n\r\nabc",
	  3, RESPONSE_WHOLE, RESPONSE_BROKEN },
	{ "location", "GET", "A: b\nLocation: /x\n\n",
	  "Location: /x\r\nStatus: 302 Found\r\nA: b\r\n\r\n", 0, RESPONSE_WHOLE, RESPONSE_BROKEN },
};

Test(response, comes_out_the_same_after_every_split)
{
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t cut = 0; cut <= strlen(rows[i].given); cut++) {
			const char *reason = "";
			struct desk d;
			int rc;

			desk_init(&d);
			rc = desk_feed(&d, slice_from(rows[i].given), cut, &reason);
			cr_assert_eq(rc, 1, "%s, cut at %zu: %d %s", rows[i].name, cut, rc, reason);
			cr_expect_not(d.response.started);
			cr_assert_eq(response_start(&d.response, slice_from(rows[i].method), &d.out,
						    REQUEST),
				     0);
			cr_expect(d.response.started);
			expect_out(&d, rows[i].name, cut, rows[i].out);
			cr_expect_eq(d.response.body_bytes, rows[i].body_bytes, "%s", rows[i].name);
			cr_expect_eq(response_ending(&d.response), rows[i].whole, "%s",
				     rows[i].name);
			d.response.lost = true;
			cr_expect_eq(response_ending(&d.response), rows[i].lost, "%s: lost",
				     rows[i].name);
			desk_fini(&d);
		}
}

Test(response, a_byte_at_a_time_with_the_head_out_at_once)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct response *r;
		const char *reason = "";
		struct desk d;

		desk_init(&d);
		r = &d.response;
		for (const char *at = rows[i].given; *at != '\0'; at++) {
			struct slice byte = slice_of(at, 1);

			if (r->started)
				cr_assert_eq(response_body(r, byte, &d.out, REQUEST), 0);
			else if (response_feed(r, byte, HEAD_MAX, &reason) == 1)
				cr_assert_eq(response_start(r, slice_from(rows[i].method), &d.out,
							    REQUEST),
					     0);
		}
		expect_out(&d, rows[i].name, 1, rows[i].out);
		cr_expect_eq(response_ending(r), rows[i].whole, "%s", rows[i].name);
		desk_fini(&d);
	}
}

/* --- heads that are none --- */

static const struct {
	const char *name, *given;
	int rc;
} bad[] = {
	{ "no colon", "A: b\nnonsense\n\n", SG_EFORMAT },
	{ "two lengths", "Content-Length: 1\nContent-Length: 2\n\n", SG_EFORMAT },
	{ "no colon in a 1xx", "Status: 100\nnonsense\n\nA: b\n\n", SG_EFORMAT },
	{ "not whole", "A: b\nC: d\n", 0 },
	{ "only a 1xx", "Status: 100\n\n", 0 },
	{ "nothing", "", 0 },
};

Test(response, what_is_no_head_at_every_split)
{
	for (size_t i = 0; i < ROWS(bad); i++)
		for (size_t cut = 0; cut <= strlen(bad[i].given); cut++) {
			const char *reason = NULL;
			struct desk d;
			int rc;

			desk_init(&d);
			rc = desk_feed(&d, slice_from(bad[i].given), cut, &reason);
			cr_expect_eq(rc, bad[i].rc, "%s, cut at %zu: %d", bad[i].name, cut, rc);
			cr_expect_eq(reason != NULL, rc != 0, "%s: reason", bad[i].name);
			desk_fini(&d);
		}
}

Test(response, head_longer_than_allowed)
{
	static const struct {
		const char *name;
		size_t bytes;
		bool whole;
		int rc;
	} lengths[] = {
		{ "at the limit, not whole", HEAD_MAX, false, 0 },
		{ "over it, not whole", HEAD_MAX + 1, false, SG_ELIMIT },
		{ "at the limit, whole", HEAD_MAX, true, 1 },
		/* as it would be if it came in two pieces (found by tests/fuzz/responses.c) */
		{ "over it, whole", HEAD_MAX + 1, true, SG_ELIMIT },
	};

	for (size_t i = 0; i < ROWS(lengths); i++) {
		const char *reason = NULL;
		char text[HEAD_MAX + 3] = "A: ";
		struct desk d;
		size_t len = lengths[i].bytes;

		desk_init(&d);
		memset(text + 3, 'x', len - 3);
		if (lengths[i].whole)
			memcpy(text + len - 2, "\n\n", 2);
		cr_expect_eq(response_feed(&d.response, slice_of(text, len), HEAD_MAX, &reason),
			     lengths[i].rc, "%s", lengths[i].name);
		cr_expect_eq(reason != NULL, lengths[i].rc < 0, "%s", lengths[i].name);
		desk_fini(&d);
	}
}

Test(response, head_bytes_are_those_of_the_fields_left)
{
	const char *reason;
	struct desk d;

	desk_init(&d);
	cr_assert_eq(response_feed(&d.response, SLICE("Status: 404\nA: b\nCde: fgh\n\n"), HEAD_MAX,
				   &reason),
		     1);
	cr_expect_eq(response_head_bytes(&d.response), strlen("A: b\r\nCde: fgh\r\n"));
	cr_assert_eq(head_remove(&d.response.head, SLICE("Cde")), 1);
	cr_expect_eq(response_head_bytes(&d.response), strlen("A: b\r\n"));
	desk_fini(&d);
}

/* --- an answer of our own instead --- */

static const struct {
	const char *name, *given;
} befores[] = {
	{ "nothing", "" },
	{ "half a head", "A: b\r\n" },
	{ "a head and some body", "Content-Length: 99\r\n\r\nabc" },
};

Test(response, replaced_by_our_own)
{
	for (size_t i = 0; i < ROWS(befores); i++) {
		struct buffer body = { 0 };
		const char *reason;
		struct desk d;

		desk_init(&d);
		cr_assert_geq(desk_feed(&d, slice_from(befores[i].given), 0, &reason), 0);
		d.response.lost = true;
		head_init(&d.response.head, &d.arena);
		d.response.head.content_length = 3;
		cr_assert_eq(buffer_append(&body, "our", 3), 0);
		response_replace(&d.response, &body);
		cr_expect_eq(buffer_len(&body), 0, "%s: taken over", befores[i].name);
		cr_expect(d.response.over && !d.response.lost, "%s", befores[i].name);
		cr_assert_eq(response_start(&d.response, SLICE("GET"), &d.out, REQUEST), 0);
		expect_out(&d, befores[i].name, 0, OK "Content-Length: 3\r\n\r\nour");
		cr_expect_eq(response_ending(&d.response), RESPONSE_WHOLE, "%s", befores[i].name);
		desk_fini(&d);
	}
}

Test(response, body_longer_than_a_record)
{
	static char bytes[100000];
	const char *reason;
	struct records r;
	struct desk d;

	memset(bytes, 'x', sizeof(bytes));
	desk_init(&d);
	cr_assert_eq(response_feed(&d.response, SLICE("A: b\n\n"), HEAD_MAX, &reason), 1);
	cr_assert_eq(response_start(&d.response, SLICE("GET"), &d.out, REQUEST), 0);
	buffer_consume(&d.out, buffer_len(&d.out));
	cr_assert_eq(response_body(&d.response, slice_of(bytes, sizeof(bytes)), &d.out, REQUEST),
		     0);
	records_read(&r, buffer_content(&d.out), FCGI_STDOUT, REQUEST);
	cr_expect(slice_equal(buffer_content(&r.stream), slice_of(bytes, sizeof(bytes))));
	cr_expect_eq(d.response.body_bytes, sizeof(bytes));
	records_fini(&r);
	desk_fini(&d);
}
