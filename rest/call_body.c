/* call_body.c - see call_body.h. */
#include "rest/call_body.h"

#include "rest/call_answer.h"
#include "rest/document.h"

void call_take(struct call *c, struct slice bytes)
{
	if (c->state == CALL_ANSWERED || c->endpoint->body == BODY_NONE || c->spilt)
		return;
	c->spilt = bytes.len > CALL_BODY_BYTES - buffer_len(&c->body) ||
		   buffer_append_slice(&c->body, bytes) != 0;
}

static bool call_is_type(struct slice type, struct slice wanted)
{
	struct slice name;

	slice_cut(&type, ';', &name);
	return slice_equal_nocase(slice_trim(name), wanted);
}

static bool call_takes_type(const struct call *c)
{
	return call_is_type(c->head.content_type, SLICE("application/json")) ||
	       (c->endpoint->body == BODY_PATCH &&
		call_is_type(c->head.content_type, SLICE("application/merge-patch+json")));
}

static bool call_takes_none(const struct call *c)
{
	return c->endpoint->body == BODY_JSON_OR_NONE || c->endpoint->body == BODY_EMPTY;
}

/* Who says "dry_run" where it is a parameter shall not be taken to have said nothing. */
static void call_refuse_members(struct call *c)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, c->document)
	{
		call_complain(c, item->string, "is no member here: there is none");
	}
	call_refuse_complaints(c);
}

static void call_read_document(struct call *c)
{
	struct slice text = buffer_content(&c->body);
	int rc;

	if (text.len == 0 && call_takes_none(c))
		text = SLICE("{}");
	else if (!call_takes_type(c)) {
		call_refuse(c, REFUSAL_UNSUPPORTED_MEDIA_TYPE,
			    c->endpoint->body == BODY_PATCH
				    ? "Send application/json or application/merge-patch+json"
				    : "Send application/json");
		return;
	}
	rc = document_read(&c->arena, text, &c->document);
	if (rc == SG_EFORMAT)
		call_refuse(c, REFUSAL_INVALID_JSON,
			    "The body must be one JSON object, in UTF-8, no member of it twice");
	else if (rc != 0)
		call_refuse_memory(c);
	else if (c->endpoint->body == BODY_EMPTY)
		call_refuse_members(c);
}

void call_read_body(struct call *c)
{
	if (c->spilt)
		call_refuse(c, REFUSAL_BODY_TOO_LARGE, "A body has at most 1 MiB");
	else if (c->endpoint->body != BODY_NONE)
		call_read_document(c);
}
