/* suite.c - see suite.h. */
#include "tests/backends/suite.h"

#include "backends/backend.h"
#include "base/random.h"

#include <criterion/criterion.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	IDLE_MS = 10000,
	TOUCH_MS = 500, /* under a tenth of IDLE_MS: the interval is as configured */
	ABSOLUTE_MS = 60000,
	ANSWER_TURNS = 100000,
};

static const struct session_quota any_number;
static const struct session_limits wide = { 1u << 20, 512u << 10, 256 };

/* --- The bench: one opened store and its loop ----------------------------------------------- */

struct bench {
	const struct fixture *fixture;
	struct backend *backend;
	struct event_base *loop;
	struct store *store;
};

static void bench_connect(struct bench *b)
{
	b->loop = event_base_new();
	cr_assert_not_null(b->loop);
	cr_assert_eq(backend_connect(b->backend, b->loop, &b->store), 0);
}

static void bench_disconnect(struct bench *b)
{
	store_close(&b->store);
	event_base_free(b->loop);
}

void suite_run(const struct fixture *fixture, suite_case_fn *run)
{
	struct bench b = { .fixture = fixture };

	cr_assert_eq(backend_open(slice_from(fixture->url), fixture->now, &b.backend), 0);
	bench_connect(&b);
	run(&b);
	bench_disconnect(&b);
	backend_close(&b.backend);
	cr_assert_null(b.backend);
}

/* What a callback brought; holds a reference until answer_fini(). */
struct answer {
	unsigned times;
	enum store_status status;
	enum store_cause cause;
	int64_t whole_since_ms;
	const struct session *session;
};

static void answer_take(void *ctx, const struct store_result *result)
{
	struct answer *a = ctx;

	a->times++;
	a->status = result->status;
	a->cause = result->cause;
	a->whole_since_ms = result->whole_since_ms;
	a->session = result->session != NULL ? session_ref(result->session) : NULL;
}

static void answer_fini(struct answer *a)
{
	session_unref(&a->session);
}

static void bench_turn(struct bench *b)
{
	event_base_loop(b->loop, EVLOOP_NONBLOCK);
}

static void bench_wait(struct bench *b, const struct answer *a)
{
	for (unsigned turn = 0; a->times == 0 && turn < ANSWER_TURNS; turn++)
		bench_turn(b);
}

static struct answer bench_find(struct bench *b, struct slice id)
{
	struct answer a = { 0 };

