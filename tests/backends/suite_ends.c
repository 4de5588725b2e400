/* suite_ends.c - how sessions end, and when; see suite.h. */
#include "tests/backends/visitor.h"

#include <stdlib.h>

/* --- Ends ------------------------------------------------------------------------------------ */

/* Whose it was is known, and nothing of what was in it. */
static void expect_remains(struct bench *b, const struct visitor *v)
{
	struct answer a = bench_find(b, v->id);

	cr_assert_eq(a.status, STORE_ENDED);
	cr_assert_not_null(a.session);
	cr_expect_eq(memcmp(a.session->hash, v->hash, sizeof(v->hash)), 0);
	cr_expect_eq(a.session->attribute_count, 0);
	answer_fini(&a);
}

void suite_remove_leaves_a_tombstone(struct bench *b)
{
	struct visitor v;

	visitor_arrives(&v, b, SLICE("alice"));
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_LOGOUT);
	expect_remains(b, &v);
	EXPECT_ENDED(bench_remove(b, v.id), STORE_CAUSE_LOGOUT);
}

void suite_remove_of_unknown_forbids_a_create(struct bench *b)
{
	const struct session *s;
	struct visitor v;

	visitor_init(&v);
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_NOT_FOUND);
	s = visitor_session(&v, b, SLICE(""), NULL, 0);
	EXPECT_ENDED(bench_create(b, s), STORE_CAUSE_LOGOUT);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_LOGOUT);
	session_unref(&s);
}

void suite_nothing_brings_an_ended_session_back(struct bench *b)
{
	const struct session *s;
	struct visitor v;

	visitor_init(&v);
	s = visitor_session(&v, b, SLICE("alice"), NULL, 0);
	EXPECT_ANSWER(bench_create(b, s), STORE_OK);
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	EXPECT_ENDED(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_CAUSE_LOGOUT);
	EXPECT_ENDED(visitor_touches(&v, b), STORE_CAUSE_LOGOUT);
	EXPECT_ENDED(visitor_logs_in(&v, b, SLICE("alice")), STORE_CAUSE_LOGOUT);
	EXPECT_ENDED(bench_create(b, s), STORE_CAUSE_LOGOUT);
	b->fixture->pass(TOMBSTONE_MS - 1000);
	bench_expire(b, 1000);
	EXPECT_ENDED(bench_create(b, s), STORE_CAUSE_LOGOUT);
	session_unref(&s);
}

void suite_tombstone_is_forgotten_after_its_time(struct bench *b)
{
	const struct session *s;
	struct visitor v;

	visitor_arrives(&v, b, SLICE("alice"));
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	b->fixture->pass(TOMBSTONE_MS);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_NOT_FOUND);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_NOT_FOUND);
	bench_expire(b, 1000);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_NOT_FOUND);
	s = visitor_session(&v, b, SLICE(""), NULL, 0);
	EXPECT_ANSWER(bench_create(b, s), STORE_OK);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	session_unref(&s);
}

/* --- Time ------------------------------------------------------------------------------------ */

void suite_touch_moves_last_seen_and_no_version(struct bench *b)
{
	struct answer before, a;
	struct visitor v;

	visitor_arrives(&v, b, SLICE("alice"));
	before = bench_find(b, v.id);
	b->fixture->pass(TOUCH_MS);
	a = visitor_touches(&v, b);
	cr_assert_eq(a.status, STORE_OK);
	cr_expect_eq(a.session->version, before.session->version);
	cr_expect_geq(a.session->seen_ms, before.session->seen_ms + TOUCH_MS);
	answer_fini(&a);
	answer_fini(&before);
}

void suite_idle_end_is_last_seen_and_timeout_and_interval(struct bench *b)
{
	struct visitor v;

	visitor_arrives(&v, b, SLICE("alice"));
	b->fixture->pass(IDLE_MS + TOUCH_MS - 1);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	b->fixture->pass(1);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_EXPIRED);
	EXPECT_ENDED(visitor_touches(&v, b), STORE_CAUSE_EXPIRED);
	EXPECT_ENDED(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_CAUSE_EXPIRED);
	EXPECT_ENDED(bench_remove(b, v.id), STORE_CAUSE_EXPIRED);
}

