/* suite_users.c - how many sessions a user may have, and what is done with all of them; see suite.h. */
#include "tests/backends/visitor.h"

#include <stdio.h>
#include <stdlib.h>

enum { FEW = 4 };

static const struct store_user alice = { SLICE("default"), SLICE("alice") };
static const struct session_quota three_oldest = { 3, SESSION_EVICT_OLDEST };
static const struct session_quota three_idlest = { 3, SESSION_EVICT_IDLEST };
static const struct session_quota three_deny = { 3, SESSION_DENY };
static const struct slice nobody_spared = SLICE("");

/* How many sessions the user has, as the store says. */
static size_t sessions_of(struct bench *b, const struct store_user *who)
{
	struct answer a = bench_list_user(b, who, STORE_PAGE);
	size_t count = a.count;

	cr_expect_eq(a.status, STORE_OK, "%s", store_status_text(a.status));
	answer_fini(&a);
	return count;
}

/* Each a little later than the one before. */
static void few_log_in(struct visitor few[FEW], size_t count, struct bench *b,
		       struct session_quota quota)
{
	for (size_t i = 0; i < count; i++) {
		visitor_init(&few[i]);
		few[i].quota = quota;
		EXPECT_ANSWER(visitor_comes(&few[i], b, alice.name), STORE_OK);
		b->fixture->pass(10);
	}
}

static void expect_live(struct bench *b, const struct visitor *v)
{
	EXPECT_ANSWER(bench_find(b, v->id), STORE_OK);
}

/* --- The limit ------------------------------------------------------------------------------- */

void suite_login_beyond_the_limit_ends_the_oldest(struct bench *b)
{
	struct visitor few[FEW];

	few_log_in(few, 3, b, three_oldest);
	EXPECT_ANSWER(visitor_touches(&few[0], b), STORE_OK);
	visitor_init(&few[3]);
	few[3].quota = three_oldest;
	EXPECT_ANSWER(visitor_comes(&few[3], b, alice.name), STORE_OK);
	EXPECT_ENDED(bench_find(b, few[0].id), STORE_CAUSE_EVICTED);
	EXPECT_ENDED(visitor_touches(&few[0], b), STORE_CAUSE_EVICTED);
	for (size_t i = 1; i < FEW; i++)
		expect_live(b, &few[i]);
	cr_expect_eq(sessions_of(b, &alice), 3);
}

void suite_login_beyond_the_limit_ends_the_idlest(struct bench *b)
{
	struct visitor few[FEW];

	few_log_in(few, 3, b, three_idlest);
	b->fixture->pass(TOUCH_MS);
	EXPECT_ANSWER(visitor_touches(&few[0], b), STORE_OK);
	EXPECT_ANSWER(visitor_touches(&few[2], b), STORE_OK);
	visitor_init(&few[3]);
	few[3].quota = three_idlest;
	EXPECT_ANSWER(visitor_comes(&few[3], b, alice.name), STORE_OK);
	EXPECT_ENDED(bench_find(b, few[1].id), STORE_CAUSE_EVICTED);
	expect_live(b, &few[0]);
	expect_live(b, &few[2]);
	expect_live(b, &few[3]);
}

/* Which of them came first does not show in their times. */
void suite_of_one_moment_the_first_login_goes_first(struct bench *b)
{
	struct visitor few[FEW];

	for (size_t i = 0; i < FEW; i++) {
		visitor_init(&few[i]);
		few[i].quota = three_oldest;
		EXPECT_ANSWER(visitor_comes(&few[i], b, alice.name), STORE_OK);
	}
	EXPECT_ENDED(bench_find(b, few[0].id), STORE_CAUSE_EVICTED);
	expect_live(b, &few[1]);
}

