/* http.c - the session API's HTTP: heads of requests, the credentials in them, and bodies in chunks.
 * Input: a byte that says how long the pieces are that it comes in, then what a client sends. */
#include "gateway/http.h"
#include "gateway/chunks.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"

#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static bool same(struct slice a, struct slice b)
{
	return (a.ptr == NULL) == (b.ptr == NULL) && slice_equal(a, b);
}

/* As it comes: each time with one piece more, at another place in memory. */
static int read_in_pieces(struct slice in, size_t piece, size_t *read_bytes)
{
	struct http_request request;
	size_t scanned = 0, len = 0;
	int rc = 0;

	while (rc == 0 && len < in.len) {
		char *copy;

		len = in.len - len > piece ? len + piece : in.len;
		copy = input_copy(slice_of(in.ptr, len));
		rc = http_read(slice_of(copy, len), &scanned, &request);
		if (rc == 1)
			*read_bytes = request.head_bytes;
		free(copy);
	}
	return rc;
}

static void expect_within(struct slice in, struct slice part)
{
	CLAIM(part.len == 0 || (part.ptr >= in.ptr && part.ptr + part.len <= in.ptr + in.len));
	CLAIM(!slice_has_control(part));
}

static void expect_request(struct slice in, const struct http_request *r)
{
	CLAIM(r->head_bytes <= in.len && r->head_bytes <= HTTP_HEAD_BYTES);
	CLAIM(in.ptr[r->head_bytes - 1] == '\n');
	CLAIM(slice_is_token(r->method) && r->path.len > 0 && r->path.ptr[0] == '/');
	CLAIM(memchr(r->path.ptr, '?', r->path.len) == NULL);
	CLAIM(!r->chunked || r->body_bytes == 0);
	expect_within(in, r->method);
	expect_within(in, r->path);
	expect_within(in, r->authorization);
	expect_within(in, http_credentials(r->authorization, SLICE("Ticket")));
}

/* What we write ourselves reads as it was meant. */
static void expect_round_trip(const struct http_request *r)
{
	struct buffer text = { 0 };
	struct http_request again;
	size_t scanned = 0;

	CLAIM(buffer_printf(&text, "%.*s %.*s HTTP/1.%d\r\n%s%.*s%s", SLICE_ARGS(r->method),
			    SLICE_ARGS(r->path), r->keeps,
			    r->authorization.ptr != NULL ? "Authorization: " : "",
			    SLICE_ARGS(r->authorization),
			    r->authorization.ptr != NULL ? "\r\n" : "") == 0);
	CLAIM(buffer_printf(&text, "Content-Length: %zu\r\n\r\n", r->body_bytes) == 0);
	if (buffer_len(&text) <= HTTP_HEAD_BYTES) {
		CLAIM(http_read(buffer_content(&text), &scanned, &again) == 1);
		CLAIM(same(r->method, again.method) && same(r->path, again.path) &&
		      same(r->authorization, again.authorization));
		CLAIM(r->body_bytes == again.body_bytes && r->keeps == again.keeps);
	}
	buffer_fini(&text);
}

/* --- bodies --- */

enum { BODY_BYTES = 100 };

static int chunks_in_pieces(struct slice in, size_t piece, struct buffer *body)
{
	struct buffer input = { 0 };
	struct chunks c = { .left = 0 };
	int rc = 0;

	do {
		CLAIM(buffer_append_slice(&input, input_take(&in, piece)) == 0);
		rc = chunks_read(&c, &input, body, BODY_BYTES);
	} while (rc == 0 && in.len > 0);
	CLAIM(buffer_len(body) <= BODY_BYTES);
	buffer_fini(&input);
	return rc;
}

/* However it comes, it is the same body, or none. */
static void expect_chunks(struct slice in, size_t piece)
{
	struct buffer whole = { 0 }, pieces = { 0 };
	int rc = chunks_in_pieces(in, in.len, &whole);

	CLAIM(rc == 0 || rc == 1 || rc == SG_EFORMAT || rc == SG_ELIMIT);
	CLAIM(chunks_in_pieces(in, piece, &pieces) == rc);
	CLAIM(slice_equal(buffer_content(&whole), buffer_content(&pieces)));
	buffer_fini(&whole);
	buffer_fini(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	size_t piece = 1u + input_byte(&in) % 64, scanned = 0, pieces_bytes = 0;
	struct http_request request;
	char *text = input_copy(in);
	int rc;

	in = slice_of(text, in.len);
	rc = http_read(in, &scanned, &request);
	CLAIM(rc == 0 || rc == 1 || rc == SG_EFORMAT || rc == SG_ELIMIT);
	if (rc == 1) {
		expect_request(in, &request);
		expect_round_trip(&request);
	}
	if (rc == 1 && request.chunked)
		expect_chunks(slice_after(in, request.head_bytes), piece);
	if (rc != SG_ELIMIT) { /* how much is there when it is noticed depends on the pieces */
		CLAIM(read_in_pieces(in, piece, &pieces_bytes) == rc);
		CLAIM(rc != 1 || pieces_bytes == request.head_bytes);
	}
	free(text);
	return 0;
}