void suite_touch_moves_the_idle_end(struct bench *b)
{
	struct visitor v;

	visitor_arrives(&v, b, SLICE("alice"));
	for (unsigned i = 0; i < 3; i++) {
		b->fixture->pass(IDLE_MS);
		bench_expire(b, 1000);
		EXPECT_ANSWER(visitor_touches(&v, b), STORE_OK);
	}
	b->fixture->pass(IDLE_MS);
	bench_expire(b, 1000);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	b->fixture->pass(TOUCH_MS);
	cr_expect_eq(bench_expire(b, 1000), 1);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_EXPIRED);
}

void suite_chosen_idle_timeout_holds_at_once(struct bench *b)
{
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	d = visitor_delta(&v);
	d.idle_ms = 2000;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	/* chosen by a directive: a login with another default keeps it */
	EXPECT_ANSWER(visitor_logs_in(&v, b, SLICE("alice")), STORE_OK);
	b->fixture->pass(2000 + 200 - 1);
	cr_expect_eq(bench_expire(b, 1000), 0);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	b->fixture->pass(1);
	cr_expect_eq(bench_expire(b, 1000), 1);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_EXPIRED);
}

/* By a timeout that is over already; with all that a save does, of which a store may do some later. */
void suite_save_that_ends_its_session_was_done(struct bench *b)
{
	struct device_visit visit = { SLICE("192.0.2.17"), SLICE("Firefox/1"), DEVICE_FULL };
	struct visitor v;
	struct answer a;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	d = visitor_delta(&v);
	d.visit = &visit;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	b->fixture->pass(IDLE_MS / 2);
	d = visitor_delta(&v);
	d.unseen = true;
	d.idle_ms = 1000;
	visit.policy = DEVICE_TRUNCATED;
	d.visit = &visit;
	a = bench_save(b, v.id, &d);
	cr_expect_eq(a.status, STORE_OK);
	cr_assert_not_null(a.session);
	cr_expect(slice_equal(a.session->device.last_ip, SLICE("192.0.2.0")), "%.*s",
		  SLICE_ARGS(a.session->device.last_ip));
	answer_fini(&a);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_EXPIRED);
}

void suite_traffic_does_not_move_the_absolute_end(struct bench *b)
{
	struct visitor v;

	visitor_arrives(&v, b, SLICE("alice"));
	for (int64_t at = 0; at < ABSOLUTE_MS; at += IDLE_MS / 2) {
		EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_OK);
		EXPECT_ANSWER(visitor_touches(&v, b), STORE_OK);
		b->fixture->pass(IDLE_MS / 2);
	}
	EXPECT_ENDED(visitor_touches(&v, b), STORE_CAUSE_EXPIRED);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_EXPIRED);
}

void suite_login_moves_the_absolute_end(struct bench *b)
{
	struct answer a;
	struct visitor v;

	visitor_arrives(&v, b, SLICE("alice"));
	b->fixture->pass(IDLE_MS);
	EXPECT_ANSWER(visitor_logs_in(&v, b, SLICE("alice")), STORE_OK);
	a = bench_find(b, v.id);
	cr_assert_eq(a.status, STORE_OK);
	cr_expect_eq(a.session->expires_ms, a.session->login_ms + ABSOLUTE_MS);
	cr_expect_geq(a.session->login_ms, a.session->created_ms + IDLE_MS);
	answer_fini(&a);
}

void suite_expired_says_so_until_it_is_forgotten(struct bench *b)
{
	/* with and without the sweeper having been there */
	for (unsigned swept = 0; swept < 2; swept++) {
		struct visitor v;

		visitor_arrives(&v, b, SLICE("alice"));
		b->fixture->pass(IDLE_MS + TOUCH_MS);
		cr_expect_eq(swept > 0 ? bench_expire(b, 1000) : 0, swept);
		b->fixture->pass(TOMBSTONE_MS - 1);
		EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_EXPIRED);
		b->fixture->pass(1);
		EXPECT_ANSWER(bench_find(b, v.id), STORE_NOT_FOUND);
		bench_expire(b, 1000);
		EXPECT_ANSWER(bench_find(b, v.id), STORE_NOT_FOUND);
	}
}

