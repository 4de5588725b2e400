/* exposition.c - metrics as text. */
#include "rest/exposition.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

static void write_sample(struct exposition *x, const char *label)
{
	const struct exposition_labels labels = { "route", slice_from(label), NULL, { 0 } };

	exposition_family(x, "a_total", EXPOSITION_COUNTER, "What a is.");
	exposition_count(x, &labels, 18446744073709551615u);
	exposition_family(x, "b_info", EXPOSITION_INFO, "What b is.");
	exposition_count(x, NULL, 1);
	exposition_end(x);
}

static const struct {
	const char *name, *label;
	bool open_metrics;
	const char *expected;
} rows[] = {
	{ "Prometheus", "/", false,
	  "# HELP a_total What a is.\n# TYPE a_total counter\na_total{route=\"/\"} 18446744073709551615\n"
	  "# HELP b_info What b is.\n# TYPE b_info gauge\nb_info 1\n" },
	{ "OpenMetrics", "/", true,
	  "# HELP a What a is.\n# TYPE a counter\na_total{route=\"/\"} 18446744073709551615\n"
	  "# HELP b What b is.\n# TYPE b info\nb_info 1\n# EOF\n" },
	{ "what is escaped", "a\"b\\c\nd\xc3\xa4", false,
	  "# HELP a_total What a is.\n# TYPE a_total counter\n"
	  "a_total{route=\"a\\\"b\\\\c\\nd\xc3\xa4\"} 18446744073709551615\n"
	  "# HELP b_info What b is.\n# TYPE b_info gauge\nb_info 1\n" },
};

Test(exposition, writes_both_formats)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buffer out = { 0 };
		struct exposition x = { .out = &out, .open_metrics = rows[i].open_metrics };

		write_sample(&x, rows[i].label);
		cr_expect_eq(x.rc, 0);
		cr_expect(slice_equal(buffer_content(&out), slice_from(rows[i].expected)),
			  "%s: %.*s", rows[i].name, SLICE_ARGS(buffer_content(&out)));
		buffer_fini(&out);
	}
}
