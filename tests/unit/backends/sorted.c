/* sorted.c - tests of backends/sorted.c. */
#include "backends/sorted.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { THINGS = 4000, STEPS = 60000 };

struct thing {
	int64_t key;
	int name;
	bool there;
};

static int name_compare(const void *thing, const void *probe)
{
	return ((const struct thing *)thing)->name - *(const int *)probe;
}

/* Names in no order, and many of one key. */
static struct thing *things_new(void)
{
	struct thing *things = calloc(THINGS, sizeof(*things));

	cr_assert_not_null(things);
	for (int i = 0; i < THINGS; i++)
		things[i] = (struct thing){ i * 7919 % 307 - 100, i * 31 % THINGS, false };
	return things;
}

static void add(struct sorted *s, struct thing *t)
{
	cr_assert_eq(sorted_make_room(s), 0);
	sorted_add(s, t->key, t, &t->name);
	t->there = true;
}

static void drop(struct sorted *s, struct thing *t)
{
	sorted_drop(s, t->key, &t->name);
	t->there = false;
}

static bool comes_before(const struct thing *a, const struct thing *b)
{
	return a->key != b->key ? a->key < b->key : a->name < b->name;
}

static size_t count_before(const struct thing *things, const struct thing *t)
{
	size_t count = 0;

	for (size_t i = 0; i < THINGS; i++)
		count += things[i].there && comes_before(&things[i], t);
	return count;
}

static void expect_order(const struct sorted *s, const struct thing *things)
{
	const struct thing *last = NULL;
	struct sorted_place place = { 0, 0 };
	const struct sorted_item *item;
	size_t count = 0, there = 0;

	for (; (item = sorted_at(s, place)) != NULL; place = sorted_next(s, place), count++) {
		const struct thing *thing = item->thing;

		cr_assert_eq(item->key, thing->key);
		cr_assert(thing->there && (last == NULL || comes_before(last, thing)));
		last = thing;
	}
	for (size_t i = 0; i < THINGS; i++)
		there += things[i].there;
	cr_assert_eq(count, there);
	cr_assert_eq(s->count, there);
	for (place = sorted_before(s, place); sorted_at(s, place) != NULL;
	     place = sorted_before(s, place))
		count--;
	cr_assert_eq(count, 0, "as many the other way");
}

static void expect_seek(const struct sorted *s, const struct thing *things, const struct thing *t)
{
	struct sorted_place place = sorted_seek(s, t->key, &t->name);
	const struct sorted_item *item = sorted_at(s, place),
				 *before = sorted_at(s, sorted_before(s, place));

	cr_assert(item == NULL || !comes_before(item->thing, t));
	cr_assert(before == NULL || comes_before(before->thing, t));
	cr_assert(!t->there || (item != NULL && item->thing == t));
	cr_assert_eq(sorted_rank(s, place), count_before(things, t));
}

Test(sorted, keeps_its_order_whatever_comes_and_goes)
{
	struct thing *things = things_new();
	struct sorted s;
	unsigned number = 1;

	sorted_init(&s, name_compare);
	for (size_t step = 0; step < STEPS; step++) {
		struct thing *t;
		/* more come, then more go, and so on */
		bool comes = step / 6000 % 2 == 0;

		number = number * 1103515245 + 12345;
		t = &things[number / 65536 % THINGS];
		if (!t->there && (comes || step % 5 == 0))
			add(&s, t);
		else if (t->there && (!comes || step % 5 == 0))
			drop(&s, t);
		if (step % 500 == 0)
			expect_seek(&s, things, &things[(number >> 8) % THINGS]);
		if (step % 5000 == 0)
			expect_order(&s, things);
	}
	for (size_t i = 0; i < THINGS; i++)
		if (things[i].there)
			drop(&s, &things[i]);
	expect_order(&s, things);
	cr_expect_eq(s.slot_count, 0);
	sorted_fini(&s);
	free(things);
}

/* As sessions are: the new ones at the end, and each one that was seen goes there. */
Test(sorted, leaves_are_full_of_what_comes_at_the_end)
{
	struct thing *things = things_new();
	struct sorted s;
	size_t after_arrival;
	int64_t now = 1000;

	sorted_init(&s, name_compare);
	for (size_t i = 0; i < THINGS; i++) {
		things[i].key = now++;
		add(&s, &things[i]);
	}
	after_arrival = s.slot_count;
	cr_expect_leq(after_arrival, THINGS / 64 + 1);
	for (size_t step = 0; step < STEPS; step++) {
		struct thing *t = &things[step * 7919 % THINGS];

		drop(&s, t);
		t->key = now++;
		add(&s, t);
	}
	expect_order(&s, things);
	cr_expect_leq(s.slot_count, after_arrival * 4);
	sorted_fini(&s);
	free(things);
}

Test(sorted, of_nothing_has_nothing)
{
	int name = 1;
	struct sorted s;

	sorted_init(&s, name_compare);
	cr_expect_null(sorted_at(&s, sorted_seek(&s, 1, &name)));
	cr_expect_null(sorted_at(&s, sorted_before(&s, sorted_seek(&s, 1, &name))));
	cr_expect_eq(sorted_rank(&s, sorted_seek(&s, 1, &name)), 0);
	sorted_fini(&s);
}