void suite_login_beyond_the_limit_is_denied(struct bench *b)
{
	struct visitor few[FEW], anonymous;
	struct answer before, after;

	few_log_in(few, 3, b, three_deny);
	visitor_init(&few[3]);
	few[3].quota = three_deny;
	EXPECT_ANSWER(visitor_comes(&few[3], b, alice.name), STORE_FULL);
	EXPECT_ANSWER(bench_find(b, few[3].id), STORE_NOT_FOUND);
	/* one that is there already stays as it was */
	visitor_arrives(&anonymous, b, SLICE(""));
	anonymous.quota = three_deny;
	before = bench_find(b, anonymous.id);
	EXPECT_ANSWER(visitor_logs_in(&anonymous, b, alice.name), STORE_FULL);
	after = bench_find(b, anonymous.id);
	cr_assert_eq(after.status, STORE_OK);
	cr_expect_eq(after.session->version, before.session->version);
	cr_expect_eq(after.session->epoch, before.session->epoch);
	cr_expect_eq(after.session->user.len, 0);
	answer_fini(&before);
	answer_fini(&after);
	for (size_t i = 0; i < 3; i++)
		expect_live(b, &few[i]);
	/* who goes makes room */
	EXPECT_ANSWER(bench_remove(b, few[1].id), STORE_OK);
	visitor_init(&few[3]);
	few[3].quota = three_deny;
	EXPECT_ANSWER(visitor_comes(&few[3], b, alice.name), STORE_OK);
}

void suite_login_of_a_session_that_is_there_counts_too(struct bench *b)
{
	struct visitor few[FEW];

	few_log_in(few, 3, b, three_oldest);
	visitor_arrives(&few[3], b, SLICE(""));
	few[3].quota = three_oldest;
	EXPECT_ANSWER(visitor_logs_in(&few[3], b, alice.name), STORE_OK);
	EXPECT_ENDED(bench_find(b, few[0].id), STORE_CAUSE_EVICTED);
	cr_expect_eq(sessions_of(b, &alice), 3);
}

void suite_session_that_logs_in_again_counts_once(struct bench *b)
{
	struct visitor few[FEW];

	few_log_in(few, 3, b, three_deny);
	for (size_t i = 0; i < 3; i++)
		EXPECT_ANSWER(visitor_logs_in(&few[i], b, alice.name), STORE_OK);
	few[0].quota = three_oldest;
	EXPECT_ANSWER(visitor_logs_in(&few[0], b, alice.name), STORE_OK);
	for (size_t i = 0; i < 3; i++)
		expect_live(b, &few[i]);
}

void suite_lowered_limit_ends_as_many_as_it_takes(struct bench *b)
{
	struct visitor few[FEW];

	few_log_in(few, FEW, b, any_number);
	few[2].quota = (struct session_quota){ 2, SESSION_EVICT_OLDEST };
	EXPECT_ANSWER(visitor_logs_in(&few[2], b, alice.name), STORE_OK);
	EXPECT_ENDED(bench_find(b, few[0].id), STORE_CAUSE_EVICTED);
	EXPECT_ENDED(bench_find(b, few[1].id), STORE_CAUSE_EVICTED);
	expect_live(b, &few[2]);
	expect_live(b, &few[3]);
}

void suite_limit_of_one_ends_all_others(struct bench *b)
{
	struct visitor few[FEW];

	few_log_in(few, FEW, b, (struct session_quota){ 1, SESSION_EVICT_OLDEST });
	for (size_t i = 0; i + 1 < FEW; i++)
		EXPECT_ENDED(bench_find(b, few[i].id), STORE_CAUSE_EVICTED);
	expect_live(b, &few[FEW - 1]);
}

/* Whoever came in the place of those that are not there any more evicts nobody. */
void suite_only_live_sessions_of_the_user_count(struct bench *b)
{
	struct visitor few[FEW], late;

	few_log_in(few, 3, b, three_deny);
	EXPECT_ANSWER(bench_remove(b, few[0].id), STORE_OK);
	visitor_init(&late);
	late.quota = three_deny;
	EXPECT_ANSWER(visitor_comes(&late, b, alice.name), STORE_OK);
	EXPECT_ANSWER(visitor_logs_in(&few[1], b, SLICE("bob")), STORE_OK);
	visitor_init(&late);
	late.quota = three_deny;
	EXPECT_ANSWER(visitor_comes(&late, b, alice.name), STORE_OK);
	EXPECT_ANSWER(visitor_logs_in(&few[2], b, SLICE("")), STORE_OK);
	visitor_init(&late);
	late.quota = three_deny;
	EXPECT_ANSWER(visitor_comes(&late, b, alice.name), STORE_OK);
	visitor_init(&late);
	late.quota = three_deny;
	EXPECT_ANSWER(visitor_comes(&late, b, alice.name), STORE_FULL);
	/* with and without the sweeper having been there */
	for (unsigned swept = 0; swept < 2; swept++) {
		b->fixture->pass(IDLE_MS + TOUCH_MS);
		if (swept > 0)
			bench_expire(b, 1000);
		cr_expect_eq(sessions_of(b, &alice), 0);
		few_log_in(few, 3, b, three_deny);
		cr_expect_eq(sessions_of(b, &alice), 3);
	}
}

