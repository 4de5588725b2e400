/* fcgi.c - FastCGI records, in and out. */
#include "gateway/fcgi.h"

#include "tests/unit/gateway/records.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define BYTES(s)                    \
	{                           \
		"" s, sizeof(s) - 1 \
	}

/* --- decoding --- */

static const struct {
	const char *name;
	struct slice bytes;
	const char *text; /* type/id:content; for each record, "!" for BAD */
	bool mid;         /* the end is part of a record */
} inputs[] = {
	{ "nothing", BYTES(""), "", false },
	{ "empty", BYTES("\1\5\0\1\0\0\0\0"), "5/1:;", false },
	{ "reserved byte set", BYTES("\1\5\0\1\0\0\0\377"), "5/1:;", false },
	{ "content", BYTES("\1\5\0\1\0\3\0\0abc"), "5/1:abc;", false },
	{ "content and padding", BYTES("\1\4\0\1\0\3\5\0abc-----"), "4/1:abc;", false },
	{ "empty, with padding", BYTES("\1\4\0\1\0\0\3\0---"), "4/1:;", false },
	{ "empty, with padding, and another",
	  BYTES("\1\4\0\1\0\0\3\0---"
		"\1\5\0\1\0\1\0\0a"),
	  "4/1:;5/1:a;", false },
	{ "ids of two bytes", BYTES("\1\6\1\2\0\1\0\0a\1\7\377\377\0\0\0\0"), "6/258:a;7/65535:;",
	  false },
	{ "a type nobody knows", BYTES("\1\377\0\0\0\2\1\0ab-"), "255/0:ab;", false },
	{ "padding that looks like a header", BYTES("\1\5\0\1\0\1\10\0a\2\2\2\2\2\2\2\2"), "5/1:a;",
	  false },
	{ "half a header", BYTES("\1\5\0\1"), "", true },
	{ "content still coming", BYTES("\1\5\0\1\0\3\0\0"), "", true },
	{ "padding still coming", BYTES("\1\5\0\1\0\1\2\0a-"), "5/1:a;", true },
	{ "version 0, one byte", BYTES("\0"), "!", true },
	{ "version 2, one byte", BYTES("\2"), "!", true },
	{ "another protocol", BYTES("GET / HTTP/1.1\r\n"), "!", true },
	{ "a bad one behind a good one", BYTES("\1\5\0\1\0\1\0\0a\2"), "5/1:a;!", true },
};

/* What a decoder has said, fragments of a record put together. */
struct transcript {
	struct fcgi_decoder decoder;
	struct buffer text;
	bool within, bad;
};

static void transcribe_fragment(struct transcript *t, const struct fcgi_fragment *f)
{
	cr_assert_eq(f->first, !t->within);
	if (f->first)
		cr_assert_eq(buffer_printf(&t->text, "%u/%u:", f->record.type, f->record.id), 0);
	cr_assert(f->bytes.len > 0 || f->record.content_bytes == 0, "an empty fragment");
	cr_assert_eq(buffer_append_slice(&t->text, f->bytes), 0);
	if (f->last)
		cr_assert_eq(buffer_printf(&t->text, ";"), 0);
	t->within = !f->last;
}

/* bytes lie in memory of exactly their size, so that a sanitizer sees a read too far. */
static void transcribe(struct transcript *t, struct slice bytes)
{
	char *copy = malloc(bytes.len > 0 ? bytes.len : 1);
	struct slice in = { copy, bytes.len };
	struct fcgi_fragment f;
	enum fcgi_step step = FCGI_MORE;

	if (bytes.len > 0)
		memcpy(copy, bytes.ptr, bytes.len);
	while (!t->bad && (step = fcgi_decode(&t->decoder, &in, &f)) == FCGI_FRAGMENT)
		transcribe_fragment(t, &f);
	if (step == FCGI_BAD) {
		t->bad = true;
		cr_assert_eq(buffer_printf(&t->text, "!"), 0);
	}
	cr_assert(t->bad || in.len == 0, "MORE, with input left");
	free(copy);
}

