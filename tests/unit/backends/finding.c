#include "backends/finding.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void add(struct findings *f, enum finding_level level, const char *detail)
{
	findings_add(f, &(struct finding){ .check = "a.check", .level = level }, "%s", detail);
}

Test(finding, the_worst_comes_first_and_its_like_in_order)
{
	struct findings f = { .count = 0 };
	char all[64] = "";

	add(&f, FINDING_PASS, "a");
	add(&f, FINDING_WARN, "b");
	add(&f, FINDING_FAIL, "c");
	add(&f, FINDING_NOTE, "d");
	add(&f, FINDING_WARN, "e");
	add(&f, FINDING_FAIL, "f");
	findings_sort(&f);
	for (size_t i = 0; i < f.count; i++)
		strncat(all, f.each[i].detail.ptr, f.each[i].detail.len);
	cr_expect_str_eq(all, "cfbeda");
	findings_fini(&f);
}

Test(finding, nothing_in_it_moves_a_terminal)
{
	struct findings f = { .count = 0 };

	findings_add(&f, &(struct finding){ .check = "a", .subject = SLICE("x\x1b[1m\xff") }, "%s",
		     "y\n\x7f");
	cr_expect_str_eq(f.each[0].subject.ptr, "x?[1m?");
	cr_expect_str_eq(f.each[0].detail.ptr, "y??");
	findings_fini(&f);
}

Test(finding, what_is_too_long_or_too_many_is_cut)
{
	struct findings f = { .count = 0 };
	char lengthy[2 * FINDING_TEXT_BYTES];

	memset(lengthy, 'a', sizeof(lengthy));
	lengthy[sizeof(lengthy) - 1] = '\0';
	add(&f, FINDING_WARN, lengthy);
	cr_expect_eq(f.each[0].detail.len, FINDING_TEXT_BYTES);
	cr_expect(!f.incomplete);
	for (int i = 0; i < FINDINGS; i++)
		add(&f, FINDING_WARN, "one more");
	cr_expect(f.incomplete);
	cr_expect_eq(f.count, FINDINGS);
	findings_fini(&f);
}

Test(finding, those_of_others_are_copied)
{
	struct findings f = { .count = 0 }, g = { .count = 0 };

	add(&f, FINDING_NOTE, "kept");
	findings_add_all(&g, f.each, f.count);
	findings_fini(&f);
	cr_assert_eq(g.count, 1);
	cr_expect_str_eq(g.each[0].detail.ptr, "kept");
	findings_fini(&g);
}