void suite_login_that_is_not_written_evicts_nobody(struct bench *b)
{
	const struct change large = { SLICE("large"), SLICE("\"0123456789\"") };
	struct visitor few[FEW], slow, gone;
	struct renewal renewal = some_renewal();
	struct login login = { .user = alice.name, .quota = three_oldest };
	struct delta d;

	few_log_in(few, 3, b, three_oldest);
	/* its epoch has moved */
	visitor_arrives(&slow, b, SLICE("bob"));
	slow.quota = three_oldest;
	slow.epoch++;
	EXPECT_ANSWER(visitor_logs_in(&slow, b, alice.name), STORE_MOVED);
	/* it has ended, or never was */
	visitor_arrives(&gone, b, SLICE(""));
	gone.quota = three_oldest;
	EXPECT_ANSWER(bench_remove(b, gone.id), STORE_OK);
	EXPECT_ENDED(visitor_logs_in(&gone, b, alice.name), STORE_CAUSE_LOGOUT);
	EXPECT_ENDED(visitor_comes(&gone, b, alice.name), STORE_CAUSE_LOGOUT);
	visitor_init(&gone);
	gone.quota = three_oldest;
	EXPECT_ANSWER(visitor_logs_in(&gone, b, alice.name), STORE_NOT_FOUND);
	/* it would be too large */
	visitor_arrives(&slow, b, SLICE(""));
	d = visitor_delta(&slow);
	d.renewal = &renewal;
	d.login = &login;
	d.changes = &large;
	d.change_count = 1;
	d.limits.max_value = 5;
	EXPECT_ANSWER(bench_save(b, slow.id, &d), STORE_LIMIT);
	for (size_t i = 0; i < 3; i++)
		expect_live(b, &few[i]);
}

void suite_login_repeated_evicts_once(struct bench *b)
{
	struct visitor few[FEW];
	const struct session *s;

	few_log_in(few, 3, b, three_oldest);
	visitor_init(&few[3]);
	s = visitor_session(&few[3], b, alice.name, NULL, 0);
	for (unsigned i = 0; i < 3; i++)
		EXPECT_ANSWER(bench_log_in(b, s, &three_oldest), STORE_OK);
	session_unref(&s);
	EXPECT_ENDED(bench_find(b, few[0].id), STORE_CAUSE_EVICTED);
	for (size_t i = 1; i < FEW; i++)
		expect_live(b, &few[i]);
}

/* --- Users apart ----------------------------------------------------------------------------- */

void suite_realms_have_users_of_their_own(struct bench *b)
{
	const struct store_user there = { SLICE("intranet"), SLICE("alice") };
	struct visitor few[FEW], other;

	few_log_in(few, 3, b, three_oldest);
	visitor_init(&other);
	other.realm = there.realm;
	other.quota = (struct session_quota){ 1, SESSION_DENY };
	EXPECT_ANSWER(visitor_comes(&other, b, there.name), STORE_OK);
	cr_expect_eq(sessions_of(b, &alice), 3);
	cr_expect_eq(sessions_of(b, &there), 1);
	cr_expect_eq(bench_block_user(b, &there, 0).count, 1);
	EXPECT_ENDED(bench_find(b, other.id), STORE_CAUSE_BLOCKED);
	visitor_init(&other);
	other.realm = there.realm;
	EXPECT_ANSWER(visitor_comes(&other, b, there.name), STORE_BLOCKED);
	cr_expect_eq(bench_remove_user(b, &there, nobody_spared).count, 0);
	for (size_t i = 0; i < 3; i++)
		expect_live(b, &few[i]);
	EXPECT_ANSWER(visitor_logs_in(&few[0], b, alice.name), STORE_OK);
}

/* So many that some of them are in one bucket, where there are buckets. */
void suite_one_name_in_many_realms_is_many_users(struct bench *b)
{
	enum { REALMS = 64 };
	char realms[REALMS][sizeof("realm-00")];
	struct visitor v;

	for (unsigned i = 0; i < REALMS; i++) {
		snprintf(realms[i], sizeof(realms[i]), "realm-%02u", i);
		visitor_init(&v);
		v.realm = slice_from(realms[i]);
		EXPECT_ANSWER(visitor_comes(&v, b, alice.name), STORE_OK);
	}
	for (unsigned i = 0; i < REALMS; i++) {
		const struct store_user who = { slice_from(realms[i]), alice.name };

		cr_expect_eq(sessions_of(b, &who), 1, "%s", realms[i]);
		cr_expect_eq(bench_remove_user(b, &who, nobody_spared).count, 1, "%s", realms[i]);
	}
}