static void expect_transcript(struct transcript *t, size_t row, size_t cut)
{
	cr_expect(slice_equal(buffer_content(&t->text), slice_from(inputs[row].text)),
		  "%s, cut at %zu: %.*s", inputs[row].name, cut,
		  SLICE_ARGS(buffer_content(&t->text)));
	cr_expect_eq(fcgi_mid_record(&t->decoder), inputs[row].mid, "%s, cut at %zu: mid",
		     inputs[row].name, cut);
	buffer_fini(&t->text);
}

Test(fcgi, decode_at_every_split)
{
	for (size_t i = 0; i < ROWS(inputs); i++)
		for (size_t cut = 0; cut <= inputs[i].bytes.len; cut++) {
			struct transcript t = { 0 };

			transcribe(&t, slice_of(inputs[i].bytes.ptr, cut));
			transcribe(&t, slice_after(inputs[i].bytes, cut));
			expect_transcript(&t, i, cut);
		}
}

Test(fcgi, decode_a_byte_at_a_time)
{
	for (size_t i = 0; i < ROWS(inputs); i++) {
		struct transcript t = { 0 };

		for (size_t at = 0; at < inputs[i].bytes.len; at++)
			transcribe(&t, slice_of(inputs[i].bytes.ptr + at, 1));
		expect_transcript(&t, i, 1);
	}
}

Test(fcgi, mid_record_from_its_first_byte_to_its_last)
{
	static const char record[] = "\1\5\0\1\0\3\2\0abc--";
	struct transcript t = { 0 };

	for (size_t at = 0; at < sizeof(record) - 1; at++) {
		cr_expect_eq(fcgi_mid_record(&t.decoder), at > 0, "before byte %zu", at);
		transcribe(&t, slice_of(record + at, 1));
	}
	cr_expect(!fcgi_mid_record(&t.decoder));
	buffer_fini(&t.text);
}

Test(fcgi, decode_the_longest_record)
{
	size_t len = FCGI_HEADER_LEN + 65535 + 255;
	char *bytes = calloc(1, len);
	struct slice in = { bytes, len };
	struct fcgi_decoder d = { 0 };
	struct fcgi_fragment f;

	memcpy(bytes, "\1\5\0\1\377\377\377\0", FCGI_HEADER_LEN);
	cr_assert_eq(fcgi_decode(&d, &in, &f), FCGI_FRAGMENT);
	cr_expect(f.first && f.last);
	cr_expect_eq(f.bytes.len, 65535);
	cr_expect_eq(f.bytes.ptr, bytes + FCGI_HEADER_LEN, "content is borrowed, not copied");
	cr_expect_eq(in.len, 0);
	cr_expect(!fcgi_mid_record(&d));
	free(bytes);
}

/* --- bodies of 8 bytes --- */

static const struct {
	const char *name;
	struct slice bytes;
	int rc;
} bodies[] = {
	{ "exact", BYTES("\1\1\0\1\0\10\0\0abcdefgh"), 1 },
	{ "exact, with padding", BYTES("\1\1\0\1\0\10\3\0abcdefgh---"), 1 },
	{ "empty", BYTES("\1\1\0\1\0\0\0\0"), SG_EFORMAT },
	{ "a byte short", BYTES("\1\1\0\1\0\7\0\0abcdefg"), SG_EFORMAT },
	{ "a byte long", BYTES("\1\1\0\1\0\11\0\0abcdefghi"), SG_EFORMAT },
	{ "twice as long", BYTES("\1\1\0\1\0\20\0\0abcdefghijklmnop"), SG_EFORMAT },
};

/* What both readers say of a record that comes in pieces of step bytes: 0 as long as it is not whole. */
struct reading {
	int begin_rc, end_rc;
	struct fcgi_begin begin;
	struct fcgi_end end;
	unsigned whole; /* so often were they told that it is */
};

static struct reading read_in_steps(struct slice in, size_t step)
{
	struct fcgi_decoder d = { 0 };
	struct reading r = { 0 };
	struct fcgi_fragment f;

	while (in.len > 0) {
		size_t n = step < in.len ? step : in.len;
		struct slice piece = slice_of(in.ptr, n);

		while (fcgi_decode(&d, &piece, &f) == FCGI_FRAGMENT) {
			r.begin_rc = fcgi_read_begin(&d, &f, &r.begin);
			r.end_rc = fcgi_read_end(&d, &f, &r.end);
			r.whole += r.begin_rc != 0;
		}
		in = slice_after(in, n);
	}
	return r;
}

