/* responses.c - an application's STDOUT: the header block found, parsed, guarded and written again, the body measured.
 * Input: a byte of choices, a byte for where it is cut in two, then STDOUT. */
#include "gateway/carrier.h"
#include "gateway/fcgi.h"
#include "gateway/response.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/jar.h"
#include "tests/fuzz/settings.h"

#include <stdlib.h>

enum { ID = 3, EFFORT_MS = 1000, RESPONSE_BYTES = 200000, BYTEWISE = 512 };

enum choice { CHOICE_HEAD = 1, CHOICE_SHORT = 2 };

static const struct config *config;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	config = settings_usual();
	return 0;
}

/* One way through. */
struct passage {
	struct arena arena;
	struct response response;
	struct slice method;
	size_t max_bytes;
	int rc;
	struct buffer out;
};

static void passage_init(struct passage *p, unsigned choices)
{
	*p = (struct passage){
		.method = choices & CHOICE_HEAD ? SLICE("HEAD") : SLICE("GET"),
		.max_bytes = choices & CHOICE_SHORT ? 64 : 65536,
	};
	response_init(&p->response, &p->arena);
}

static void passage_fini(struct passage *p)
{
	response_fini(&p->response);
	arena_fini(&p->arena);
	buffer_fini(&p->out);
}

static void passage_start(struct passage *p)
{
	carrier_guard(&p->response.head, config);
	CLAIM(response_start(&p->response, p->method, &p->out, ID) == 0);
}

static void passage_feed(struct passage *p, struct slice bytes)
{
	char *copy = input_copy(bytes);
	struct slice piece = slice_of(copy, bytes.len);
	const char *reason = NULL;

	if (p->response.started) {
		CLAIM(response_body(&p->response, piece, &p->out, ID) == 0);
	} else if (p->rc == 0) {
		p->rc = response_feed(&p->response, piece, p->max_bytes, &reason);
		CLAIM(p->rc >= 0 || (reason != NULL && reason[0] != '\0'),
		      "refused without a reason");
		CLAIM(p->rc == 0 || p->rc == 1 || p->rc == SG_EFORMAT || p->rc == SG_ELIMIT);
		if (p->rc == 1)
			passage_start(p);
	}
	free(copy);
}

static void passage_run(struct passage *p, struct slice in, size_t first, size_t step)
{
	for (size_t next = first; in.len > 0; next = step)
		passage_feed(p, input_take(&in, next > 0 ? next : 1));
}

/* What stands in all STDOUT records of out, in one. */
static struct buffer passage_stream(const struct passage *p)
{
	struct slice in = buffer_content(&p->out);
	struct buffer stream = { 0 };

	while (in.len > 0) {
		const uint8_t *h = (const uint8_t *)in.ptr;
		size_t len;

		CLAIM(in.len >= FCGI_HEADER_LEN && h[0] == 1 && h[1] == FCGI_STDOUT && h[3] == ID);
		len = (size_t)h[4] * 256 + h[5];
		CLAIM(len > 0 && h[6] == 0 && in.len >= FCGI_HEADER_LEN + len,
		      "an empty record would be the end");
		CLAIM(buffer_append(&stream, in.ptr + FCGI_HEADER_LEN, len) == 0);
		in = slice_after(in, FCGI_HEADER_LEN + len);
	}
	return stream;
}

/* --- what a web server gets --- */

struct block {
	unsigned status, statuses, lengths;
	uint64_t length;
	struct slice body;
};

static bool named(struct slice line, const char *name)
{
	return slice_starts_nocase(line, slice_from(name));
}

static void block_take_line(struct block *b, struct slice line)
{
	uint64_t number = 0;
	struct slice name, value = line;

	CLAIM(line.ptr[0] != ' ' && line.ptr[0] != '\t' && line.ptr[0] != ':', "a folded line");
	CLAIM(slice_cut(&value, ':', &name) && !slice_has_control(name));
	CLAIM(memchr(name.ptr, ' ', name.len) == NULL);
	for (size_t i = 0; i < value.len; i++)
		CLAIM((uint8_t)value.ptr[i] >= 0x20 || value.ptr[i] == '\t', "a control byte");
	CLAIM(!named(line, "Connection:") && !named(line, "Transfer-Encoding:") &&
		      !named(line, "Upgrade:") && !named(line, "Proxy-"),
	      "hop by hop");
	CLAIM(!named(line, "Set-Cookie:") || !jar_sets_ours(value));
	value = slice_trim(value);
	if (named(line, "Status:")) {
		b->statuses++;
		CLAIM(value.len >= 3 && slice_number(slice_of(value.ptr, 3), 999, &number));
		b->status = (unsigned)number;
	}
	if (named(line, "Content-Length:")) {
		b->lengths++;
		CLAIM(slice_number(value, INT64_MAX, &b->length));
	}
}