/* What a store might take for one key: joined, cut, folded, decoded. */
void suite_users_with_odd_names_never_collide(struct bench *b)
{
	char longest[SESSION_USER_BYTES], almost[SESSION_USER_BYTES];
	struct store_user users[] = {
		{ SLICE("a"), SLICE("b:c") },
		{ SLICE("a:b"), SLICE("c") },
		{ SLICE("a"), SLICE("b/c") },
		{ SLICE("a/b"), SLICE("c") },
		{ SLICE("a"), SLICE("b") },
		{ SLICE("ab"), SLICE("b") },
		{ SLICE("a"), SLICE("B") },
		{ SLICE("a"), SLICE("b ") },
		{ SLICE("a"), SLICE("b\0") },
		{ SLICE("a"), SLICE("b\0c") },
		{ SLICE("a"), SLICE("\001") },
		{ SLICE("a"), SLICE("\002") },
		{ SLICE("a"), SLICE("%01") },
		{ SLICE("a"), SLICE("b%") },
		{ SLICE("a"), SLICE("{b}") },
		{ SLICE("a"), SLICE("b'--") },
		{ SLICE("a"), SLICE("\xc3\xa9") },
		{ SLICE("a"), SLICE("e\xcc\x81") },
		{ SLICE("a"), SLICE("\xff") },
		{ SLICE("a"), SLICE("*") },
		{ SLICE("a"), { longest, sizeof(longest) } },
		{ SLICE("a"), { almost, sizeof(almost) } },
		{ SLICE("a"), { longest, sizeof(longest) - 1 } },
	};
	enum { USERS = sizeof(users) / sizeof(users[0]) };
	struct visitor visitors[USERS];

	memset(longest, 'x', sizeof(longest));
	memset(almost, 'x', sizeof(almost));
	almost[sizeof(almost) - 1] = 'y';
	for (size_t i = 0; i < USERS; i++) {
		visitor_init(&visitors[i]);
		visitors[i].realm = users[i].realm;
		visitors[i].quota = (struct session_quota){ 1, SESSION_DENY };
		EXPECT_ANSWER(visitor_comes(&visitors[i], b, users[i].name), STORE_OK);
	}
	for (size_t i = 0; i < USERS; i++) {
		cr_expect_eq(sessions_of(b, &users[i]), 1, "%zu", i);
		cr_expect_eq(bench_remove_user(b, &users[i], nobody_spared).count, 1, "%zu", i);
		EXPECT_ENDED(bench_find(b, visitors[i].id), STORE_CAUSE_REVOKED);
		if (i + 1 < USERS)
			expect_live(b, &visitors[i + 1]);
	}
}

/* --- All of a user's sessions ---------------------------------------------------------------- */

void suite_remove_user_ends_all_but_one(struct bench *b)
{
	struct visitor few[FEW], other;
	struct answer a;

	few_log_in(few, FEW, b, any_number);
	visitor_arrives(&other, b, SLICE("bob"));
	a = bench_remove_user(b, &alice, few[1].id);
	cr_expect_eq(a.status, STORE_OK);
	cr_expect_eq(a.count, FEW - 1);
	for (size_t i = 0; i < FEW; i++) {
		if (i == 1)
			expect_live(b, &few[i]);
		else
			EXPECT_ENDED(bench_find(b, few[i].id), STORE_CAUSE_REVOKED);
	}
	cr_expect_eq(bench_remove_user(b, &alice, few[1].id).count, 0);
	cr_expect_eq(bench_remove_user(b, &alice, few[0].id).count, 1);
	EXPECT_ENDED(bench_find(b, few[1].id), STORE_CAUSE_REVOKED);
	cr_expect_eq(bench_remove_user(b, &alice, nobody_spared).count, 0);
	expect_live(b, &other);
}

void suite_remove_user_of_nobody_is_fine(struct bench *b)
{
	struct answer a =
		bench_remove_user(b, &(struct store_user){ SLICE("x"), SLICE("y") }, nobody_spared);

	cr_expect_eq(a.status, STORE_OK);
	cr_expect_eq(a.count, 0);
}