Test(fcgi, begin_and_end_over_fragments_of_every_length)
{
	for (size_t i = 0; i < ROWS(bodies); i++)
		for (size_t step = 1; step <= bodies[i].bytes.len; step++) {
			struct reading r = read_in_steps(bodies[i].bytes, step);

			cr_expect_eq(r.whole, 1, "%s, by %zu", bodies[i].name, step);
			cr_expect_eq(r.begin_rc, bodies[i].rc, "%s, by %zu", bodies[i].name, step);
			cr_expect_eq(r.end_rc, bodies[i].rc, "%s, by %zu", bodies[i].name, step);
			if (bodies[i].rc != 1)
				continue;
			cr_expect(r.begin.role == 0x6162 && r.begin.flags == 'c', "%s, by %zu",
				  bodies[i].name, step);
			cr_expect(r.end.app_status == 0x61626364 && r.end.protocol_status == 'e',
				  "%s, by %zu", bodies[i].name, step);
		}
}

/* --- encoding --- */

static const struct {
	const char *name;
	size_t bytes, records, longest;
} streams[] = {
	{ "nothing", 0, 0, 0 },
	{ "one byte", 1, 1, 1 },
	{ "a full record", 65528, 1, 65528 },
	{ "one more", 65529, 2, 65528 },
	{ "two full records", 131056, 2, 65528 },
	{ "200 kB", 200000, 4, 65528 },
};

Test(fcgi, append_stream_in_as_many_records_as_it_takes)
{
	for (size_t i = 0; i < ROWS(streams); i++) {
		char *content = malloc(streams[i].bytes + 1);
		struct slice bytes = { content, streams[i].bytes };
		struct buffer out = { 0 };
		struct records r;

		for (size_t at = 0; at < bytes.len; at++)
			content[at] = (char)(at % 251);
		cr_assert_eq(fcgi_append_stream(&out, FCGI_STDOUT, 300, bytes), 0);
		records_read(&r, buffer_content(&out), FCGI_STDOUT, 300);
		cr_expect_eq(r.count, streams[i].records, "%s: %zu", streams[i].name, r.count);
		cr_expect_eq(r.longest, streams[i].longest, "%s", streams[i].name);
		cr_expect_eq(r.empties, 0, "%s", streams[i].name);
		cr_expect(slice_equal(buffer_content(&r.stream), bytes), "%s", streams[i].name);
		records_fini(&r);
		buffer_fini(&out);
		free(content);
	}
}

static int append_begin(struct buffer *out)
{
	return fcgi_append_begin(out, 258, FCGI_RESPONDER, FCGI_KEEP_CONN);
}

static int append_end(struct buffer *out)
{
	return fcgi_append_end(out, 258, 0x010203ff, FCGI_UNKNOWN_ROLE);
}

static int append_unknown_type(struct buffer *out)
{
	return fcgi_append_unknown_type(out, 200);
}

static int append_empty(struct buffer *out)
{
	return fcgi_append_record(out, FCGI_STDOUT, 258, SLICE(""));
}

static const struct {
	const char *name;
	int (*append)(struct buffer *out);
	struct slice bytes;
} wholes[] = {
	{ "begin", append_begin, BYTES("\1\1\1\2\0\10\0\0\0\1\1\0\0\0\0\0") },
	{ "end", append_end, BYTES("\1\3\1\2\0\10\0\0\1\2\3\377\3\0\0\0") },
	{ "unknown type", append_unknown_type, BYTES("\1\13\0\0\0\10\0\0\310\0\0\0\0\0\0\0") },
	{ "an empty record", append_empty, BYTES("\1\6\1\2\0\0\0\0") },
};

Test(fcgi, append_writes_these_bytes)
{
	for (size_t i = 0; i < ROWS(wholes); i++) {
		struct buffer out = { 0 };

		cr_assert_eq(buffer_append(&out, "before", 6), 0);
		cr_expect_eq(wholes[i].append(&out), 0, "%s", wholes[i].name);
		cr_expect(slice_equal(slice_after(buffer_content(&out), 6), wholes[i].bytes), "%s",
			  wholes[i].name);
		buffer_fini(&out);
	}
}

