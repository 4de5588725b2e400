/* suite_save.c - saves, their guard and their limits; logins; two at once; see suite.h. */
#include "tests/backends/visitor.h"

/* --- Saving ---------------------------------------------------------------------------------- */

void suite_save_changes_attributes(struct bench *b)
{
	const struct change changes[] = {
		{ SLICE("first"), { NULL, 0 } },   { SLICE("a"), SLICE("1") },
		{ SLICE("a"), SLICE("2") },        { SLICE("b"), SLICE("1") },
		{ SLICE("b"), { NULL, 0 } },       { SLICE("c"), { NULL, 0 } },
		{ SLICE("c"), SLICE("\"back\"") }, { SLICE("never"), { NULL, 0 } },
	};
	struct visitor v;
	struct answer a;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	d = visitor_delta(&v);
	d.changes = changes;
	d.change_count = sizeof(changes) / sizeof(changes[0]);
	a = bench_save(b, v.id, &d);
	cr_assert_eq(a.status, STORE_OK);
	cr_expect_eq(a.session->version, 2);
	cr_expect_eq(a.session->attribute_count, 2);
	answer_fini(&a);
	expect_attribute(b, &v, SLICE("first"), absent);
	expect_attribute(b, &v, SLICE("a"), SLICE("2"));
	expect_attribute(b, &v, SLICE("b"), absent);
	expect_attribute(b, &v, SLICE("c"), SLICE("\"back\""));
}

void suite_save_of_unknown_is_not_found(struct bench *b)
{
	struct visitor v;

	visitor_init(&v);
	v.epoch = 1;
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_NOT_FOUND);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_NOT_FOUND);
}

void suite_save_needs_the_epoch(struct bench *b)
{
	struct visitor v, slow;

	visitor_arrives(&v, b, SLICE(""));
	slow = v;
	slow.id = token_id(&slow.token);
	EXPECT_ANSWER(visitor_logs_in(&v, b, SLICE("alice")), STORE_OK);
	EXPECT_ANSWER(visitor_sets(&slow, b, SLICE("a"), SLICE("1")), STORE_MOVED);
	EXPECT_ANSWER(visitor_touches(&slow, b), STORE_MOVED);
	EXPECT_ANSWER(visitor_logs_in(&slow, b, SLICE("bob")), STORE_MOVED);
	expect_attribute(b, &v, SLICE("a"), absent);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("2")), STORE_OK);
	expect_attribute(b, &v, SLICE("a"), SLICE("2"));
}

void suite_save_needs_the_version_that_it_names(struct bench *b)
{
	static const struct change change = { SLICE("a"), SLICE("1") };
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	d = visitor_delta(&v);
	d.changes = &change;
	d.change_count = 1;
	d.version = 2;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OUTDATED);
	expect_attribute(b, &v, SLICE("a"), absent);
	d.version = 1;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	/* the same once more, as after an answer that was lost */
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	d.save_id = some_number();
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OUTDATED);
	d.version = 2;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	/* of a session that is another's by now it is not told that it is somebody's late save */
	EXPECT_ANSWER(visitor_logs_in(&v, b, SLICE("alice")), STORE_OK);
	d.save_id = some_number();
	d.version = 3;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OUTDATED);
	cr_expect_eq(event_counted(backend_counts(b->backend), EVENT_LATE_SAVE_BLOCKED,
				   EVENT_CAUSE_NONE),
		     0);
}

void suite_save_moves_the_absolute_end(struct bench *b)
{
	struct visitor v;
	struct answer a;
	struct delta d;
	int64_t end_ms;

	visitor_arrives(&v, b, SLICE(""));
	a = bench_find(b, v.id);
	end_ms = a.session->expires_ms - ABSOLUTE_MS + IDLE_MS / 2;
	answer_fini(&a);
	d = visitor_delta(&v);
	d.unseen = true;
	d.expires_ms = end_ms;
	a = bench_save(b, v.id, &d);
	cr_assert_eq(a.status, STORE_OK);
	cr_expect_eq(a.session->expires_ms, end_ms);
	cr_expect_eq(a.session->version, 2);
	answer_fini(&a);
	b->fixture->pass(IDLE_MS / 2 - 1);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	b->fixture->pass(1);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_EXPIRED);
}

static bool rotation_is_asked(struct bench *b, const struct visitor *v)
{
	struct answer a = bench_find(b, v->id);
	bool asked = a.session->rotation_asked;

	answer_fini(&a);
	return asked;
}