void suite_what_changed_hands_is_not_ended_with_its_former_user(struct bench *b)
{
	struct visitor few[FEW], anonymous;

	few_log_in(few, 3, b, any_number);
	visitor_arrives(&anonymous, b, SLICE("alice"));
	EXPECT_ANSWER(visitor_logs_in(&few[0], b, SLICE("bob")), STORE_OK);
	EXPECT_ANSWER(visitor_logs_in(&anonymous, b, SLICE("")), STORE_OK);
	cr_expect_eq(bench_remove_user(b, &alice, nobody_spared).count, 2);
	expect_live(b, &few[0]);
	expect_live(b, &anonymous);
	cr_expect_eq(sessions_of(b, &(struct store_user){ SLICE("default"), SLICE("bob") }), 1);
}

/* More than any store reads at a time. */
void suite_login_of_who_has_very_many_ends_all_that_are_too_many(struct bench *b)
{
	enum { MANY = 600 };
	struct visitor *many = calloc(MANY, sizeof(*many)), last;

	cr_assert(many != NULL);
	few_log_in(many, MANY, b, any_number);
	visitor_init(&last);
	last.quota = three_deny;
	EXPECT_ANSWER(visitor_comes(&last, b, alice.name), STORE_FULL);
	visitor_init(&last);
	last.quota = three_oldest;
	EXPECT_ANSWER(visitor_comes(&last, b, alice.name), STORE_OK);
	EXPECT_ENDED(bench_find(b, many[0].id), STORE_CAUSE_EVICTED);
	EXPECT_ENDED(bench_find(b, many[MANY - 3].id), STORE_CAUSE_EVICTED);
	expect_live(b, &many[MANY - 2]);
	expect_live(b, &many[MANY - 1]);
	expect_live(b, &last);
	cr_expect_eq(sessions_of(b, &alice), 3);
	free(many);
}

void suite_all_sessions_of_who_has_very_many_end(struct bench *b)
{
	enum { MANY = 600 };
	struct visitor *many = calloc(MANY, sizeof(*many));

	cr_assert(many != NULL);
	few_log_in(many, MANY, b, any_number);
	cr_expect_eq(sessions_of(b, &alice), STORE_PAGE);
	cr_expect_eq(bench_remove_user(b, &alice, many[7].id).count, MANY - 1);
	expect_live(b, &many[7]);
	cr_expect_eq(bench_block_user(b, &alice, 0).count, 1);
	cr_expect_eq(sessions_of(b, &alice), 0);
	free(many);
}

void suite_list_user_gives_the_newest_first(struct bench *b)
{
	static const size_t order[] = { 0, 3, 2 };
	struct visitor few[FEW], other;
	struct answer a;

	few_log_in(few, FEW, b, any_number);
	visitor_arrives(&other, b, SLICE("bob"));
	EXPECT_ANSWER(visitor_touches(&few[0], b), STORE_OK);
	EXPECT_ANSWER(bench_remove(b, few[1].id), STORE_OK);
	a = bench_list_user(b, &alice, STORE_PAGE);
	cr_assert_eq(a.count, 3);
	for (size_t i = 0; i < a.count; i++)
		cr_expect(slice_equal(slice_from(a.sessions[i]->id), few[order[i]].id), "%zu", i);
	answer_fini(&a);
	a = bench_list_user(b, &alice, 2);
	cr_assert_eq(a.count, 2);
	cr_expect(slice_equal(slice_from(a.sessions[1]->id), few[3].id));
	answer_fini(&a);
	b->fixture->pass(IDLE_MS + TOUCH_MS);
	cr_expect_eq(sessions_of(b, &alice), 0);
}

/* --- Blocks ---------------------------------------------------------------------------------- */

void suite_block_ends_sessions_and_refuses_logins(struct bench *b)
{
	struct visitor few[FEW], other;
	struct answer a;

	few_log_in(few, 3, b, any_number);
	visitor_arrives(&other, b, SLICE("bob"));
	a = bench_block_user(b, &alice, 0);
	cr_expect_eq(a.status, STORE_OK);
	cr_expect_eq(a.count, 3);
	for (size_t i = 0; i < 3; i++)
		EXPECT_ENDED(bench_find(b, few[i].id), STORE_CAUSE_BLOCKED);
	visitor_init(&few[3]);
	EXPECT_ANSWER(visitor_comes(&few[3], b, alice.name), STORE_BLOCKED);
	EXPECT_ANSWER(bench_find(b, few[3].id), STORE_NOT_FOUND);
	EXPECT_ANSWER(visitor_logs_in(&other, b, alice.name), STORE_BLOCKED);
	cr_expect_eq(sessions_of(b, &alice), 0);
	/* again, and it is still so */
	cr_expect_eq(bench_block_user(b, &alice, 0).count, 0);
	EXPECT_ANSWER(visitor_comes(&few[3], b, alice.name), STORE_BLOCKED);
	b->fixture->pass(TOMBSTONE_MS);
	bench_expire(b, 1000);
	EXPECT_ANSWER(visitor_comes(&few[3], b, alice.name), STORE_BLOCKED);
}

