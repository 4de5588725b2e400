/* answer.c - the answers the gateway makes itself. */
#include "gateway/answer.h"

#include "gateway/fcgi.h"

static const struct {
	const char *slug, *title;
	unsigned status;
} problems[] = {
#define PROBLEM_ROW(name, slug, status, title) { slug, title, status },
	PROBLEMS(PROBLEM_ROW)
#undef PROBLEM_ROW
};

const char *problem_text(enum problem p)
{
	return problems[p].slug;
}

unsigned problem_status(enum problem p)
{
	return problems[p].status;
}

/* Nothing in it comes from a peer but the request id, whose characters are harmless in both forms. */
static int answer_body(struct buffer *body, enum problem p, bool html, const char *request_id)
{
	if (html)
		return buffer_printf(
			body,
			"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%u %s</title></head>\n"
			"<body><h1>%s</h1><p>%u %s</p><p><small>Request %s</small></p></body></html>\n",
			problems[p].status, problems[p].title, problems[p].title,
			problems[p].status, problems[p].slug, request_id);
	return buffer_printf(
		body,
		"{\"type\":\"urn:sessiongate:problem:%s\",\"title\":\"%s\",\"status\":%u,\"request_id\":\"%s\"}\n",
		problems[p].slug, problems[p].title, problems[p].status, request_id);
}

int answer_write_problem(struct buffer *body, enum problem p, const char *request_id)
{
	return answer_body(body, p, false, request_id);
}

int answer_make_empty(struct head *head, unsigned status)
{
	head_init(head, head->arena);
	head->status = status;
	head->phrase = slice_from(head_phrase(status));
	if (status != 204)
		head->content_length = 0;
	return head_add(head, SLICE("Cache-Control"), SLICE("no-store"));
}

static int answer_make_head(struct head *head, unsigned status, struct slice type,
			    const struct buffer *body)
{
	int rc = answer_make_empty(head, status);

	head->content_length = (int64_t)buffer_len(body);
	return rc == 0 ? head_add(head, SLICE("Content-Type"), type) : rc;
}

int answer_make_json(struct head *head, const struct buffer *json)
{
	int rc = answer_make_head(head, 200, SLICE("application/json"), json);

	/* what visitors and their devices are called stands in it: nobody is to take that for something else */
	return rc == 0 ? head_add(head, SLICE("X-Content-Type-Options"), SLICE("nosniff")) : rc;
}

int answer_make(struct head *head, struct buffer *body, enum problem p, bool html,
		const char *request_id)
{
	int rc = answer_body(body, p, html, request_id);

	if (rc == 0)
		rc = answer_make_head(head, problems[p].status,
				      html ? SLICE("text/html; charset=utf-8")
					   : SLICE("application/problem+json"),
				      body);
	if (rc == 0 && head->status == 503)
		rc = head_add(head, SLICE("Retry-After"), SLICE("1"));
	if (rc == 0 && head->status == 429)
		rc = head_add(head, SLICE("Retry-After"), SLICE("60")); /* see strangers.h */
	return rc;
}

int answer_append_refusal(struct buffer *out, uint16_t id, enum problem p, uint8_t protocol_status,
			  const char *request_id)
{
	struct buffer text = { 0 }, body = { 0 };
	struct arena arena = { 0 };
	struct head head;
	size_t before = buffer_len(out);
	int rc;

	head_init(&head, &arena);
	if ((rc = answer_make(&head, &body, p, false, request_id)) == 0 &&
	    (rc = head_set(&head, SLICE("X-Request-Id"), slice_from(request_id))) == 0 &&
	    (rc = head_write(&head, &text)) == 0 &&
	    (rc = buffer_append_slice(&text, buffer_content(&body))) == 0 &&
	    (rc = fcgi_append_stream(out, FCGI_STDOUT, id, buffer_content(&text))) == 0 &&
	    (rc = fcgi_append_record(out, FCGI_STDOUT, id, SLICE(""))) == 0)
		rc = fcgi_append_end(out, id, 0, protocol_status);
	if (rc != 0)
		buffer_truncate(out, before);
	buffer_fini(&text);
	buffer_fini(&body);
	arena_fini(&arena);
	return rc;
}