/* It stands until there is a new secret, whatever else is saved. */
void suite_save_asks_for_a_rotation(struct bench *b)
{
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE("alice"));
	cr_expect_not(rotation_is_asked(b, &v));
	d = visitor_delta(&v);
	d.unseen = true;
	d.asks_rotation = true;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_OK);
	EXPECT_ANSWER(visitor_touches(&v, b), STORE_OK);
	cr_expect(rotation_is_asked(b, &v));
	EXPECT_ANSWER(visitor_logs_in(&v, b, SLICE("alice")), STORE_OK);
	cr_expect_not(rotation_is_asked(b, &v));
}

static struct answer save_again(struct bench *b, const struct visitor *v, const struct delta *d,
				uint64_t version)
{
	struct answer a = bench_save(b, v->id, d);

	cr_assert_eq(a.status, STORE_OK, "%s", store_status_text(a.status));
	cr_expect_eq(a.session->version, version);
	return a;
}

void suite_save_repeated_is_applied_once(struct bench *b)
{
	struct change change = { SLICE("a"), SLICE("1") };
	struct answer a;
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	d = visitor_delta(&v);
	d.changes = &change;
	d.change_count = 1;
	a = save_again(b, &v, &d, 2);
	answer_fini(&a);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("\"newer\"")), STORE_OK);
	a = save_again(b, &v, &d, 3);
	answer_fini(&a);
	expect_attribute(b, &v, SLICE("a"), SLICE("\"newer\""));
}

void suite_save_is_remembered_over_seven_more(struct bench *b)
{
	struct change change = { SLICE("a"), SLICE("1") };
	struct answer a;
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	d = visitor_delta(&v);
	d.changes = &change;
	d.change_count = 1;
	a = save_again(b, &v, &d, 2);
	answer_fini(&a);
	for (unsigned i = 0; i < 7; i++) {
		EXPECT_ANSWER(visitor_sets(&v, b, SLICE("other"), SLICE("1")), STORE_OK);
		EXPECT_ANSWER(visitor_touches(&v, b), STORE_OK);
	}
	a = save_again(b, &v, &d, 9);
	answer_fini(&a);
}

void suite_renewal_replaces_the_secret(struct bench *b)
{
	struct renewal renewal = some_renewal();
	struct answer before, a;
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE("alice"));
	before = bench_find(b, v.id);
	d = visitor_delta(&v);
	d.renewal = &renewal;
	a = bench_save(b, v.id, &d);
	cr_assert_eq(a.status, STORE_OK);
	cr_expect(token_hash_equal(a.session->hash, renewal.hash));
	cr_expect(token_hash_equal(a.session->replaced[0].hash, before.session->hash));
	cr_expect_eq(a.session->epoch, renewal.epoch);
	cr_expect_arr_eq(a.session->csrf, renewal.csrf, SESSION_CSRF_BYTES);
	cr_expect_eq(a.session->expires_ms, before.session->expires_ms);
	cr_expect_eq(a.session->login_ms, before.session->login_ms);
	answer_fini(&a);
	answer_fini(&before);
	expect_attribute(b, &v, SLICE("first"), SLICE("1"));
}

/* The answer to a login was lost: the epoch has moved, but by this very delta. Even when so much came
 * between that the save_id is forgotten. */
void suite_renewal_repeated_is_applied_once(struct bench *b)
{
	struct renewal renewal = some_renewal();
	struct login login = { .user = SLICE("alice"),
			       .idle_ms = IDLE_MS,
			       .absolute_ms = ABSOLUTE_MS,
			       .touch_ms = TOUCH_MS };
	struct answer a;
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	d = visitor_delta(&v);
	d.renewal = &renewal;
	d.login = &login;
	a = save_again(b, &v, &d, 2);
	answer_fini(&a);
	a = save_again(b, &v, &d, 2);
	answer_fini(&a);
	v.epoch = renewal.epoch;
	for (unsigned i = 0; i < 2 * SESSION_SAVE_IDS; i++)
		EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_OK);
	a = save_again(b, &v, &d, 2 + 2 * SESSION_SAVE_IDS);
	answer_fini(&a);
}

/* --- Logging in ------------------------------------------------------------------------------ */

void suite_login_keeps_what_an_anonymous_visitor_had(struct bench *b)
{
	struct visitor v;
	struct answer a;

	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(visitor_logs_in(&v, b, SLICE("alice")), STORE_OK);
	a = bench_find(b, v.id);
	cr_assert_eq(a.status, STORE_OK);
	cr_expect(slice_equal(a.session->user, SLICE("alice")));
	cr_expect_eq(a.session->login_ms, b->fixture->now());
	answer_fini(&a);
	expect_attribute(b, &v, SLICE("first"), SLICE("1"));
}