enum { CROWD = 500 };

static void crowd_arrives(struct bench *b, struct visitor crowd[CROWD])
{
	for (size_t i = 0; i < CROWD; i++)
		visitor_arrives(&crowd[i], b, SLICE(""));
}

void suite_expire_due_ends_what_is_due_and_no_more(struct bench *b)
{
	struct visitor *crowd = calloc(CROWD, sizeof(*crowd)), *v;

	crowd_arrives(b, crowd);
	b->fixture->pass(IDLE_MS);
	for (v = crowd; v < crowd + CROWD; v += 2)
		EXPECT_ANSWER(visitor_touches(v, b), STORE_OK);
	b->fixture->pass(TOUCH_MS);
	cr_expect_eq(bench_expire(b, 10000), CROWD / 2);
	for (v = crowd; v < crowd + CROWD; v += 2) {
		EXPECT_ANSWER(bench_find(b, v[0].id), STORE_OK);
		EXPECT_ENDED(bench_find(b, v[1].id), STORE_CAUSE_EXPIRED);
	}
	b->fixture->pass(TOMBSTONE_MS);
	cr_expect_eq(bench_expire(b, 10000), CROWD / 2);
	for (v = crowd + 1; v < crowd + CROWD; v += 2)
		EXPECT_ANSWER(bench_find(b, v->id), STORE_NOT_FOUND);
	free(crowd);
}

void suite_expire_due_keeps_its_limit(struct bench *b)
{
	struct visitor *crowd = calloc(CROWD, sizeof(*crowd));
	size_t ended = 0;

	crowd_arrives(b, crowd);
	b->fixture->pass(IDLE_MS + TOUCH_MS);
	for (unsigned i = 0; i < CROWD; i++) {
		size_t n = bench_expire(b, 7);

		cr_assert_leq(n, 7);
		ended += n;
	}
	cr_expect_eq(ended, CROWD);
	free(crowd);
}

/* Those whose end has moved further away are looked at too, and must not hide the others. */
void suite_expire_due_says_whether_there_is_more(struct bench *b)
{
	struct visitor *crowd = calloc(CROWD, sizeof(*crowd));
	size_t ended = 0;
	bool more = true;

	crowd_arrives(b, crowd);
	b->fixture->pass(IDLE_MS);
	for (unsigned i = 0; i < CROWD; i += 2)
		EXPECT_ANSWER(visitor_touches(&crowd[i], b), STORE_OK);
	b->fixture->pass(TOUCH_MS);
	for (unsigned i = 0; more && i < CROWD; i++)
		ended += bench_expire_some(b, 7, &more);
	cr_expect_eq(ended, CROWD / 2);
	cr_expect_not(more);
	free(crowd);
}

/* In one step: who asks need not look first. */
void suite_remove_is_the_owners(struct bench *b)
{
	const struct store_user alice = { SLICE("default"), SLICE("alice") };
	const struct store_user others[] = {
		{ SLICE("default"), SLICE("bob") },
		{ SLICE("other"), SLICE("alice") },
		{ SLICE("default"), SLICE("alic") },
	};
	struct visitor v, nobody;

	visitor_arrives(&v, b, SLICE("alice"));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		EXPECT_ANSWER(bench_remove_of(b, v.id, &others[i]), STORE_NOT_FOUND);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	EXPECT_ANSWER(bench_remove_of(b, v.id, &alice), STORE_OK);
	EXPECT_ANSWER(bench_remove_of(b, v.id, &alice), STORE_ENDED);
	EXPECT_ANSWER(bench_remove_of(b, v.id, &others[0]), STORE_NOT_FOUND);
	visitor_init(&nobody);
	EXPECT_ANSWER(bench_remove_of(b, nobody.id, &alice), STORE_NOT_FOUND);
	EXPECT_ANSWER(bench_find(b, nobody.id), STORE_NOT_FOUND);
	visitor_arrives(&v, b, SLICE("alice"));
	EXPECT_ANSWER(visitor_logs_in(&v, b, SLICE("bob")), STORE_OK);
	EXPECT_ANSWER(bench_remove_of(b, v.id, &alice), STORE_NOT_FOUND);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
}