	store_find(b->store, id, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

static size_t bench_expire(struct bench *b, size_t limit)
{
	bool more;

	return store_expire_due(b->store, limit, &more);
}

static struct answer bench_create(struct bench *b, const struct session *s)
{
	struct answer a = { 0 };

	store_create(b->store, s, &any_number, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

static struct answer bench_save(struct bench *b, struct slice id, const struct delta *d)
{
	struct answer a = { 0 };

	store_save(b->store, id, d, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

static struct answer bench_remove(struct bench *b, struct slice id)
{
	struct answer a = { 0 };

	store_remove(b->store, id, STORE_CAUSE_LOGOUT, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

#define EXPECT_ANSWER(call, expected)                                                   \
	do {                                                                            \
		struct answer answer_ = (call);                                         \
		cr_expect_eq(answer_.status, expected, "%s: %s", #call,                 \
			     store_status_text(answer_.status));                        \
		cr_expect_eq(answer_.session != NULL,                                   \
			     (expected) == STORE_OK && strstr(#call, "remove") == NULL, \
			     "%s: record", #call);                                      \
		answer_fini(&answer_);                                                  \
	} while (0)

#define EXPECT_ENDED(call, why)                                                       \
	do {                                                                          \
		struct answer ended_ = call;                                          \
		cr_expect_eq(ended_.status, STORE_ENDED, "%s: %s", #call,             \
			     store_status_text(ended_.status));                       \
		cr_expect_eq(ended_.cause, why, "%s: cause %d", #call, ended_.cause); \
		answer_fini(&ended_);                                                 \
	} while (0)

/* --- Sessions and deltas to try with -------------------------------------------------------- */

static uint64_t some_number(void)
{
	uint64_t n;

	cr_assert_eq(random_u64(&n), 0);
	return n | 1;
}

static struct renewal some_renewal(void)
{
	struct renewal r;

	cr_assert_eq(random_bytes(&r, sizeof(r)), 0);
	return r;
}

struct visitor {
	struct token token;
	struct slice id;
	uint64_t epoch; /* of the last secret */
};

static void visitor_init(struct visitor *v)
{
	cr_assert_eq(token_new(&v->token), 0);
	v->id = token_id(&v->token);
}

/* A record for v that no store has seen yet. */
static const struct session *visitor_session(struct visitor *v, struct bench *b, struct slice user,
					     const struct change *changes, size_t count)
{
	struct renewal secret = some_renewal();
	struct session_birth birth = {
		.id = v->id,
		.realm = SLICE("default"),
		.application = SLICE("app"),
		.user = user,
		.secret = &secret,
		.idle_ms = IDLE_MS,
		.absolute_ms = ABSOLUTE_MS,
		.touch_ms = TOUCH_MS,
		.save_id = some_number(),
		.changes = changes,
		.change_count = count,
		.limits = wide,
	};
	const struct session *s;

	v->epoch = secret.epoch;
	cr_assert_eq(session_new(&birth, b->fixture->now(), &s), 0);
	return s;
}

/* A stored session with one attribute. */
static void visitor_arrives(struct visitor *v, struct bench *b, struct slice user)
{
	const struct change first = { SLICE("first"), SLICE("1") };
	const struct session *s;

	visitor_init(v);
	s = visitor_session(v, b, user, &first, 1);
	EXPECT_ANSWER(bench_create(b, s), STORE_OK);
	session_unref(&s);
}

static struct delta visitor_delta(const struct visitor *v)
{
	return (struct delta){ .save_id = some_number(), .epoch = v->epoch, .limits = wide };
}

static struct answer visitor_sets(const struct visitor *v, struct bench *b, struct slice name,
				  struct slice value)
{
	struct change change = { name, value };
	struct delta d = visitor_delta(v);

	d.changes = &change;
	d.change_count = 1;
	return bench_save(b, v->id, &d);
}

static struct answer visitor_touches(const struct visitor *v, struct bench *b)
{
	struct delta d = visitor_delta(v);

	return bench_save(b, v->id, &d);
}

static struct answer visitor_logs_in(struct visitor *v, struct bench *b, struct slice user)
{
	struct renewal renewal = some_renewal();
	struct login login = {
		.user = user, .idle_ms = IDLE_MS, .absolute_ms = ABSOLUTE_MS, .touch_ms = TOUCH_MS
	};
	struct delta d = visitor_delta(v);

	d.renewal = &renewal;
	d.login = &login;
	v->epoch = renewal.epoch;
	return bench_save(b, v->id, &d);
}

/* value.ptr == NULL: there is no such attribute. */
static void expect_attribute(struct bench *b, const struct visitor *v, struct slice name,
			     struct slice value)
{
	struct answer a = bench_find(b, v->id);
	struct slice got = { NULL, 0 };
	bool there;

	cr_assert_eq(a.status, STORE_OK, "%s", store_status_text(a.status));
	there = session_get(a.session, name, &got);
	cr_expect_eq(there, value.ptr != NULL, "%.*s", SLICE_ARGS(name));
	cr_expect(slice_equal(got, value), "%.*s: %.*s", SLICE_ARGS(name), SLICE_ARGS(got));
	answer_fini(&a);
}

static const struct slice absent = { NULL, 0 };

/* --- Callbacks ------------------------------------------------------------------------------ */

void suite_callbacks_come_late_and_once(struct bench *b)
{
	struct answer found = { 0 }, saved = { 0 }, removed = { 0 }, created = { 0 };
	const struct session *s;
	struct visitor v;
	struct delta d;

	visitor_init(&v);
	s = visitor_session(&v, b, SLICE(""), NULL, 0);
	d = visitor_delta(&v);
	store_create(b->store, s, &any_number, answer_take, &created);
	store_find(b->store, v.id, answer_take, &found);
	store_save(b->store, v.id, &d, answer_take, &saved);
	store_remove(b->store, v.id, STORE_CAUSE_LOGOUT, answer_take, &removed);
	cr_expect_eq(created.times + found.times + saved.times + removed.times, 0);
	bench_wait(b, &removed);
	for (unsigned i = 0; i < 10; i++)
		bench_turn(b);
	cr_expect_eq(created.times, 1);
	cr_expect_eq(found.times, 1);
	cr_expect_eq(saved.times, 1);
	cr_expect_eq(removed.times, 1);
	answer_fini(&created);
	answer_fini(&found);
	answer_fini(&saved);
	session_unref(&s);
}

void suite_callbacks_come_in_order(struct bench *b)
{
	struct answer first = { 0 }, second = { 0 };
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	store_remove(b->store, v.id, STORE_CAUSE_LOGOUT, answer_take, &first);
	store_remove(b->store, v.id, STORE_CAUSE_LOGOUT, answer_take, &second);
	bench_wait(b, &second);
	cr_expect_eq(first.times, 1);
	cr_expect_eq(first.status, STORE_OK);
	cr_expect_eq(second.status, STORE_ENDED);
}

struct chain {
	struct bench *bench;
	struct slice id;
	struct store_op *op;
	unsigned length;
};

static void chain_on_found(void *ctx, const struct store_result *result)
{
	struct chain *c = ctx;

	cr_expect_eq(result->status, STORE_OK);
	c->length++;
	c->op = store_find(c->bench->store, c->id, chain_on_found, c);
}

static void chain_on_time(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(ctx);
}

/* A chain without end must not keep the loop's other events out. */
void suite_operation_begun_in_a_callback_comes_in_a_later_turn(struct bench *b)
{
	const struct timeval soon = { 0, 20000 };
	struct chain chain;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	chain = (struct chain){ .bench = b, .id = v.id };
	chain.op = store_find(b->store, v.id, chain_on_found, &chain);
	event_base_once(b->loop, -1, EV_TIMEOUT, chain_on_time, b->loop, &soon);
	event_base_dispatch(b->loop);
	cr_expect_geq(chain.length, 2);
	store_cancel(b->store, &chain.op);
}

void suite_cancelled_operation_is_silent(struct bench *b)
{
	struct answer cancelled = { 0 };
	struct store_op *op;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	op = store_find(b->store, v.id, answer_take, &cancelled);
	store_cancel(b->store, &op);
	cr_expect_null(op);
	store_cancel(b->store, &op);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	cr_expect_eq(cancelled.times, 0);
}

struct canceller {
	struct store *store;
	struct store_op *victim;
	unsigned times;
};

static void cancel_on_found(void *ctx, const struct store_result *result)
{
	struct canceller *c = ctx;

	cr_expect_eq(result->status, STORE_OK);
	c->times++;
	store_cancel(c->store, &c->victim);
}

void suite_cancel_inside_another_callback(struct bench *b)
{
	struct canceller c = { .store = b->store };
	struct answer victim = { 0 }, last = { 0 };
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	store_find(b->store, v.id, cancel_on_found, &c);
	c.victim = store_find(b->store, v.id, answer_take, &victim);
	store_find(b->store, v.id, answer_take, &last);
	bench_wait(b, &last);
	cr_expect_eq(c.times, 1);
	cr_expect_null(c.victim);
	cr_expect_eq(victim.times, 0);
	cr_expect_eq(last.status, STORE_OK);
	answer_fini(&last);
}

void suite_record_outlives_its_callback(struct bench *b)
{
	struct answer a;
	struct slice value;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	a = bench_find(b, v.id);
	cr_assert_not_null(a.session);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("first"), SLICE("2")), STORE_OK);
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	cr_expect(session_get(a.session, SLICE("first"), &value));
	cr_expect(slice_equal(value, SLICE("1")));
	answer_fini(&a);
}

/* --- Finding and creating ------------------------------------------------------------------- */

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
	int64_t now_ms = b->fixture->now();
	struct answer a;
	struct visitor v;

	visitor_init(&v);
	b->fixture->pass(10);
	a = bench_find(b, v.id);
	cr_expect_eq(a.status, STORE_NOT_FOUND);
	cr_expect_null(a.session);
	cr_expect_gt(a.whole_since_ms, 0);
	cr_expect_leq(a.whole_since_ms, now_ms);
}

void suite_ids_may_differ_in_the_last_character(struct bench *b)
{
	struct visitor v, twin;

	visitor_arrives(&v, b, SLICE(""));
	twin = v;
	twin.token.text[TOKEN_ID_CHARS - 1] = v.token.text[TOKEN_ID_CHARS - 1] == 'A' ? 'B' : 'A';
	twin.id = token_id(&twin.token);
	EXPECT_ANSWER(bench_find(b, twin.id), STORE_NOT_FOUND);
	EXPECT_ANSWER(visitor_sets(&twin, b, SLICE("a"), SLICE("1")), STORE_NOT_FOUND);
	EXPECT_ANSWER(bench_remove(b, twin.id), STORE_NOT_FOUND);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
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

/* --- Saving --------------------------------------------------------------------------------- */

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
	struct visitor v = { .epoch = 1 };

	visitor_init(&v);
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

/* --- Logging in ----------------------------------------------------------------------------- */

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

/* --- Side by side --------------------------------------------------------------------------- */

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

/* --- Ends ----------------------------------------------------------------------------------- */

void suite_remove_leaves_a_tombstone(struct bench *b)
{
	struct visitor v;

	visitor_arrives(&v, b, SLICE("alice"));
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_LOGOUT);
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

/* --- Time ----------------------------------------------------------------------------------- */

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
		ended += store_expire_due(b->store, 7, &more);
	cr_expect_eq(ended, CROWD / 2);
	cr_expect_not(more);
	free(crowd);
}

/* --- Contents ------------------------------------------------------------------------------- */

void suite_values_hold_every_byte_of_json(struct bench *b)
{
	char value[512] = "\"", *at = value + 1;
	struct visitor v;

	for (int c = 0x20; c < 0x80; c++) {
		if (c == '"' || c == '\\')
			*at++ = '\\';
		*at++ = (char)c;
	}
	at += sprintf(at, "\\u0001\\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf\"");
	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), slice_from(value)), STORE_OK);
	expect_attribute(b, &v, SLICE("a"), slice_from(value));
	/* names too: {, }, :, spaces and quotes mean something to some stores */
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("{a}:b 'c' \"d\"\n\xc3\xa9"), SLICE("null")),
		      STORE_OK);
	expect_attribute(b, &v, SLICE("{a}:b 'c' \"d\"\n\xc3\xa9"), SLICE("null"));
}

void suite_session_of_256_attributes(struct bench *b)
{
	struct change changes[256];
	char names[256][8];
	struct visitor v;
	struct answer a;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("first"), absent), STORE_OK);
	for (size_t i = 0; i < 256; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		changes[i] = (struct change){ slice_from(names[i]), SLICE("true") };
	}
	d = visitor_delta(&v);
	d.changes = changes;
	d.change_count = 256;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	a = bench_find(b, v.id);
	cr_expect_eq(a.session->attribute_count, 256);
	answer_fini(&a);
	for (size_t i = 0; i < 256; i++)
		expect_attribute(b, &v, slice_from(names[i]), SLICE("true"));
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("one more"), SLICE("1")), STORE_LIMIT);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("n255"), SLICE("2")), STORE_OK);
}