void suite_login_as_another_user_clears_attributes(struct bench *b)
{
	struct change change = { SLICE("new"), SLICE("true") };
	struct login login = { .user = SLICE("bob"),
			       .idle_ms = IDLE_MS,
			       .absolute_ms = ABSOLUTE_MS,
			       .touch_ms = TOUCH_MS };
	struct renewal renewal = some_renewal();
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE("alice"));
	d = visitor_delta(&v);
	d.login = &login;
	d.renewal = &renewal;
	d.changes = &change;
	d.change_count = 1;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	expect_attribute(b, &v, SLICE("first"), absent);
	expect_attribute(b, &v, SLICE("new"), SLICE("true"));
}

void suite_same_user_again_keeps_attributes(struct bench *b)
{
	struct visitor v;

	visitor_arrives(&v, b, SLICE("alice"));
	EXPECT_ANSWER(visitor_logs_in(&v, b, SLICE("alice")), STORE_OK);
	expect_attribute(b, &v, SLICE("first"), SLICE("1"));
}

/* --- Side by side ---------------------------------------------------------------------------- */

static void save_both(struct bench *b, struct slice id, const struct delta *one,
		      const struct delta *two, struct answer answers[2])
{
	memset(answers, 0, 2 * sizeof(*answers));
	store_save(b->store, id, one, answer_take, &answers[0]);
	store_save(b->store, id, two, answer_take, &answers[1]);
	bench_wait(b, &answers[0]);
	bench_wait(b, &answers[1]);
}

void suite_different_attributes_all_stay(struct bench *b)
{
	struct change one = { SLICE("one"), SLICE("1") }, two = { SLICE("two"), SLICE("2") };
	struct answer answers[2];
	struct delta d, e;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	d = e = visitor_delta(&v);
	d.changes = &one;
	e.changes = &two;
	d.change_count = e.change_count = 1;
	e.save_id = some_number();
	save_both(b, v.id, &d, &e, answers);
	cr_expect_eq(answers[0].status, STORE_OK);
	cr_expect_eq(answers[1].status, STORE_OK);
	answer_fini(&answers[0]);
	answer_fini(&answers[1]);
	expect_attribute(b, &v, SLICE("one"), SLICE("1"));
	expect_attribute(b, &v, SLICE("two"), SLICE("2"));
	expect_attribute(b, &v, SLICE("first"), SLICE("1"));
}

void suite_of_one_attribute_the_later_save_wins(struct bench *b)
{
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_OK);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("2")), STORE_OK);
	expect_attribute(b, &v, SLICE("a"), SLICE("2"));
}

void suite_limits_refuse_a_save_whole(struct bench *b)
{
	static const struct {
		const char *name;
		struct session_limits limits;
		enum store_status status;
	} rows[] = {
		{ "all fits exactly", { 6 + 2 + 7, 6, 3 }, STORE_OK },
		{ "bytes", { 6 + 2 + 6, 6, 3 }, STORE_LIMIT },
		{ "one value", { 6 + 2 + 7, 5, 3 }, STORE_LIMIT },
		{ "attributes", { 6 + 2 + 7, 6, 2 }, STORE_LIMIT },
	};
	const struct change changes[] = { { SLICE("a"), SLICE("1") },
					  { SLICE("b"), SLICE("\"1234\"") } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct visitor v;
		struct answer a;
		struct delta d;

		visitor_arrives(&v, b, SLICE(""));
		d = visitor_delta(&v);
		d.changes = changes;
		d.change_count = 2;
		d.limits = rows[i].limits;
		a = bench_save(b, v.id, &d);
		cr_expect_eq(a.status, rows[i].status, "%s: %s", rows[i].name,
			     store_status_text(a.status));
		answer_fini(&a);
		expect_attribute(b, &v, SLICE("a"),
				 rows[i].status == STORE_OK ? SLICE("1") : absent);
	}
}

void suite_limits_hold_for_parallel_saves(struct bench *b)
{
	struct change one = { SLICE("one"), SLICE("1") }, two = { SLICE("two"), SLICE("2") };
	struct answer answers[2];
	struct delta d, e;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	d = e = visitor_delta(&v);
	d.changes = &one;
	e.changes = &two;
	d.change_count = e.change_count = 1;
	e.save_id = some_number();
	d.limits.max_attributes = e.limits.max_attributes = 2;
	save_both(b, v.id, &d, &e, answers);
	cr_expect_eq(answers[0].status + answers[1].status, STORE_OK + STORE_LIMIT);
	answer_fini(&answers[0]);
	answer_fini(&answers[1]);
}
