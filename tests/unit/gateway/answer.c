/* answer.c - the answers the gateway makes itself. */
#include "gateway/answer.h"

#include "session/value.h"
#include "tests/unit/gateway/records.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define REQUEST_ID "Rq-1._x"

/* As the contract has them. */
static const struct {
	enum problem problem;
	const char *slug;
	unsigned status;
} rows[] = {
	{ PROBLEM_BAD_REQUEST, "bad-request", 400 },
	{ PROBLEM_SESSION_REQUIRED, "session-required", 401 },
	{ PROBLEM_REAUTHENTICATION_REQUIRED, "reauthentication-required", 401 },
	{ PROBLEM_USER_NOT_ALLOWED, "user-not-allowed", 403 },
	{ PROBLEM_CROSS_ORIGIN, "cross-origin", 403 },
	{ PROBLEM_NO_ROUTE, "no-route", 404 },
	{ PROBLEM_NOT_FOUND, "not-found", 404 },
	{ PROBLEM_SESSION_NOT_FOUND, "session-not-found", 404 },
	{ PROBLEM_METHOD_NOT_ALLOWED, "method-not-allowed", 405 },
	{ PROBLEM_REQUEST_TIMEOUT, "request-timeout", 408 },
	{ PROBLEM_LENGTH_REQUIRED, "length-required", 411 },
	{ PROBLEM_BODY_TOO_LARGE, "body-too-large", 413 },
	{ PROBLEM_TOO_MANY_TOKENS, "too-many-tokens", 429 },
	{ PROBLEM_HEADERS_TOO_LARGE, "headers-too-large", 431 },
	{ PROBLEM_INTERNAL, "internal", 500 },
	{ PROBLEM_ROLE_NOT_SUPPORTED, "role-not-supported", 501 },
	{ PROBLEM_BAD_RESPONSE, "bad-response", 502 },
	{ PROBLEM_BAD_DIRECTIVE, "bad-directive", 502 },
	{ PROBLEM_APPLICATION_UNAVAILABLE, "application-unavailable", 503 },
	{ PROBLEM_STORE_UNAVAILABLE, "store-unavailable", 503 },
	{ PROBLEM_SESSION_BUSY, "session-busy", 503 },
	{ PROBLEM_OVERLOADED, "overloaded", 503 },
	{ PROBLEM_DRAINING, "draining", 503 },
	{ PROBLEM_APPLICATION_TIMEOUT, "application-timeout", 504 },
};

static bool says_when_again(size_t row)
{
	return rows[row].status == 503 || rows[row].status == 429;
}

static struct slice field(const struct head *head, const char *name)
{
	return head_get(head, slice_from(name));
}

/* The member of a JSON object, as it is written there. */
static struct slice member(struct slice object, const char *wanted)
{
	struct slice name, value, found = { NULL, 0 };
	bool first = true;
	int rc;

	cr_assert_eq(value_object_open(&object), 0);
	while ((rc = value_object_next(&object, first, &name, &value)) == 1) {
		if (slice_equal(name, slice_from(wanted)))
			found = value;
		first = false;
	}
	cr_assert_eq(rc, 0);
	return found;
}

static void expect_member(struct slice object, const char *name, const char *format,
			  const char *content)
{
	char expected[128];

	snprintf(expected, sizeof(expected), format, content);
	cr_expect(slice_equal(member(object, name), slice_from(expected)), "%s: %.*s, not %s", name,
		  SLICE_ARGS(member(object, name)), expected);
}

static void expect_problem(struct slice body, enum problem p)
{
	struct slice text = body, value;
	char status[16];

	cr_assert_eq(value_scan(&text, &value), 0, "%s: no JSON", problem_text(p));
	cr_expect_eq(text.len, 0, "%s: something behind it", problem_text(p));
	snprintf(status, sizeof(status), "%u", problem_status(p));
	expect_member(value, "type", "\"urn:sessiongate:problem:%s\"", problem_text(p));
	expect_member(value, "status", "%s", status);
	cr_expect_gt(member(value, "title").len, 2, "%s", problem_text(p));
}

