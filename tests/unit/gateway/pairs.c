/* pairs.c - FastCGI name-value pairs. */
#include "gateway/pairs.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define BYTES(s)                    \
	{                           \
		"" s, sizeof(s) - 1 \
	}

static const struct {
	const char *name;
	struct slice bytes;
	int rc;
	const char *pair; /* the first one, as name=value */
} rows[] = {
	{ "nothing", BYTES(""), 0, "" },
	{ "both short", BYTES("\1\2abc"), 1, "a=bc" },
	{ "no value", BYTES("\1\0a"), 1, "a=" },
	{ "no name", BYTES("\0\1a"), 1, "=a" },
	{ "both empty", BYTES("\0\0"), 1, "=" },
	{ "long form of a short length (F07)", BYTES("\200\0\0\1\200\0\0\2abc"), 1, "a=bc" },
	{ "one long, one short", BYTES("\1\200\0\0\2abc"), 1, "a=bc" },
	{ "what follows stays", BYTES("\1\1ab\1\1cd"), 1, "a=b" },
	{ "one length only", BYTES("\1"), SG_EFORMAT, "" },
	{ "half a long length", BYTES("\1\200\0\0"), SG_EFORMAT, "" },
	{ "half a long first length", BYTES("\200\0\0"), SG_EFORMAT, "" },
	{ "value past the end", BYTES("\1\3abc"), SG_EFORMAT, "" },
	{ "name past the end", BYTES("\5\0abc"), SG_EFORMAT, "" },
	{ "all lengths 2^31-1 (H01)", BYTES("\377\377\377\377\377\377\377\377a"), SG_EFORMAT, "" },
	{ "value 2^31-1", BYTES("\1\377\377\377\377a"), SG_EFORMAT, "" },
};

Test(pairs, next_reads_what_is_there_and_no_more)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		char *copy = malloc(rows[i].bytes.len + 1), text[64] = "";
		struct slice in = { copy, rows[i].bytes.len };
		struct param pair = { .head_bytes = 0 };
		int rc;

		memcpy(copy, rows[i].bytes.ptr, rows[i].bytes.len);
		rc = pairs_next(&in, &pair);
		if (rc == 1)
			snprintf(text, sizeof(text), "%.*s=%.*s", SLICE_ARGS(pair.name),
				 SLICE_ARGS(pair.value));
		cr_expect_eq(rc, rows[i].rc, "%s: got %d", rows[i].name, rc);
		cr_expect_str_eq(text, rows[i].pair, "%s", rows[i].name);
		cr_expect(rc == 1 || in.len == rows[i].bytes.len, "%s: moved", rows[i].name);
		free(copy);
	}
}

Test(pairs, append_is_read_back_at_every_length)
{
	static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65000 };

	for (size_t i = 0; i < ROWS(lengths); i++)
		for (size_t j = 0; j < ROWS(lengths); j++) {
			struct slice name = { malloc(65000), lengths[i] };
			struct slice value = { malloc(65000), lengths[j] };
			struct buffer b = { 0 };
			struct slice in;
			struct param pair;

			memset((char *)name.ptr, 'n', 65000);
			memset((char *)value.ptr, 'v', 65000);
			cr_assert_eq(pairs_append_one(&b, name, value), 0);
			cr_expect_eq(buffer_len(&b), pairs_size(name, value), "%zu, %zu",
				     lengths[i], lengths[j]);
			in = buffer_content(&b);
			cr_expect_eq(pairs_next(&in, &pair), 1);
			cr_expect(slice_equal(pair.name, name) && slice_equal(pair.value, value),
				  "%zu, %zu", lengths[i], lengths[j]);
			cr_expect_eq(pairs_next(&in, &pair), 0);
			buffer_fini(&b);
			free((char *)name.ptr);
			free((char *)value.ptr);
		}
}

static void walk(void *ctx, struct slice bytes)
{
	struct param pair;
	volatile size_t sum = 0;

	(void)ctx;
	while (pairs_next(&bytes, &pair) == 1)
		for (size_t i = 0; i < pair.name.len + pair.value.len; i++)
			sum = sum + (size_t)pair.name.ptr[i];
}

Test(pairs, next_survives_every_mutation)
{
	sample_mutate((struct slice)BYTES("\1\2abc\200\0\0\3\0xyz\4\200\0\0\1nameV"), walk, NULL);
}

#define LONG_VALUE \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/* Pairs that were read are copied as they stand, side by side or not; the rest is put together. */
Test(pairs, append_gives_what_was_read_without_what_was_removed)
{
	static const struct {
		const char *name;
		struct slice bytes;
		int removed, changed; /* an index, or -1 */
		struct slice expected;
	} sent[] = {
		{ "as they came", BYTES("\1\1a1\1\1b2\1\0c"), -1, -1, BYTES("\1\1a1\1\1b2\1\0c") },
		{ "without the first", BYTES("\1\1a1\1\1b2\1\0c"), 0, -1, BYTES("\1\1b2\1\0c") },
		{ "without one between", BYTES("\1\1a1\1\1b2\1\0c"), 1, -1, BYTES("\1\1a1\1\0c") },
		{ "without the last", BYTES("\1\1a1\1\1b2\1\0c"), 2, -1, BYTES("\1\1a1\1\1b2") },
		{ "one changed", BYTES("\1\1a1\1\1b2\1\0c"), -1, 1,
		  BYTES("\1\1a1\1\7bchanged\1\0c") },
		{ "a length in its long form", BYTES("\1\1a1\x80\0\0\1\1b2\1\0c"), -1, -1,
		  BYTES("\1\1a1\1\1b2\1\0c") },
		{ "a long value", BYTES("\1\1a1\1\x80\0\0\xa4v" LONG_VALUE LONG_VALUE "\1\0c"), -1,
		  -1, BYTES("\1\1a1\1\x80\0\0\xa4v" LONG_VALUE LONG_VALUE "\1\0c") },
	};

	for (size_t i = 0; i < ROWS(sent); i++) {
		struct slice bytes = sent[i].bytes;
		struct param items[3];
		size_t taken;
		struct buffer b = { 0 };

		for (size_t n = 0; n < 3; n++)
			cr_assert_eq(pairs_next(&bytes, &items[n]), 1, "%s", sent[i].name);
		if (sent[i].removed >= 0)
			items[sent[i].removed] = (struct param){ .head_bytes = 0 };
		if (sent[i].changed >= 0)
			items[sent[i].changed] =
				(struct param){ .name = SLICE("b"), .value = SLICE("changed") };
		cr_assert_eq(pairs_append(&b, items, 3, SIZE_MAX, &taken), 0);
		cr_expect_eq(taken, 3);
		cr_expect(slice_equal(buffer_content(&b), sent[i].expected), "%s", sent[i].name);
		buffer_fini(&b);
	}
}