/* --- params --- */

static const struct {
	const char *name;
	size_t pairs, value_bytes; /* each pair with a name of one byte */
	size_t records, longest;
} params[] = {
	{ "none", 0, 0, 0, 0 },
	{ "one", 1, 3, 1, 6 },
	{ "one that fills a record", 1, FCGI_CONTENT_MAX - 6, 1, FCGI_CONTENT_MAX },
	{ "two, each fills a record", 2, FCGI_CONTENT_MAX - 6, 2, FCGI_CONTENT_MAX },
	{ "two that fill one together", 2, FCGI_CONTENT_MAX / 2 - 6, 1, FCGI_CONTENT_MAX },
	{ "two that are a byte too long for one", 2, FCGI_CONTENT_MAX / 2 - 5, 2,
	  FCGI_CONTENT_MAX / 2 + 1 },
	{ "200 kB of large ones", 4, 50000, 4, 50006 },
	{ "200 kB of small ones", 2000, 97, 4, 65500 },
};

/* Whole pairs, all of the same value, in one record or in all of them. */
static size_t count_pairs(struct slice bytes, struct slice value)
{
	struct param pair;
	size_t count = 0;
	int rc;

	for (; (rc = pairs_next(&bytes, &pair)) == 1; count++) {
		cr_assert(slice_equal(pair.name, SLICE("N")));
		cr_assert(slice_equal(pair.value, value));
	}
	cr_assert_eq(rc, 0, "a pair is cut");
	return count;
}

static size_t count_pairs_by_record(struct slice bytes, struct slice value)
{
	struct fcgi_decoder d = { 0 };
	struct fcgi_fragment f;
	size_t count = 0;

	while (fcgi_decode(&d, &bytes, &f) == FCGI_FRAGMENT)
		count += count_pairs(f.bytes, value);
	return count;
}

Test(fcgi, append_params_keeps_pairs_whole)
{
	for (size_t i = 0; i < ROWS(params); i++) {
		char *content = calloc(1, params[i].value_bytes + 1);
		struct slice value = { content, params[i].value_bytes };
		struct param *items = calloc(params[i].pairs + 1, sizeof(*items));
		struct buffer out = { 0 };
		struct records r;

		for (size_t n = 0; n < params[i].pairs; n++)
			items[n] = (struct param){ .name = SLICE("N"), .value = value };
		cr_assert_eq(fcgi_append_params(&out, 7, items, params[i].pairs), 0);
		records_read(&r, buffer_content(&out), FCGI_PARAMS, 7);
		cr_expect_eq(r.count, params[i].records, "%s: %zu", params[i].name, r.count);
		cr_expect_eq(r.longest, params[i].longest, "%s: %zu", params[i].name, r.longest);
		cr_expect_eq(r.empties, 1, "%s", params[i].name);
		cr_expect_eq(count_pairs_by_record(buffer_content(&out), value), params[i].pairs,
			     "%s", params[i].name);
		records_fini(&r);
		buffer_fini(&out);
		free(items);
		free(content);
	}
}

/* Found by tests/fuzz/pairs.c: two empty records, and the second is behind the end of PARAMS. */
Test(fcgi, append_params_of_which_none_is_left)
{
	const struct param removed[2] = { { .head_bytes = 0 }, { .head_bytes = 0 } };
	struct buffer out = { 0 };
	struct records r;

	cr_assert_eq(fcgi_append_params(&out, 7, removed, ROWS(removed)), 0);
	records_read(&r, buffer_content(&out), FCGI_PARAMS, 7);
	cr_expect_eq(r.count, 0);
	cr_expect_eq(r.empties, 1, "%zu", r.empties);
	records_fini(&r);
	buffer_fini(&out);
}

/* --- records of a length not known yet --- */