/* What is the same in both forms. */
static void expect_head(const struct head *head, const struct buffer *body, size_t row)
{
	const char *name = rows[row].slug;

	cr_expect_eq(head->status, rows[row].status, "%s", name);
	cr_expect_eq(head->content_length, (int64_t)buffer_len(body), "%s", name);
	cr_expect(slice_equal(field(head, "Cache-Control"), SLICE("no-store")), "%s", name);
	cr_expect_eq(field(head, "Retry-After").ptr != NULL, says_when_again(row), "%s", name);
	cr_expect_null(field(head, "X-Old").ptr, "%s: what was there goes", name);
}

static void make(struct arena *arena, struct head *head, struct buffer *body, enum problem p,
		 bool html)
{
	head_init(head, arena);
	cr_assert_eq(head_add(head, SLICE("X-Old"), SLICE("1")), 0);
	head->content_length = 77;
	cr_assert_eq(answer_make(head, body, p, html, REQUEST_ID), 0);
}

Test(answer, every_problem_as_json)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct arena arena = { 0 };
		struct buffer body = { 0 };
		struct head head;

		cr_expect_str_eq(problem_text(rows[i].problem), rows[i].slug);
		make(&arena, &head, &body, rows[i].problem, false);
		expect_head(&head, &body, i);
		expect_problem(buffer_content(&body), rows[i].problem);
		expect_member(buffer_content(&body), "request_id", "\"%s\"", REQUEST_ID);
		cr_expect(slice_equal(field(&head, "Content-Type"),
				      SLICE("application/problem+json")));
		buffer_fini(&body);
		arena_fini(&arena);
	}
}

Test(answer, every_problem_as_a_page)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct arena arena = { 0 };
		struct buffer body = { 0 };
		struct head head;
		const char *text;

		make(&arena, &head, &body, rows[i].problem, true);
		expect_head(&head, &body, i);
		text = arena_text(&arena, buffer_content(&body));
		cr_expect(slice_starts(buffer_content(&body), SLICE("<!DOCTYPE html>")));
		cr_expect_not_null(strstr(text, rows[i].slug), "%s", text);
		cr_expect_not_null(strstr(text, REQUEST_ID), "%s", text);
		cr_expect_not_null(strstr(text, "</html>"), "%s", text);
		cr_expect(slice_equal(field(&head, "Content-Type"),
				      SLICE("text/html; charset=utf-8")));
		buffer_fini(&body);
		arena_fini(&arena);
	}
}

/* A whole answer as the web server gets it: head, body. */
static void expect_refusal(struct arena *arena, struct slice stream, size_t row)
{
	size_t scanned = 0, end = head_find_end(stream, &scanned);
	const char *reason = "";
	struct head head;

	cr_assert_gt(end, 0, "%s: no head", rows[row].slug);
	head_init(&head, arena);
	cr_assert_eq(head_parse(&head, slice_of(stream.ptr, end), &reason), 1, "%s: %s",
		     rows[row].slug, reason);
	cr_expect_eq(head.status, rows[row].status);
	cr_expect_eq(head.content_length, (int64_t)(stream.len - end), "%s", rows[row].slug);
	cr_expect_eq(field(&head, "Retry-After").ptr != NULL, says_when_again(row));
	cr_expect_gt(field(&head, "X-Request-Id").len, 0);
	expect_problem(slice_after(stream, end), rows[row].problem);
}

Test(answer, refusal_is_a_complete_answer)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct arena arena = { 0 };
		struct buffer out = { 0 };
		struct records r;

		cr_assert_eq(buffer_append(&out, "before", 6), 0);
		cr_assert_eq(answer_append_refusal(&out, 700, rows[i].problem, FCGI_OVERLOADED,
						   "refused-1"),
			     0);
		records_read(&r, slice_after(buffer_content(&out), 6), FCGI_STDOUT, 700);
		cr_expect_eq(r.empties, 1, "%s", rows[i].slug);
		cr_expect(r.ended, "%s", rows[i].slug);
		cr_expect_eq(r.protocol_status, FCGI_OVERLOADED, "%s", rows[i].slug);
		expect_refusal(&arena, buffer_content(&r.stream), i);
		records_fini(&r);
		buffer_fini(&out);
		arena_fini(&arena);
	}
}
