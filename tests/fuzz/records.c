/* records.c - FastCGI records, as both sides read and write them.
 * Input: a byte for where it is cut in two, then the stream. */
#include "gateway/fcgi.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"

#include <stdlib.h>

enum { ID = 7, BYTEWISE = 4096, BODY_BYTES = 8 };

/* What came of a stream: per record its header as it was understood and its content, then how it ended. */
struct reading {
	struct fcgi_decoder decoder;
	enum fcgi_step step;
	size_t in_record; /* bytes of content so far */
	struct buffer seen;
};

static void put(struct buffer *b, struct slice bytes)
{
	CLAIM(buffer_append_slice(b, bytes) == 0);
}

static void put_header(struct buffer *b, uint8_t type, uint16_t id, size_t content_bytes)
{
	CLAIM(buffer_printf(b, "[%u %u %zu]", type, id, content_bytes) == 0);
}

/* Does the body that was seen last begin with these bytes? */
static bool body_begins(const struct reading *r, const uint8_t *bytes, size_t len)
{
	struct slice seen = buffer_content(&r->seen);

	return seen.len >= BODY_BYTES && memcmp(seen.ptr + seen.len - BODY_BYTES, bytes, len) == 0;
}

static bool is_begin(const struct reading *r, const struct fcgi_begin *b)
{
	const uint8_t bytes[] = { (uint8_t)(b->role >> 8), (uint8_t)b->role, b->flags };

	return body_begins(r, bytes, sizeof(bytes));
}

static bool is_end(const struct reading *r, const struct fcgi_end *e)
{
	const uint8_t bytes[] = { (uint8_t)(e->app_status >> 24), (uint8_t)(e->app_status >> 16),
				  (uint8_t)(e->app_status >> 8), (uint8_t)e->app_status,
				  e->protocol_status };

	return body_begins(r, bytes, sizeof(bytes));
}

/* BEGIN_REQUEST and END_REQUEST, put together over their fragments. */
static void reading_gather(struct reading *r, const struct fcgi_fragment *f)
{
	struct fcgi_begin begin = { 0 };
	struct fcgi_end end = { 0 };
	int rc;

	if (f->record.type == FCGI_BEGIN_REQUEST) {
		rc = fcgi_read_begin(&r->decoder, f, &begin);
		CLAIM(rc != 1 || is_begin(r, &begin));
	} else if (f->record.type == FCGI_END_REQUEST) {
		rc = fcgi_read_end(&r->decoder, f, &end);
		CLAIM(rc != 1 || is_end(r, &end));
	} else {
		return;
	}
	CLAIM(f->last == (rc != 0));
	CLAIM(!f->last || (rc == 1) == (f->record.content_bytes == BODY_BYTES));
}

static void reading_take(struct reading *r, const struct fcgi_fragment *f, struct slice piece)
{
	CLAIM(f->first == (r->in_record == 0));
	if (f->first)
		put_header(&r->seen, f->record.type, f->record.id, f->record.content_bytes);
	CLAIM(f->bytes.len == 0 ||
	      (f->bytes.ptr >= piece.ptr && f->bytes.ptr + f->bytes.len <= piece.ptr + piece.len));
	CLAIM(f->bytes.len > 0 || f->record.content_bytes == 0, "a fragment that says nothing");
	put(&r->seen, f->bytes);
	r->in_record += f->bytes.len;
	CLAIM(r->in_record <= f->record.content_bytes);
	CLAIM(f->last == (r->in_record == f->record.content_bytes));
	reading_gather(r, f);
	if (f->last)
		r->in_record = 0;
}

static void reading_feed(struct reading *r, struct slice bytes)
{
	char *copy = input_copy(bytes);
	struct slice piece = slice_of(copy, bytes.len), in = piece;
	struct fcgi_fragment f;

	while (r->step != FCGI_BAD &&
	       (r->step = fcgi_decode(&r->decoder, &in, &f)) == FCGI_FRAGMENT)
		reading_take(r, &f, piece);
	CLAIM(r->step == FCGI_BAD || in.len == 0, "bytes were left over");
	free(copy);
}

static void reading_end(struct reading *r)
{
	CLAIM(buffer_printf(&r->seen, "%s",
			    r->step == FCGI_BAD            ? "bad"
			    : fcgi_mid_record(&r->decoder) ? "more"
							   : "whole") == 0);
}

