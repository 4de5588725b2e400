/* suite_contents.c - what fits into a session; see suite.h. */
#include "tests/backends/visitor.h"

#include <stdio.h>
#include <stdlib.h>

void suite_values_hold_every_byte_of_json(struct bench *b)
{
	char value[512] = "\"", *at = value + 1;
	struct visitor v;

	for (int c = 0x20; c < 0x80; c++) {
		if (c == '"' || c == '\\')
			*at++ = '\\';
		*at++ = (char)c;
	}
	at += sprintf(at, "\\u0001\\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf\"");
	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), slice_from(value)), STORE_OK);
	expect_attribute(b, &v, SLICE("a"), slice_from(value));
	/* names too: {, }, :, spaces and quotes mean something to some stores */
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("{a}:b 'c' \"d\"\n\xc3\xa9"), SLICE("null")),
		      STORE_OK);
	expect_attribute(b, &v, SLICE("{a}:b 'c' \"d\"\n\xc3\xa9"), SLICE("null"));
}

void suite_session_of_256_attributes(struct bench *b)
{
	struct change changes[256];
	char names[256][8];
	struct visitor v;
	struct answer a;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("first"), absent), STORE_OK);
	for (size_t i = 0; i < 256; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		changes[i] = (struct change){ slice_from(names[i]), SLICE("true") };
	}
	d = visitor_delta(&v);
	d.changes = changes;
	d.change_count = 256;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	a = bench_find(b, v.id);
	cr_expect_eq(a.session->attribute_count, 256);
	answer_fini(&a);
	for (size_t i = 0; i < 256; i++)
		expect_attribute(b, &v, slice_from(names[i]), SLICE("true"));
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("one more"), SLICE("1")), STORE_LIMIT);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("n255"), SLICE("2")), STORE_OK);
}

void suite_session_of_a_mebibyte(struct bench *b)
{
	size_t bytes = wide.max_value;
	char *text = malloc(bytes);
	struct slice half = { text, bytes };
	struct visitor v;

	cr_assert_not_null(text);
	memset(text, 'x', bytes);
	text[0] = text[bytes - 1] = '"';
	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("first"), absent), STORE_OK);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), half), STORE_OK);
	/* two names of one byte more would be over it */
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("b"), half), STORE_LIMIT);
	half = slice_of(text + 2, bytes - 2);
	text[2] = '"';
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("b"), half), STORE_OK);
	expect_attribute(b, &v, SLICE("b"), half);
	EXPECT_ANSWER(visitor_touches(&v, b), STORE_OK);
	free(text);
}
