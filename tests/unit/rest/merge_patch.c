/* merge_patch.c - RFC 7396, of texts. */
#include "rest/merge_patch.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

static const struct {
	const char *target, *patch, *result;
} rows[] = {
	/* appendix A */
	{ "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
	{ "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
	{ "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
	{ "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
	{ "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
	{ "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
	{ "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
	{ "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
	{ "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
	{ "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
	{ "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
	{ "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
	{ "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
	{ "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
	/* what a tree would lose */
	{ "{\"n\":1e400,\"m\":1.500}", "{\"x\":0.10}", "{\"n\":1e400,\"m\":1.500,\"x\":0.10}" },
	{ " { \"a\" : 1 } ", "{ \"b\" : 2 }", "{\"a\":1,\"b\":2}" },
	{ "{\"\\u0061\":1}", "{\"a\":2}", "{\"\\u0061\":2}" },
	{ "{\"a\":1}", "{\"\\u0061\":null}", "{}" },
	{ NULL, "{\"a\":null,\"b\":1}", "{\"b\":1}" },
	{ NULL, "5", "5" },
};

Test(merge_patch, merges)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buffer out = { 0 };
		uint64_t work = 0;

		cr_assert_eq(merge_patch(slice_from(rows[i].target), slice_from(rows[i].patch),
					 &work, &out),
			     0);
		cr_expect(slice_equal(buffer_content(&out), slice_from(rows[i].result)), "%s: %.*s",
			  rows[i].patch, SLICE_ARGS(buffer_content(&out)));
		buffer_fini(&out);
	}
}

Test(merge_patch, what_several_take_is_one_account)
{
	uint64_t work = MERGE_PATCH_WORK - 3;
	struct buffer out = { 0 };

	cr_expect_eq(merge_patch(SLICE("{\"a\":1}"), SLICE("{\"a\":2}"), &work, &out), 0);
	cr_expect_eq(work, MERGE_PATCH_WORK - 1);
	cr_expect_eq(merge_patch(SLICE("{\"a\":1}"), SLICE("{\"a\":2}"), &work, &out), SG_ELIMIT);
	buffer_fini(&out);
}