void suite_refused_login_leaves_the_session_as_it_was(struct bench *b)
{
	struct visitor v;
	uint64_t epoch;

	bench_block_user(b, &alice, 0);
	visitor_arrives(&v, b, SLICE("bob"));
	epoch = v.epoch;
	EXPECT_ANSWER(visitor_logs_in(&v, b, alice.name), STORE_BLOCKED);
	v.epoch = epoch;
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_OK);
	expect_attribute(b, &v, SLICE("first"), SLICE("1"));
	cr_expect_eq(sessions_of(b, &(struct store_user){ SLICE("default"), SLICE("bob") }), 1);
}

void suite_block_may_be_lifted(struct bench *b)
{
	struct visitor v;

	cr_expect_eq(bench_unblock_user(b, &alice).status, STORE_NOT_FOUND);
	bench_block_user(b, &alice, 0);
	cr_expect_eq(bench_unblock_user(b, &alice).status, STORE_OK);
	cr_expect_eq(bench_unblock_user(b, &alice).status, STORE_NOT_FOUND);
	visitor_init(&v);
	EXPECT_ANSWER(visitor_comes(&v, b, alice.name), STORE_OK);
}

void suite_block_lapses_by_itself(struct bench *b)
{
	struct visitor v;

	bench_block_user(b, &alice, b->fixture->now() + 5000);
	b->fixture->pass(4999);
	visitor_init(&v);
	EXPECT_ANSWER(visitor_comes(&v, b, alice.name), STORE_BLOCKED);
	b->fixture->pass(1);
	EXPECT_ANSWER(visitor_comes(&v, b, alice.name), STORE_OK);
	cr_expect_eq(bench_unblock_user(b, &alice).status, STORE_NOT_FOUND);
	/* one whose end has come already: the sessions end, and that is all */
	cr_expect_eq(bench_block_user(b, &alice, b->fixture->now()).count, 1);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_BLOCKED);
	visitor_init(&v);
	EXPECT_ANSWER(visitor_comes(&v, b, alice.name), STORE_OK);
}

void suite_later_block_replaces_an_earlier_one(struct bench *b)
{
	struct visitor v;

	bench_block_user(b, &alice, b->fixture->now() + 1000);
	bench_block_user(b, &alice, 0);
	b->fixture->pass(2000);
	visitor_init(&v);
	EXPECT_ANSWER(visitor_comes(&v, b, alice.name), STORE_BLOCKED);
	bench_block_user(b, &alice, b->fixture->now() + 1000);
	b->fixture->pass(1000);
	EXPECT_ANSWER(visitor_comes(&v, b, alice.name), STORE_OK);
}

/* More than any table begins with: some go, and the others are still known. */
void suite_many_users_with_many_sessions(struct bench *b)
{
	enum { USERS = 300, EACH = 5 };
	struct visitor *visitors = calloc(USERS * EACH, sizeof(*visitors));
	char names[USERS][8];
	size_t i;

	for (i = 0; i < USERS * EACH; i++) {
		snprintf(names[i % USERS], sizeof(names[0]), "u%zu", i % USERS);
		visitor_init(&visitors[i]);
		EXPECT_ANSWER(visitor_comes(&visitors[i], b, slice_from(names[i % USERS])),
			      STORE_OK);
	}
	for (i = 0; i < USERS; i++)
		EXPECT_ANSWER(bench_remove(b, visitors[i].id), STORE_OK);
	for (i = 0; i < USERS; i++) {
		struct store_user who = { SLICE("default"), slice_from(names[i]) };
		size_t left = EACH - 1;

		cr_assert_eq(sessions_of(b, &who), left, "%s", names[i]);
		cr_assert_eq(bench_remove_user(b, &who, visitors[i + USERS].id).count, left - 1);
		cr_assert_eq(sessions_of(b, &who), 1);
	}
	free(visitors);
}