static void block_read(struct block *b, struct slice stream)
{
	struct slice line;

	for (;;) {
		CLAIM(slice_cut(&stream, '\n', &line), "the head does not end");
		CLAIM(line.len > 0 && line.ptr[line.len - 1] == '\r', "a bare LF");
		if (--line.len == 0)
			break;
		block_take_line(b, line);
	}
	b->body = stream;
}

static void expect_answer(const struct passage *p, struct slice stream)
{
	struct block b = { 0 };

	block_read(&b, stream);
	CLAIM(b.statuses == 1 && b.status >= 200 && b.status <= 999);
	CLAIM(b.lengths <= 1);
	CLAIM(b.lengths == 0 || b.body.len <= b.length, "longer than it said");
	CLAIM(b.body.len == p->response.body_bytes);
	if (b.status == 204 || b.status == 304 || slice_equal(p->method, SLICE("HEAD")))
		CLAIM(b.body.len == 0 && response_ending(&p->response) == RESPONSE_WHOLE);
	else if (b.lengths == 1)
		CLAIM((response_ending(&p->response) == RESPONSE_SHORT) == (b.body.len < b.length));
}

/* What we have written, we understand in the same way. */
static void expect_fixpoint(const struct passage *p, struct slice stream)
{
	struct arena arena = { 0 };
	struct head head = { .arena = &arena };
	struct buffer again = { 0 };
	const char *reason = "";
	size_t scanned = 0, len = head_find_end(stream, &scanned);

	CLAIM(len > 0);
	CLAIM(head_parse(&head, slice_of(stream.ptr, len), &reason) == 1, "%s", reason);
	CLAIM(head.status == p->response.head.status && head.count == p->response.head.count);
	CLAIM(head_write(&head, &again) == 0);
	CLAIM(slice_equal(buffer_content(&again), slice_of(stream.ptr, len)));
	buffer_fini(&again);
	arena_fini(&arena);
}

/* Whatever pieces it comes in, the outcome is one. */
static void compare(const struct passage *whole, struct slice stream, unsigned choices,
		    struct slice in, size_t first, size_t step)
{
	struct passage p;
	struct buffer other;

	passage_init(&p, choices);
	passage_run(&p, in, first, step);
	other = passage_stream(&p);
	CLAIM(p.rc == whole->rc, "%d in pieces, %d at once", p.rc, whole->rc);
	CLAIM(slice_equal(buffer_content(&other), stream));
	CLAIM(p.rc != 1 || response_ending(&p.response) == response_ending(&whole->response));
	buffer_fini(&other);
	passage_fini(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size);
	unsigned choices = input_byte(&in);
	size_t cut = input_byte(&in), len;
	struct effort effort = effort_begin();
	bool repeats = input_repeats(choices);
	char *repeated = input_repeat(in, repeats ? RESPONSE_BYTES : 1,
				      repeats ? RESPONSE_BYTES : in.len, &len);
	struct passage p;
	struct buffer stream;

	passage_init(&p, choices);
	passage_run(&p, slice_of(repeated, len), len, 1);
	stream = passage_stream(&p);
	if (p.rc == 1) {
		expect_answer(&p, buffer_content(&stream));
		expect_fixpoint(&p, buffer_content(&stream));
	} else {
		CLAIM(buffer_len(&stream) == 0);
	}
	compare(&p, buffer_content(&stream), choices, slice_of(repeated, len), cut, len);
	compare(&p, buffer_content(&stream), choices, slice_of(repeated, len), 1,
		len <= BYTEWISE ? 1 : len / 64);
	buffer_fini(&stream);
	passage_fini(&p);
	free(repeated);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
