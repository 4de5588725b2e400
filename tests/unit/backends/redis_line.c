/* redis_line.c - tests of backends/redis_line.c. */
#include "backends/redis_line.h"

#include <criterion/criterion.h>

struct visitor {
	struct redis_place place;
	unsigned told;
};

static void visitor_on_first(struct redis_place *place)
{
	CONTAINER_OF(place, struct visitor, place)->told++;
}

static bool join(struct redis_line *line, struct visitor *v, const char *what)
{
	*v = (struct visitor){ .place = { .what = slice_from(what), .first = visitor_on_first } };
	return redis_line_join(line, &v->place);
}

Test(redis_line, the_next_is_told_when_the_first_leaves)
{
	struct redis_line line;
	struct visitor a, b, c;

	redis_line_init(&line);
	cr_assert(join(&line, &a, "one"));
	cr_assert_not(join(&line, &b, "one"));
	cr_assert_not(join(&line, &c, "one"));
	cr_assert(redis_line_begins_with(&line, &a.place));
	redis_line_leave(&line, &a.place);
	cr_assert_eq(a.told, 0);
	cr_assert_eq(b.told, 1);
	cr_assert_eq(c.told, 0);
	redis_line_leave(&line, &b.place);
	cr_assert_eq(c.told, 1);
	redis_line_leave(&line, &c.place);
	cr_assert(join(&line, &a, "one"), "nobody is left");
}

Test(redis_line, who_leaves_from_behind_disturbs_nobody)
{
	struct redis_line line;
	struct visitor a, b, c;

	redis_line_init(&line);
	(void)join(&line, &a, "one");
	(void)join(&line, &b, "one");
	(void)join(&line, &c, "one");
	redis_line_leave(&line, &b.place);
	redis_line_leave(&line, &b.place);
	cr_assert_eq(a.told + b.told + c.told, 0);
	redis_line_leave(&line, &a.place);
	cr_assert_eq(c.told, 1);
}

Test(redis_line, of_each_thing_there_is_a_first)
{
	struct redis_line line;
	struct visitor a, b, c;

	redis_line_init(&line);
	cr_assert(join(&line, &a, "one"));
	cr_assert(join(&line, &b, "another"));
	cr_assert_not(join(&line, &c, "one"));
	redis_line_leave(&line, &b.place);
	cr_assert_eq(c.told, 0);
	redis_line_wake(&line, SLICE("one"));
	redis_line_wake(&line, SLICE("another"));
	cr_assert_eq(a.told, 1);
	cr_assert_eq(b.told + c.told, 0);
}
