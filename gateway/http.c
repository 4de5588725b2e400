/* http.c - see http.h. */
#include "gateway/http.h"

#include "gateway/head.h"

struct http_reading {
	struct http_request *out;
	bool length_known;
};

/* --- the first line --- */

/* "/session" of "/session?x" and of "http://host/session". */
static int http_read_target(struct slice target, struct slice *path)
{
	if (slice_starts_nocase(target, SLICE("http://"))) {
		const char *slash;

		target = slice_after(target, sizeof("http://") - 1);
		slash = memchr(target.ptr, '/', target.len);
		target = slash != NULL ? slice_after(target, (size_t)(slash - target.ptr))
				       : slice_of(target.ptr, 0);
	}
	if (target.len == 0 || target.ptr[0] != '/' || slice_has_control(target))
		return SG_EFORMAT;
	slice_cut(&target, '?', path);
	return 0;
}

static int http_read_first_line(struct slice line, struct http_request *out)
{
	struct slice target;

	if (!slice_cut(&line, ' ', &out->method) || !slice_is_token(out->method) ||
	    !slice_cut(&line, ' ', &target))
		return SG_EFORMAT;
	out->keeps = slice_equal(line, SLICE("HTTP/1.1"));
	if (!out->keeps && !slice_equal(line, SLICE("HTTP/1.0")))
		return SG_EFORMAT;
	return http_read_target(target, &out->path);
}

/* --- fields --- */

static bool http_lists(struct slice value, struct slice word)
{
	struct slice item;
	bool more = true;

	while (more) {
		more = slice_cut(&value, ',', &item);
		if (slice_equal_nocase(slice_trim(item), word))
			return true;
	}
	return false;
}

/* Twice the same is one (RFC 9110 section 8.6). */
static int http_read_length(struct http_reading *r, struct slice value)
{
	uint64_t length;

	if (!slice_number(value, SIZE_MAX / 2, &length) ||
	    (r->length_known && length != r->out->body_bytes))
		return SG_EFORMAT;
	r->length_known = true;
	r->out->body_bytes = length;
	return 0;
}

static int http_read_authorization(struct http_reading *r, struct slice value)
{
	if (r->out->authorization.ptr != NULL)
		return SG_EFORMAT;
	r->out->authorization = value;
	return 0;
}

/* Chunks, once: nobody unpacks anything else. */
static int http_read_coding(struct http_reading *r, struct slice value)
{
	if (r->out->chunked || !slice_equal_nocase(value, SLICE("chunked")))
		return SG_EFORMAT;
	r->out->chunked = true;
	return 0;
}

static int http_read_field(struct http_reading *r, struct slice line)
{
	struct slice name, value;

	if (!slice_cut(&line, ':', &name) || !slice_is_token(name))
		return SG_EFORMAT;
	value = slice_trim(line);
	if (slice_has_control(value))
		return SG_EFORMAT;
	if (slice_equal_nocase(name, SLICE("Content-Length")))
		return http_read_length(r, value);
	if (slice_equal_nocase(name, SLICE("Authorization")))
		return http_read_authorization(r, value);
	if (slice_equal_nocase(name, SLICE("Transfer-Encoding")))
		return http_read_coding(r, value);
	if (slice_equal_nocase(name, SLICE("Connection")))
		r->out->keeps &= !http_lists(value, SLICE("close"));
	else if (slice_equal_nocase(name, SLICE("Expect")))
		r->out->expects = slice_equal_nocase(value, SLICE("100-continue"));
	return 0;
}

/* --- the head --- */

/* A line without its end, which is CRLF or LF. */
static struct slice http_next_line(struct slice *rest)
{
	struct slice line;

	slice_cut(rest, '\n', &line);
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

static int http_parse(struct slice head, struct http_request *out)
{
	struct http_reading r = { .out = out };
	int rc = http_read_first_line(http_next_line(&head), out);

	while (rc == 0 && head.len > 0) {
		struct slice line = http_next_line(&head);

		if (line.len > 0)
			rc = http_read_field(&r, line);
	}
	/* two that say different things where the body ends: nobody guesses */
	return rc == 0 && r.length_known && out->chunked ? SG_EFORMAT : rc;
}

int http_read(struct slice bytes, size_t *scanned, struct http_request *out)
{
	size_t before = 0, len;
	int rc;

	/* empty lines before a request are what is left of the one before it (RFC 9112 section 2.2) */
	while (before < bytes.len && (bytes.ptr[before] == '\r' || bytes.ptr[before] == '\n'))
		before++;
	if (*scanned < before)
		*scanned = before;
	len = head_find_end(bytes, scanned);
	if (len > HTTP_HEAD_BYTES || (len == 0 && bytes.len > HTTP_HEAD_BYTES))
		return SG_ELIMIT;
	if (len == 0)
		return 0;
	*out = (struct http_request){ .head_bytes = len };
	rc = http_parse(slice_of(bytes.ptr + before, len - before), out);
	return rc == 0 ? 1 : rc;
}

struct slice http_credentials(struct slice authorization, struct slice scheme)
{
	struct slice rest = authorization, said;

	if (!slice_cut(&rest, ' ', &said) || !slice_equal_nocase(said, scheme))
		return SLICE("");
	return slice_trim(rest);
}

/* --- answers --- */

int http_write_with(struct buffer *out, unsigned status, const char *field, struct slice type,
		    struct slice body, bool keeps)
{
	int rc = buffer_printf(out, "HTTP/1.1 %u %s\r\n%s%s", status, head_phrase(status), field,
			       field[0] != '\0' ? "\r\n" : "");

	if (rc == 0 && !keeps)
		rc = buffer_append_slice(out, SLICE("Connection: close\r\n"));
	if (rc == 0 && type.len > 0)
		rc = buffer_printf(
			out,
			"Content-Type: %.*s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n",
			SLICE_ARGS(type), body.len);
	if (rc == 0)
		rc = buffer_append_slice(out, SLICE("\r\n"));
	return rc == 0 ? buffer_append_slice(out, body) : rc;
}

int http_write(struct buffer *out, unsigned status, struct slice type, struct slice body,
	       bool keeps)
{
	return http_write_with(out, status, "", type, body, keeps);
}

int http_write_continue(struct buffer *out)
{
	return buffer_append_slice(out, SLICE("HTTP/1.1 100 Continue\r\n\r\n"));
}