void suite_session_of_a_mebibyte(struct bench *b)
{
	size_t bytes = wide.max_value;
	char *text = malloc(bytes);
	struct slice half = { text, bytes };
	struct visitor v;

	cr_assert_not_null(text);
	memset(text, 'x', bytes);
	text[0] = text[bytes - 1] = '"';
	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("first"), absent), STORE_OK);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), half), STORE_OK);
	/* two names of one byte more would be over it */
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("b"), half), STORE_LIMIT);
	half = slice_of(text + 2, bytes - 2);
	text[2] = '"';
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("b"), half), STORE_OK);
	expect_attribute(b, &v, SLICE("b"), half);
	EXPECT_ANSWER(visitor_touches(&v, b), STORE_OK);
	free(text);
}

/* --- Two loops ------------------------------------------------------------------------------ */

enum { HAMMER_SAVES = 400, HAMMER_NAMES = 50 };

struct hammer {
	struct bench bench;
	const struct visitor *visitor;
	char prefix;
	unsigned failures;
};

static void *hammer_run(void *ctx)
{
	struct hammer *h = ctx;

	for (unsigned i = 0; i < HAMMER_SAVES; i++) {
		char name[16], value[16];
		struct answer a;

		snprintf(name, sizeof(name), "%c%u", h->prefix, i % HAMMER_NAMES);
		snprintf(value, sizeof(value), "%u", i);
		a = visitor_sets(h->visitor, &h->bench, slice_from(name), slice_from(value));
		h->failures += a.status != STORE_OK;
		answer_fini(&a);
		a = bench_find(&h->bench, h->visitor->id);
		h->failures += a.status != STORE_OK;
		answer_fini(&a);
		bench_expire(&h->bench, 10);
	}
	return NULL;
}