/* The same by the specification, from the whole stream at once. */
static void expect(struct slice in, struct buffer *out)
{
	while (in.len > 0) {
		const uint8_t *h = (const uint8_t *)in.ptr;
		size_t content_bytes, padding;

		if (h[0] != FCGI_VERSION_1) {
			put(out, SLICE("bad"));
			return;
		}
		if (in.len < FCGI_HEADER_LEN) {
			put(out, SLICE("more"));
			return;
		}
		content_bytes = (size_t)h[4] * 256 + h[5];
		padding = h[6];
		in = slice_after(in, FCGI_HEADER_LEN);
		if (content_bytes == 0 || in.len > 0)
			put_header(out, h[1], (uint16_t)(h[2] * 256 + h[3]), content_bytes);
		if (in.len < content_bytes + padding) {
			put(out, slice_of(in.ptr, in.len < content_bytes ? in.len : content_bytes));
			put(out, SLICE("more"));
			return;
		}
		put(out, slice_of(in.ptr, content_bytes));
		in = slice_after(in, content_bytes + padding);
	}
	put(out, SLICE("whole"));
}

static void compare(struct slice in, size_t first, size_t step, struct slice expected)
{
	struct reading r = { .step = FCGI_MORE };
	size_t next = first;

	for (; in.len > 0; next = step)
		reading_feed(&r, input_take(&in, next > 0 ? next : 1));
	reading_end(&r);
	CLAIM(slice_equal(buffer_content(&r.seen), expected), "read as %.*s, not %.*s",
	      SLICE_ARGS(buffer_content(&r.seen)), SLICE_ARGS(expected));
	buffer_fini(&r.seen);
}

/* What we write, the same decoder reads; none of it is padded or too long. */
static void write_stream(struct slice bytes)
{
	struct buffer out = { 0 }, back = { 0 };
	struct slice in;

	CLAIM(fcgi_append_stream(&out, FCGI_STDOUT, ID, bytes) == 0);
	CLAIM(fcgi_append_record(&out, FCGI_STDOUT, ID, SLICE("")) == 0);
	for (in = buffer_content(&out); in.len > FCGI_HEADER_LEN;) {
		const uint8_t *h = (const uint8_t *)in.ptr;
		size_t content_bytes = (size_t)h[4] * 256 + h[5];

		CLAIM(h[0] == 1 && h[1] == FCGI_STDOUT && h[2] == 0 && h[3] == ID && h[6] == 0);
		CLAIM(content_bytes <= FCGI_CONTENT_MAX && content_bytes > 0);
		CLAIM(in.len >= FCGI_HEADER_LEN + content_bytes);
		put(&back, slice_of(in.ptr + FCGI_HEADER_LEN, content_bytes));
		in = slice_after(in, FCGI_HEADER_LEN + content_bytes);
	}
	CLAIM(in.len == FCGI_HEADER_LEN && in.ptr[4] == 0 && in.ptr[5] == 0 && in.ptr[6] == 0);
	CLAIM(slice_equal(buffer_content(&back), bytes));
	buffer_fini(&out);
	buffer_fini(&back);
}

/* GET_VALUES: whatever is asked for, at most our three names, each once. */
static void ask_values(struct slice asked)
{
	struct buffer out = { 0 };
	int rc = fcgi_append_values(&out, asked, 1000, 2000, true);
	size_t bytes = buffer_len(&out), pairs = 0;
	struct param pair;
	struct slice answer;

	CLAIM(rc == 0 || (rc == SG_EFORMAT && bytes == 0));
	if (rc == 0) {
		CLAIM(bytes >= FCGI_HEADER_LEN && bytes <= 100);
		answer = slice_after(buffer_content(&out), FCGI_HEADER_LEN);
		CLAIM((uint8_t)out.data[out.head + 5] == answer.len);
		while ((rc = pairs_next(&answer, &pair)) == 1)
			pairs++;
		CLAIM(rc == 0 && pairs <= 3);
	}
	buffer_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	size_t cut = input_byte(&in);
	struct buffer expected = { 0 };

	if (cut >= 0xf0) /* far into it */
		cut = (cut & 0xf) * in.len / 16;
	expect(in, &expected);
	compare(in, in.len, 1, buffer_content(&expected));
	compare(in, cut, in.len, buffer_content(&expected));
	if (in.len <= BYTEWISE)
		compare(in, 1, 1, buffer_content(&expected));
	buffer_fini(&expected);
	write_stream(in);
	ask_values(in);
	return 0;
}
