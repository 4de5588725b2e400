/* suite_find.c - what is found, and what is created; see suite.h. */
#include "tests/backends/visitor.h"

void suite_find_gives_what_was_created(struct bench *b)
{
	const struct change changes[] = {
		{ SLICE("b"), SLICE("\"x\"") },
		{ SLICE("a"), SLICE("{\"n\":[1,2]}") },
		{ SLICE("gone"), { NULL, 0 } },
	};
	const struct session *s;
	struct answer a;
	struct visitor v;

	visitor_init(&v);
	s = visitor_session(&v, b, SLICE("alice"), changes, 3);
	EXPECT_ANSWER(bench_create(b, s), STORE_OK);
	a = bench_find(b, v.id);
	cr_assert_eq(a.status, STORE_OK);
	cr_expect_str_eq(a.session->id, s->id);
	cr_expect(token_hash_equal(a.session->hash, s->hash));
	cr_expect_arr_eq(a.session->csrf, s->csrf, SESSION_CSRF_BYTES);
	cr_expect_eq(a.session->epoch, s->epoch);
	cr_expect_eq(a.session->version, 1);
	cr_expect(slice_equal(a.session->realm, s->realm));
	cr_expect(slice_equal(a.session->application, s->application));
	cr_expect(slice_equal(a.session->user, SLICE("alice")));
	cr_expect_eq(a.session->created_ms, s->created_ms);
	cr_expect_eq(a.session->login_ms, s->login_ms);
	cr_expect_eq(a.session->seen_ms, s->seen_ms);
	cr_expect_eq(a.session->expires_ms, s->expires_ms);
	cr_expect_eq(a.session->idle_ms, IDLE_MS);
	cr_expect_eq(a.session->touch_ms, TOUCH_MS);
	cr_assert_eq(a.session->attribute_count, 2);
	cr_expect(slice_equal(a.session->attributes[0].name, SLICE("a")));
	cr_expect(slice_equal(a.session->attributes[0].value, SLICE("{\"n\":[1,2]}")));
	cr_expect(slice_equal(a.session->attributes[1].value, SLICE("\"x\"")));
	answer_fini(&a);
	session_unref(&s);
}

void suite_unknown_id_is_not_found_with_whole_since(struct bench *b)
{
	struct answer a;
	struct visitor v;
	int64_t now_ms;

	visitor_init(&v);
	EXPECT_ANSWER(bench_find(b, v.id),
		      STORE_NOT_FOUND); /* whoever is away is whole since he is there */
	now_ms = b->fixture->now();
	b->fixture->pass(10);
	a = bench_find(b, v.id);
	cr_expect_eq(a.status, STORE_NOT_FOUND);
	cr_expect_null(a.session);
	cr_expect_gt(a.whole_since_ms, 0);
	cr_expect_leq(a.whole_since_ms, now_ms);
}

/* All of them: a store that keeps sessions in buckets has some of these in one. */
void suite_ids_may_differ_in_the_last_character(struct bench *b)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	struct visitor v, twin;

	visitor_arrives(&v, b, SLICE(""));
	for (size_t i = 0; alphabet[i] != '\0'; i++) {
		if (v.token.text[TOKEN_ID_CHARS - 1] == alphabet[i])
			continue;
		twin = v;
		twin.token.text[TOKEN_ID_CHARS - 1] = alphabet[i];
		twin.id = token_id(&twin.token);
		EXPECT_ANSWER(bench_find(b, twin.id), STORE_NOT_FOUND);
		EXPECT_ANSWER(visitor_sets(&twin, b, SLICE("a"), SLICE("1")), STORE_NOT_FOUND);
		EXPECT_ANSWER(visitor_comes(&twin, b, SLICE("")), STORE_OK);
	}
	EXPECT_ANSWER(bench_remove(b, twin.id), STORE_OK);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	expect_attribute(b, &v, SLICE("a"), absent);
}

void suite_create_repeated_is_created_once(struct bench *b)
{
	const struct session *s;
	struct visitor v;

	visitor_init(&v);
	s = visitor_session(&v, b, SLICE(""), NULL, 0);
	EXPECT_ANSWER(bench_create(b, s), STORE_OK);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("later"), SLICE("1")), STORE_OK);
	EXPECT_ANSWER(bench_create(b, s), STORE_OK);
	expect_attribute(b, &v, SLICE("later"), SLICE("1"));
	session_unref(&s);
}

void suite_create_over_another_session_is_moved(struct bench *b)
{
	const struct session *other;
	struct visitor v, thief;

	visitor_arrives(&v, b, SLICE(""));
	thief = v;
	thief.id = token_id(&thief.token);
	other = visitor_session(&thief, b, SLICE("mallory"), NULL, 0);
	EXPECT_ANSWER(bench_create(b, other), STORE_MOVED);
	expect_attribute(b, &v, SLICE("first"), SLICE("1"));
	session_unref(&other);
}