void suite_two_loops_lose_nothing(struct bench *b)
{
	struct hammer hammers[2];
	pthread_t threads[2];
	struct visitor v;
	struct answer a;

	visitor_arrives(&v, b, SLICE(""));
	for (size_t i = 0; i < 2; i++) {
		hammers[i] = (struct hammer){ *b, &v, (char)('a' + i), 0 };
		bench_connect(&hammers[i].bench);
		cr_assert_eq(pthread_create(&threads[i], NULL, hammer_run, &hammers[i]), 0);
	}
	for (size_t i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		bench_disconnect(&hammers[i].bench);
		cr_expect_eq(hammers[i].failures, 0);
	}
	a = bench_find(b, v.id);
	cr_assert_eq(a.status, STORE_OK);
	cr_expect_eq(a.session->version, 1 + 2 * HAMMER_SAVES);
	cr_expect_eq(a.session->attribute_count, 1 + 2 * HAMMER_NAMES);
	for (unsigned i = 0; i < 2 * HAMMER_NAMES; i++) {
		char name[16], value[16];

		snprintf(name, sizeof(name), "%c%u", 'a' + i / HAMMER_NAMES, i % HAMMER_NAMES);
		snprintf(value, sizeof(value), "%u",
			 HAMMER_SAVES - HAMMER_NAMES + i % HAMMER_NAMES);
		expect_attribute(b, &v, slice_from(name), slice_from(value));
	}
	answer_fini(&a);
}
