/* query.c - the parameters of a URL. */
#include "rest/query.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

static const struct {
	const char *name, *raw;
	int rc;
	size_t count;
	const char *first, *value;
} rows[] = {
	{ "none", "", 0, 0, NULL, NULL },
	{ "only an &", "&&", 0, 0, NULL, NULL },
	{ "one", "limit=5", 0, 1, "limit", "5" },
	{ "no value", "limit", 0, 1, "limit", "" },
	{ "an = in it", "a=b=c", 0, 1, "a", "b=c" },
	{ "no name", "=x", 0, 1, "", "x" },
	{ "encoded", "%75ser=al%20i%2bce", 0, 1, "user", "al i+ce" },
	{ "a plus", "user=al+ice", 0, 1, "user", "al ice" },
	{ "two", "a=1&b=2&", 0, 2, "a", "1" },
	{ "UTF-8", "a=%C3%A4", 0, 1, "a", "\xc3\xa4" },
	{ "no UTF-8", "a=%C3", SG_EFORMAT, 0, NULL, NULL },
	{ "raw bytes", "a=\xff", SG_EFORMAT, 0, NULL, NULL },
	{ "NUL", "a=%00", SG_EFORMAT, 0, NULL, NULL },
	{ "a line's end", "a%0d=1", SG_EFORMAT, 0, NULL, NULL },
	{ "half a %", "a=%4", SG_EFORMAT, 0, NULL, NULL },
	{ "no digits", "a=%gg", SG_EFORMAT, 0, NULL, NULL },
};

Test(query, reads_parameters)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct arena arena = { 0 };
		struct query query;
		struct slice value;
		int rc = query_read(&arena, slice_from(rows[i].raw), &query);

		cr_expect_eq(rc, rows[i].rc, "%s: %d", rows[i].name, rc);
		if (rc == 0)
			cr_expect_eq(query.count, rows[i].count, "%s", rows[i].name);
		if (rc == 0 && rows[i].first != NULL) {
			cr_expect(query_get(&query, rows[i].first, &value), "%s", rows[i].name);
			cr_expect_eq(value.ptr[value.len], '\0', "%s", rows[i].name);
			cr_expect_str_eq(query.each[0].name.ptr, rows[i].first);
			cr_expect(slice_equal(value, slice_from(rows[i].value)), "%s: %.*s",
				  rows[i].name, SLICE_ARGS(value));
		}
		arena_fini(&arena);
	}
}

Test(query, has_a_limit)
{
	struct arena arena = { 0 };
	struct query query;
	char raw[2 * QUERY_PARAMETERS + 3] = "";

	for (size_t i = 0; i < QUERY_PARAMETERS; i++)
		strcat(raw, "a&");
	cr_expect_eq(query_read(&arena, slice_from(raw), &query), 0);
	cr_expect_eq(query.count, QUERY_PARAMETERS);
	strcat(raw, "a");
	cr_expect_eq(query_read(&arena, slice_from(raw), &query), SG_ELIMIT);
	arena_fini(&arena);
}

Test(query, a_part_of_a_path_keeps_its_plus)
{
	struct arena arena = { 0 };
	struct slice part;

	cr_expect_eq(query_read_part(&arena, SLICE("a+b%2Fc%20"), &part), 0);
	cr_expect(slice_equal(part, SLICE("a+b/c ")));
	cr_expect_eq(query_read_part(&arena, SLICE(""), &part), SG_EFORMAT);
	cr_expect_eq(query_read_part(&arena, SLICE("%0a"), &part), SG_EFORMAT);
	arena_fini(&arena);
}
