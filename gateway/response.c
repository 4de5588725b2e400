/* response.c - an application's answer on its way. */
#include "gateway/response.h"

#include "gateway/fcgi.h"

enum {
	RESPONSE_INTERIM = 16, /* 1xx blocks: more is a program gone wrong */
	RESPONSE_STATUS_BYTES =
		256, /* room for Status and Content-Length, but for the phrase of an application's */
};

void response_init(struct response *r, struct arena *arena)
{
	*r = (struct response){ .left = -1 };
	head_init(&r->head, arena);
}

void response_fini(struct response *r)
{
	buffer_wipe(&r->block);
	buffer_fini(&r->held);
}

static int response_too_long(const char **reason)
{
	*reason = "its header block is too long";
	return SG_ELIMIT;
}

/* A whole block: a 1xx one is forgotten, the first other one is it. */
static int response_parse(struct response *r, struct slice block, const char **reason)
{
	int rc = head_parse(&r->head, block, reason);

	if (rc != 0)
		return rc;
	if (++r->interim > RESPONSE_INTERIM) {
		*reason = "too many 1xx answers before the real one";
		return SG_EFORMAT;
	}
	return 0;
}

/* One that came as a whole, so that what follows it need not be gathered behind it. */
static int response_parse_here(struct response *r, struct slice block, const char **reason)
{
	block = arena_copy(r->head.arena, block);
	return block.ptr != NULL ? response_parse(r, block, reason) : SG_ENOMEM;
}

/* Those at the front of what was gathered. */
static int response_parse_gathered(struct response *r, size_t max_bytes, const char **reason)
{
	size_t len;
	int rc = 0;

	while (rc == 0 && (len = head_find_end(buffer_content(&r->block), &r->scanned)) > 0) {
		if (len > max_bytes)
			return response_too_long(reason);
		rc = response_parse(r, slice_of(buffer_content(&r->block).ptr, len), reason);
		if (rc != 0)
			break;
		buffer_consume(&r->block, len);
		r->scanned = 0;
	}
	if (rc == 0 && buffer_len(&r->block) > max_bytes)
		return response_too_long(reason);
	/* the head borrows from the block, which therefore stays as it is: body that is in it moves out */
	if (rc == 1 && response_hold(r, slice_after(buffer_content(&r->block), len)) != 0)
		return SG_ENOMEM;
	return rc;
}

int response_feed(struct response *r, struct slice bytes, size_t max_bytes, const char **reason)
{
	int rc = 0;

	while (rc == 0 && bytes.len > 0) {
		size_t scanned = 0;
		size_t n = buffer_len(&r->block) == 0 ? head_find_end(bytes, &scanned) : 0;

		if (n > 0 && n <= max_bytes) {
			rc = response_parse_here(r, slice_of(bytes.ptr, n), reason);
		} else {
			n = bytes.len;
			if ((rc = buffer_append_slice(&r->block, bytes)) == 0)
				rc = response_parse_gathered(r, max_bytes, reason);
		}
		bytes = slice_after(bytes, n);
	}
	if (rc != 1)
		return rc;
	return response_hold(r, bytes) != 0 ? SG_ENOMEM : 1;
}

int response_hold(struct response *r, struct slice bytes)
{
	return buffer_append_slice(&r->held, bytes);
}

void response_replace(struct response *r, struct buffer *body)
{
	buffer_fini(&r->held);
	r->held = *body;
	*body = (struct buffer){ 0 };
	r->over = true;
	r->lost = false;
}

size_t response_head_bytes(const struct response *r)
{
	size_t i, bytes = 0;

	for (i = 0; i < r->head.count; i++)
		bytes += r->head.fields[i].name.len + r->head.fields[i].value.len +
			 sizeof(": \r\n") - 1;
	return bytes;
}

int response_body(struct response *r, struct slice bytes, struct buffer *out, uint16_t id)
{
	if (!r->body_allowed)
		return 0;
	if (r->left >= 0 && bytes.len > (uint64_t)r->left)
		bytes.len = (size_t)r->left;
	if (r->left >= 0)
		r->left -= (int64_t)bytes.len;
	r->body_bytes += bytes.len;
	return fcgi_append_stream(out, FCGI_STDOUT, id, bytes);
}

/* A usual head fits one record, and is written where it belongs; a longer one is gathered first. */
static int response_append_head(const struct response *r, struct buffer *out, uint16_t id)
{
	struct buffer text = { 0 };
	size_t mark;
	int rc;

	if (response_head_bytes(r) + r->head.phrase.len + RESPONSE_STATUS_BYTES <
	    FCGI_CONTENT_MAX) {
		if ((rc = fcgi_open(out, FCGI_STDOUT, id, &mark)) == 0 &&
		    (rc = head_write(&r->head, out)) == 0)
			fcgi_close(out, mark);
		return rc;
	}
	rc = head_write(&r->head, &text);
	if (rc == 0)
		rc = fcgi_append_stream(out, FCGI_STDOUT, id, buffer_content(&text));
	buffer_wipe(&text);
	return rc;
}

int response_start(struct response *r, struct slice method, struct buffer *out, uint16_t id)
{
	int rc;

	r->started = true;
	r->body_allowed = head_allows_body(r->head.status, method);
	r->left = r->body_allowed ? r->head.content_length : 0;
	rc = response_append_head(r, out, id);
	if (rc == 0)
		rc = response_body(r, buffer_content(&r->held), out, id);
	buffer_fini(&r->held);
	return rc;
}

enum response_end response_ending(const struct response *r)
{
	if (r->left > 0)
		return RESPONSE_SHORT;
	if (r->left < 0 && r->lost)
		return RESPONSE_BROKEN;
	return RESPONSE_WHOLE;
}
