/* users.c - tests of backends/users.c. What a store does with it is tried in tests/backends/suite_users.c. */
#include "backends/users.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOW = 1000, IDS = 200 };

static const struct store_user alice = { SLICE("default"), SLICE("alice") };

/* Ids of which many share a place. */
static struct slice id_of(char text[TOKEN_ID_CHARS + 1], size_t i)
{
	snprintf(text, TOKEN_ID_CHARS + 1, "%020zu", i);
	return slice_of(text, TOKEN_ID_CHARS);
}

static uint64_t hash_of(size_t i)
{
	return i % 7 == 0 ? UINT64_MAX : i / 3;
}

static size_t users_count(const struct users *u)
{
	size_t count = 0;

	for (size_t i = 0; i < USERS_SHARDS; i++)
		count += u->shards[i].users.count;
	return count;
}

static void expect_listed(const struct user *user, const bool listed[IDS])
{
	char text[TOKEN_ID_CHARS + 1];
	size_t count = 0;

	for (size_t i = 0; i < IDS; i++) {
		cr_assert_eq(user_lists(user, hash_of(i), id_of(text, i)), listed[i], "%zu", i);
		count += listed[i];
	}
	cr_assert_eq(user->member_count, count);
}

Test(users, list_what_is_listed_whatever_comes_and_goes)
{
	struct users *users = calloc(1, sizeof(*users));
	char text[TOKEN_ID_CHARS + 1];
	bool listed[IDS] = { false };
	struct visit v;

	cr_assert_eq(users_init(users), 0);
	v = users_enter(users, &alice, NOW);
	cr_assert_eq(visit_need_user(&v), 0);
	for (size_t step = 0; step < 20000; step++) {
		/* more come, then more go, and so on */
		bool comes = (step * 7919) % 16 < (step / 400 % 2 == 0 ? 11u : 5u);
		size_t i = (step * step + step * 31) % 211 % IDS;

		if (comes) {
			cr_assert_eq(user_make_room(v.user), 0);
			user_list(v.user, hash_of(i), id_of(text, i));
		} else {
			user_unlist(v.user, hash_of(i), id_of(text, i));
		}
		listed[i] = comes;
		if (step % 10 == 0)
			expect_listed(v.user, listed);
	}
	for (size_t i = 0; i < IDS; i++)
		user_unlist(v.user, hash_of(i), id_of(text, i));
	cr_expect_leq(v.user->member_room, 8, "gives its memory back");
	users_leave(&v);
	users_fini(users);
	free(users);
}

Test(users, keep_nobody_for_nothing)
{
	struct users *users = calloc(1, sizeof(*users));
	char text[TOKEN_ID_CHARS + 1];
	struct slice id = id_of(text, 1);
	struct visit v;

	cr_assert_eq(users_init(users), 0);
	v = users_enter(users, &alice, NOW);
	cr_expect_null(v.user);
	cr_assert_eq(visit_need_user(&v), 0);
	users_leave(&v);
	cr_expect_eq(users_count(users), 0, "neither session nor block");

	v = users_enter(users, &alice, NOW);
	cr_assert_eq(visit_need_user(&v), 0);
	cr_assert_eq(user_make_room(v.user), 0);
	user_list(v.user, 1, id);
	users_leave(&v);
	cr_expect_eq(users_count(users), 1);
	v = users_enter(users, &alice, NOW);
	cr_assert_not_null(v.user);
	user_unlist(v.user, 1, id);
	users_leave(&v);
	cr_expect_eq(users_count(users), 0, "the last session has gone");

	v = users_enter(users, &alice, NOW);
	cr_assert_eq(visit_need_user(&v), 0);
	cr_assert_eq(user_block(v.user, &(struct store_block){ .until_ms = NOW + 1,
							       .reason = SLICE("why") }),
		     0);
	users_leave(&v);
	cr_expect_eq(users_count(users), 1, "a block");
	v = users_enter(users, &alice, NOW + 1);
	users_leave(&v);
	cr_expect_eq(users_count(users), 0, "a block that has lapsed");
	users_fini(users);
	free(users);
}

static void block_many(struct users *users, char prefix, size_t count, int64_t now_ms)
{
	for (size_t i = 0; i < count; i++) {
		char name[16];
		struct store_user who = { SLICE("default"), { name, 0 } };
		struct visit v;

		who.name.len = (size_t)snprintf(name, sizeof(name), "%c%zu", prefix, i);
		v = users_enter(users, &who, now_ms);
		cr_assert_eq(visit_need_user(&v), 0);
		cr_assert_eq(user_block(v.user, &(struct store_block){ .until_ms = now_ms + 1 }),
			     0);
		users_leave(&v);
	}
}

/* Nobody asks for them again: those who come later make the table clean before they make it larger. */
Test(users, lapsed_blocks_do_not_pile_up)
{
	struct users *users = calloc(1, sizeof(*users));

	cr_assert_eq(users_init(users), 0);
	for (int64_t round = 0; round < 20; round++)
		block_many(users, (char)('a' + round), 5000, NOW + 10 * round);
	cr_expect_leq(users_count(users), 20000);
	users_fini(users);
	free(users);
}

Test(users, tell_realm_and_name_apart)
{
	const struct store_user one = { SLICE("ab"), SLICE("c") },
				two = { SLICE("a"), SLICE("bc") };
	struct users *users = calloc(1, sizeof(*users));
	struct visit v;

	cr_assert_eq(users_init(users), 0);
	v = users_enter(users, &one, NOW);
	cr_assert_eq(visit_need_user(&v), 0);
	cr_assert_eq(user_block(v.user, &(struct store_block){ 0 }), 0);
	users_leave(&v);
	v = users_enter(users, &two, NOW);
	cr_expect_null(v.user);
	users_leave(&v);
	v = users_enter(users, &one, NOW);
	cr_assert_not_null(v.user);
	cr_expect(user_blocked(v.user, NOW));
	user_unblock(v.user);
	users_leave(&v);
	cr_expect_eq(users_count(users), 0);
	users_fini(users);
	free(users);
}
