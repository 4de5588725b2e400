/* testimony.c - tests of gateway/testimony.c. */
#include "gateway/testimony.h"

#include "base/buffer.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

Test(testimony, reads_all_of_it)
{
	static const char json[] =
		"{\"session\":\"abc\",\"from\":\"a\\u0062\",\"handler\":\"files\",\"took_us\":1200,\"late\":true,"
		"\"closed\":true,\"unmeasured\":false,\"later\":[1,{}],"
		"\"keys\":{\"cart\":[120,4294967295,1],\"\\u00fc \\\"\": [ 0 , 0, 0 ]}}";
	struct arena arena = { 0 };
	struct testimony t;

	cr_assert_eq(testimony_read(slice_from(json), &arena, &t), 0);
	cr_expect(slice_equal(t.session, SLICE("abc")));
	cr_expect(slice_equal(t.from, SLICE("ab")));
	cr_expect_eq(t.took_us, 1200);
	cr_expect(slice_equal(t.use.handler, SLICE("files")));
	cr_expect(t.use.late && t.use.closed && !t.use.unmeasured);
	cr_assert_eq(t.use.value_count, 2);
	cr_expect(slice_equal(t.use.values[0].key, SLICE("cart")));
	cr_expect_eq(t.use.values[0].bytes, 120);
	cr_expect_eq(t.use.values[0].digest, UINT32_MAX);
	cr_expect(t.use.values[0].late && !t.use.values[1].late);
	cr_expect(slice_equal(t.use.values[1].key, SLICE("\xc3\xbc \"")));
	arena_fini(&arena);
}

Test(testimony, nothing_is_no_session)
{
	struct arena arena = { 0 };
	struct testimony t;

	cr_assert_eq(testimony_read(SLICE(" {} "), &arena, &t), 0);
	cr_expect(t.session.len == 0 && t.from.len == 0 && t.use.value_count == 0);
	arena_fini(&arena);
}

Test(testimony, refuses_what_it_is_not)
{
	static const char *const rows[] = {
		"",
		"[]",
		"{",
		"{}x",
		"{\"session\":1}",
		"{\"late\":1}",
		"{\"took_us\":-1}",
		"{\"took_us\":1.5}",
		"{\"took_us\":86400000001}",
		"{\"took_us\":[1]}",
		"{\"keys\":[]}",
		"{\"keys\":{\"a\":1}}",
		"{\"keys\":{\"a\":[]}}",
		"{\"keys\":{\"a\":[1,2]}}",
		"{\"keys\":{\"a\":[1,2,2]}}",
		"{\"keys\":{\"a\":[1,2,0,3]}}",
		"{\"keys\":{\"a\":[4294967296,2,0]}}",
		"{\"keys\":{\"a\":[\"1\",2,0]}}",
		"{\"handler\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}",
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct arena arena = { 0 };
		struct testimony t;

		cr_expect_eq(testimony_read(slice_from(rows[i]), &arena, &t), SG_EFORMAT, "%s",
			     rows[i]);
		arena_fini(&arena);
	}
}

Test(testimony, too_many_keys_are_not_measured)
{
	struct arena arena = { 0 };
	struct buffer json = { 0 };
	struct testimony t;

	cr_assert_eq(buffer_printf(&json, "{\"keys\":{"), 0);
	for (unsigned i = 0; i <= TESTIMONY_VALUES; i++)
		cr_assert_eq(buffer_printf(&json, "%s\"k%u\":[1,1,0]", i > 0 ? "," : "", i), 0);
	cr_assert_eq(buffer_printf(&json, "}}"), 0);
	cr_assert_eq(testimony_read(buffer_content(&json), &arena, &t), 0);
	cr_expect(t.use.unmeasured && t.use.value_count == 0);
	buffer_fini(&json);
	arena_fini(&arena);
}
