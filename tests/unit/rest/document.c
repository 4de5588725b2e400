/* document.c - bodies. */
#include "rest/document.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct {
	const char *text;
	int rc;
} rows[] = {
	{ "{}", 0 },
	{ " {\"a\":1} ", 0 },
	{ "{\"a\":1,\"A\":1,\"a \":1,\"\":1}", 0 },
	{ "{\"a\":{\"b\":1},\"b\":1}", 0 },
	{ "", SG_EFORMAT },
	{ "[]", SG_EFORMAT },
	{ "null", SG_EFORMAT },
	{ "{} {}", SG_EFORMAT },
	{ "{\"a\":1,}", SG_EFORMAT },
	{ "{\"a\":1,\"a\":1}", SG_EFORMAT },
	{ "{\"a\":1,\"b\":1,\"\\u0061\":1}", SG_EFORMAT },
	{ "{\"\":1,\"\":1}", SG_EFORMAT },
	{ "{\"a\":\"\xff\"}", SG_EFORMAT },
	{ "{\"a\":\"\\u0000\"}", SG_EFORMAT },
	{ "{\"a\":\"\\ud800\"}", SG_EFORMAT },
	{ "{\"a\":01}", SG_EFORMAT },
	{ "{'a':1}", SG_EFORMAT },
};

Test(document, is_one_object_whose_members_come_once)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct arena arena = { 0 };
		cJSON *out = NULL;

		cr_expect_eq(document_read(&arena, slice_from(rows[i].text), &out), rows[i].rc,
			     "%s", rows[i].text);
		cr_expect_eq(out != NULL, rows[i].rc == 0, "%s", rows[i].text);
		cJSON_Delete(out);
		arena_fini(&arena);
	}
}

/* However many there are. */
Test(document, the_last_of_many_members_is_the_first_again)
{
	for (int repeats = 0; repeats < 2; repeats++) {
		struct arena arena = { 0 };
		struct buffer text = { 0 };
		cJSON *out = NULL;

		cr_assert_eq(buffer_printf(&text, "{"), 0);
		for (int i = 0; i < 1000; i++)
			cr_assert_eq(buffer_printf(&text, "\"m%d\":%d,", i, i), 0);
		cr_assert_eq(buffer_printf(&text, "\"%s\":1}", repeats ? "m0" : "m"), 0);
		cr_expect_eq(document_read(&arena, buffer_content(&text), &out),
			     repeats ? SG_EFORMAT : 0);
		cJSON_Delete(out);
		buffer_fini(&text);
		arena_fini(&arena);
	}
}