Test(fcgi, open_and_close_around_content)
{
	static const size_t lengths[] = { 0, 1, 255, 256, FCGI_CONTENT_MAX };

	for (size_t i = 0; i < ROWS(lengths); i++) {
		struct buffer out = { 0 };
		struct records r;
		size_t mark;
		char *room = NULL;

		cr_assert_eq(buffer_append(&out, "consumed", 8), 0);
		cr_assert_eq(fcgi_append_record(&out, FCGI_STDIN, 9, SLICE("before")), 0);
		buffer_consume(&out, 8);
		cr_assert_eq(fcgi_open(&out, FCGI_STDIN, 9, &mark), 0);
		cr_assert_eq(buffer_reserve(&out, lengths[i], &room), 0);
		memset(room, 'x', lengths[i]);
		buffer_commit(&out, lengths[i]);
		fcgi_close(&out, mark);
		records_read(&r, buffer_content(&out), FCGI_STDIN, 9);
		cr_expect_eq(buffer_len(&r.stream), 6 + lengths[i], "%zu", lengths[i]);
		cr_expect_eq(r.empties, lengths[i] == 0, "%zu", lengths[i]);
		records_fini(&r);
		buffer_fini(&out);
	}
}

/* --- GET_VALUES --- */

static const struct {
	const char *name, *asked, *told;
} values[] = {
	{ "all", "FCGI_MAX_CONNS=|FCGI_MAX_REQS=|FCGI_MPXS_CONNS=",
	  "FCGI_MAX_CONNS=10|FCGI_MAX_REQS=4294967295|FCGI_MPXS_CONNS=1" },
	{ "in another order",
	  "FCGI_MPXS_CONNS=|FCGI_MAX_CONNS=", "FCGI_MAX_CONNS=10|FCGI_MPXS_CONNS=1" },
	{ "one, again and again",
	  "FCGI_MAX_CONNS=|FCGI_MAX_CONNS=|FCGI_MAX_CONNS=", "FCGI_MAX_CONNS=10" },
	{ "unknown ones", "FCGI_MAX=|FCGI_MAX_CONNS=|fcgi_max_reqs=|X=", "FCGI_MAX_CONNS=10" },
	{ "with a value", "FCGI_MAX_CONNS=77", "FCGI_MAX_CONNS=10" },
	{ "only unknown ones", "X=1", "" },
	{ "none", "", "" },
};

Test(fcgi, append_values_tells_each_name_once)
{
	for (size_t i = 0; i < ROWS(values); i++) {
		struct buffer out = { 0 };
		struct sample s;
		struct slice expected;
		struct fcgi_decoder d = { 0 };
		struct fcgi_fragment f;
		struct slice in;

		sample_init(&s);
		expected = sample_pairs(&s, values[i].told);
		cr_assert_eq(fcgi_append_values(&out, sample_pairs(&s, values[i].asked), 10,
						4294967295, true),
			     0);
		in = buffer_content(&out);
		cr_assert_eq(fcgi_decode(&d, &in, &f), FCGI_FRAGMENT);
		cr_expect_eq(f.record.type, FCGI_GET_VALUES_RESULT, "%s", values[i].name);
		cr_expect_eq(f.record.id, FCGI_NULL_REQUEST_ID, "%s", values[i].name);
		cr_expect(slice_equal(f.bytes, expected), "%s: %.*s", values[i].name,
			  SLICE_ARGS(f.bytes));
		cr_expect_eq(in.len, 0, "%s", values[i].name);
		buffer_fini(&out);
		sample_fini(&s);
	}
}

Test(fcgi, append_values_refuses_what_are_no_pairs)
{
	static const struct {
		const char *name;
		struct slice asked;
	} bad[] = {
		{ "one length only", BYTES("\1") },
		{ "name past the end", BYTES("\16\0FCGI_MAX") },
		{ "a good one, then a bad one", BYTES("\16\0FCGI_MAX_CONNS\5") },
		{ "lengths of 2^31-1", BYTES("\377\377\377\377\377\377\377\377") },
	};

	for (size_t i = 0; i < ROWS(bad); i++) {
		struct buffer out = { 0 };

		cr_assert_eq(buffer_append(&out, "before", 6), 0);
		cr_expect_eq(fcgi_append_values(&out, bad[i].asked, 1, 1, false), SG_EFORMAT, "%s",
			     bad[i].name);
		cr_expect(slice_equal(buffer_content(&out), SLICE("before")), "%s", bad[i].name);
		buffer_fini(&out);
	}
}
