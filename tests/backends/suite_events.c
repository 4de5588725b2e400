/* suite_events.c - what a store tells of what happens to sessions, and what it counts; see suite.h. */
#include "tests/backends/told.h"
#include "tests/backends/visitor.h"

#include <pthread.h>

static const struct store_user alice = { SLICE("default"), SLICE("alice") };

struct expected {
	enum event_type type;
	enum event_cause cause;
	const struct visitor *of; /* NULL: of a user */
	const char *user;
};

/* Just these, in this order; each as of now. */
static void expect_told(const struct told *t, const struct bench *b,
			const struct expected *expected, size_t count)
{
	cr_assert_eq(t->count, count, "%zu events", t->count);
	for (size_t i = 0; i < count; i++) {
		const struct told_event *e = &t->events[i];
		struct slice id = expected[i].of != NULL ? expected[i].of->id : SLICE("");

		cr_expect_eq(e->type, expected[i].type, "%zu: %s", i, event_type_text(e->type));
		cr_expect_eq(e->cause, expected[i].cause, "%zu: %s", i, event_cause_text(e->cause));
		cr_expect(slice_equal(slice_from(e->session), id), "%zu: %s", i, e->session);
		cr_expect_str_eq(e->user, expected[i].user, "%zu", i);
		cr_expect_str_eq(e->realm, "default");
		cr_expect_str_eq(e->application, expected[i].of != NULL ? "app" : "");
		cr_expect_leq(e->at_ms, b->fixture->now());
	}
}

/* The same of those that came since the last time. */
static void expect_news(struct told *t, struct bench *b, const struct expected *expected,
			size_t count)
{
	told_news(t, b);
	expect_told(t, b, expected, count);
}

#define EXPECT_NEWS(...)                                                        \
	do {                                                                    \
		const struct expected rows_[] = { __VA_ARGS__ };                \
		expect_news(&told, b, rows_, sizeof(rows_) / sizeof(rows_[0])); \
	} while (0)
#define EXPECT_NO_NEWS() expect_news(&told, b, NULL, 0)

static uint64_t counted(const struct bench *b, enum event_type type, enum event_cause cause)
{
	return event_counted(backend_counts(b->backend), type, cause);
}

void suite_events_tell_a_session_s_life(struct bench *b)
{
	struct told told = { 0 };
	struct visitor v, w;

	told_news(&told, b);
	visitor_arrives(&v, b, SLICE(""));
	EXPECT_NEWS({ EVENT_CREATED, EVENT_CAUSE_NONE, &v, "" });
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_OK);
	EXPECT_ANSWER(visitor_touches(&v, b), STORE_OK);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	EXPECT_NO_NEWS();
	EXPECT_ANSWER(visitor_logs_in(&v, b, alice.name), STORE_OK);
	EXPECT_NEWS({ EVENT_LOGIN, EVENT_CAUSE_NONE, &v, "alice" });
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	EXPECT_ENDED(bench_remove(b, v.id), STORE_CAUSE_LOGOUT);
	EXPECT_NEWS({ EVENT_LOGGED_OUT, EVENT_CAUSE_NONE, &v, "alice" });
	visitor_arrives(&w, b, SLICE("bob"));
	EXPECT_NEWS({ EVENT_CREATED, EVENT_CAUSE_NONE, &w, "bob" },
		    { EVENT_LOGIN, EVENT_CAUSE_NONE, &w, "bob" });
	EXPECT_ANSWER(visitor_logs_in(&w, b, SLICE("")), STORE_OK);
	EXPECT_NEWS({ EVENT_ROTATED, EVENT_CAUSE_NONE, &w, "" });
	cr_expect_eq(counted(b, EVENT_CREATED, EVENT_CAUSE_NONE), 2);
	cr_expect_eq(counted(b, EVENT_LOGIN, EVENT_CAUSE_NONE), 2);
	cr_expect_eq(counted(b, EVENT_LOGGED_OUT, EVENT_CAUSE_NONE), 1);
	/* the secret that the login replaced counts as a rotation, and is not told */
	cr_expect_eq(counted(b, EVENT_ROTATED, EVENT_CAUSE_NONE), 1);
	cr_expect_eq(backend_counts(b->backend)->renewals, 1);
	told_fini(&told);
}

void suite_events_tell_new_secrets(struct bench *b)
{
	struct renewal renewal = some_renewal();
	struct rotation rotation = { .hash = { 1 } }, late = { .hash = { 2 } };
	struct told told = { 0 };
	struct visitor v;
	struct answer a;
	struct delta d;

	visitor_arrives(&v, b, alice.name);
	told_news(&told, b);
	d = visitor_delta(&v);
	d.renewal = &renewal;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	v.epoch = renewal.epoch;
	EXPECT_NEWS({ EVENT_ROTATED, EVENT_CAUSE_NONE, &v, "alice" });
	a = bench_find(b, v.id);
	memcpy(rotation.expected, a.session->hash, sizeof(rotation.expected));
	memcpy(late.expected, a.session->hash, sizeof(late.expected));
	answer_fini(&a);
	d = visitor_delta(&v);
	d.rotation = &rotation;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	EXPECT_NEWS({ EVENT_ROTATED, EVENT_CAUSE_NONE, &v, "alice" });
	/* one that has lost is none */
	d = visitor_delta(&v);
	d.rotation = &late;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	EXPECT_NO_NEWS();
	told_fini(&told);
}

/* Announced once, by whoever comes by first. */
void suite_events_tell_which_clock_ran_out(struct bench *b)
{
	struct told told = { 0 };
	struct visitor v;

	visitor_arrives(&v, b, alice.name);
	told_news(&told, b);
	b->fixture->pass(IDLE_MS + TOUCH_MS);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_EXPIRED);
	EXPECT_NO_NEWS();
	cr_expect_eq(bench_expire(b, 100), 1);
	EXPECT_ENDED(bench_remove(b, v.id), STORE_CAUSE_EXPIRED);
	EXPECT_NEWS({ EVENT_EXPIRED, EVENT_CAUSE_IDLE, &v, "alice" });
	visitor_arrives(&v, b, SLICE(""));
	for (int64_t at = 0; at < ABSOLUTE_MS; at += IDLE_MS / 2) {
		EXPECT_ANSWER(visitor_touches(&v, b), STORE_OK);
		b->fixture->pass(IDLE_MS / 2);
	}
	told_news(&told, b);
	EXPECT_ENDED(bench_remove(b, v.id), STORE_CAUSE_EXPIRED);
	cr_expect_eq(bench_expire(b, 100), 0);
	EXPECT_NEWS({ EVENT_EXPIRED, EVENT_CAUSE_ABSOLUTE, &v, "" });
	/* nobody came by for so long that it was forgotten */
	visitor_arrives(&v, b, alice.name);
	told_news(&told, b);
	b->fixture->pass(IDLE_MS + TOUCH_MS + TOMBSTONE_MS);
	EXPECT_ANSWER(visitor_comes(&v, b, SLICE("")), STORE_OK);
	EXPECT_NEWS({ EVENT_EXPIRED, EVENT_CAUSE_IDLE, &v, "alice" },
		    { EVENT_CREATED, EVENT_CAUSE_NONE, &v, "" });
	cr_expect_eq(counted(b, EVENT_EXPIRED, EVENT_CAUSE_IDLE), 2);
	cr_expect_eq(counted(b, EVENT_EXPIRED, EVENT_CAUSE_ABSOLUTE), 1);
	told_fini(&told);
}

/* Which of two sessions' events comes first is the store's affair. */
static void expect_eviction(struct told *told, struct bench *b, const struct visitor *went,
			    const struct visitor *came)
{
	const struct expected end = { EVENT_EVICTED, EVENT_CAUSE_NONE, went, "alice" };
	const struct expected beginning[] = { { EVENT_CREATED, EVENT_CAUSE_NONE, came, "alice" },
					      { EVENT_LOGIN, EVENT_CAUSE_NONE, came, "alice" } };
	struct told ends;

	told_news(told, b);
	ends = told_of_session(told, went->id);
	expect_told(&ends, b, &end, 1);
	told_fini(&ends);
	ends = told_of_session(told, came->id);
	expect_told(&ends, b, beginning, 2);
	told_fini(&ends);
	cr_expect_eq(told->count, 3);
}

void suite_events_tell_evictions_and_denials(struct bench *b)
{
	const struct session_quota one = { 1, SESSION_EVICT_OLDEST }, full = { 1, SESSION_DENY };
	struct told told = { 0 };
	struct visitor v, w, x;

	visitor_arrives(&v, b, alice.name);
	visitor_init(&w);
	w.quota = one;
	told_news(&told, b);
	EXPECT_ANSWER(visitor_comes(&w, b, alice.name), STORE_OK);
	expect_eviction(&told, b, &v, &w);
	visitor_init(&v);
	v.quota = full;
	EXPECT_ANSWER(visitor_comes(&v, b, alice.name), STORE_FULL);
	EXPECT_NEWS({ EVENT_DENIED, EVENT_CAUSE_SESSION_LIMIT, &v, "alice" });
	visitor_arrives(&x, b, SLICE("bob"));
	told_news(&told, b);
	x.quota = full;
	EXPECT_ANSWER(visitor_logs_in(&x, b, alice.name), STORE_FULL);
	EXPECT_NEWS({ EVENT_DENIED, EVENT_CAUSE_SESSION_LIMIT, &x, "alice" });
	cr_expect_eq(counted(b, EVENT_EVICTED, EVENT_CAUSE_NONE), 1);
	cr_expect_eq(counted(b, EVENT_DENIED, EVENT_CAUSE_SESSION_LIMIT), 2);
	told_fini(&told);
}

void suite_events_tell_blocks(struct bench *b)
{
	struct told told = { 0 };
	struct visitor v;

	visitor_arrives(&v, b, alice.name);
	told_news(&told, b);
	bench_block_user(b, &alice, 0);
	EXPECT_NEWS({ EVENT_USER_BLOCKED, EVENT_CAUSE_NONE, NULL, "alice" },
		    { EVENT_REVOKED, EVENT_CAUSE_USER_BLOCKED, &v, "alice" });
	cr_expect_str_eq(told.events[0].reason, "left");
	cr_expect_str_eq(told.events[0].actor, "ops");
	cr_expect_str_eq(told.events[1].reason, "left");
	cr_expect_str_eq(told.events[1].actor, "ops");
	/* what changes nothing is none; another end is */
	bench_block_user(b, &alice, 0);
	EXPECT_NO_NEWS();
	bench_block_user(b, &alice, b->fixture->now() + 1000);
	EXPECT_NEWS({ EVENT_USER_BLOCKED, EVENT_CAUSE_NONE, NULL, "alice" });
	visitor_init(&v);
	told_news(&told, b);
	EXPECT_ANSWER(visitor_comes(&v, b, alice.name), STORE_BLOCKED);
	EXPECT_NEWS({ EVENT_DENIED, EVENT_CAUSE_USER_BLOCKED, &v, "alice" });
	bench_unblock_user(b, &alice);
	bench_unblock_user(b, &alice);
	EXPECT_NEWS({ EVENT_USER_UNBLOCKED, EVENT_CAUSE_NONE, NULL, "alice" });
	cr_expect_str_eq(told.events[0].actor, "ops");
	/* nor is one that lapses */
	bench_block_user(b, &alice, b->fixture->now() + 1000);
	told_news(&told, b);
	b->fixture->pass(1000);
	bench_expire(b, 100);
	bench_unblock_user(b, &alice);
	EXPECT_NO_NEWS();
	bench_block_user(b, &alice, b->fixture->now());
	EXPECT_NO_NEWS();
	told_fini(&told);
}

void suite_events_tell_who_was_removed_with_a_user(struct bench *b)
{
	struct told told = { 0 };
	struct visitor v, w;

	visitor_arrives(&v, b, alice.name);
	visitor_arrives(&w, b, alice.name);
	told_news(&told, b);
	bench_remove_user(b, &alice, v.id);
	EXPECT_NEWS({ EVENT_REVOKED, EVENT_CAUSE_NONE, &w, "alice" });
	bench_remove_user(b, &alice, v.id);
	EXPECT_NO_NEWS();
	cr_expect_eq(counted(b, EVENT_REVOKED, EVENT_CAUSE_NONE), 1);
	told_fini(&told);
}

void suite_events_tell_late_saves(struct bench *b)
{
	struct told told = { 0 };
	struct visitor v;

	visitor_arrives(&v, b, alice.name);
	told_news(&told, b);
	v.epoch++;
	EXPECT_ANSWER(visitor_touches(&v, b), STORE_MOVED);
	EXPECT_NO_NEWS();
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_MOVED);
	EXPECT_NEWS({ EVENT_LATE_SAVE_BLOCKED, EVENT_CAUSE_NONE, &v, "alice" });
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	told_news(&told, b);
	EXPECT_ENDED(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_CAUSE_LOGOUT);
	EXPECT_NEWS({ EVENT_LATE_SAVE_BLOCKED, EVENT_CAUSE_NONE, &v, "alice" });
	cr_expect_eq(counted(b, EVENT_LATE_SAVE_BLOCKED, EVENT_CAUSE_NONE), 2);
	told_fini(&told);
}

/* --- Readers --------------------------------------------------------------------------------- */

void suite_events_tell_what_gateways_say_of_themselves(struct bench *b)
{
	struct session_event said = {
		.type = EVENT_CONFIG_REJECTED,
		.at_ms = b->fixture->now() - 5000,
		.teller = UINT64_MAX,
		.actor = SLICE("ops"),
		.reason = SLICE("no such option"),
	};
	struct told told = { 0 };

	told_news(&told, b);
	cr_expect_eq(bench_tell(b, &said).status, STORE_OK);
	told_news(&told, b);
	cr_assert_eq(told.count, 1);
	cr_expect_eq(told.events[0].type, said.type);
	cr_expect_eq(told.events[0].at_ms, said.at_ms,
		     "it may have happened while the store was away");
	cr_expect_eq(told.events[0].teller, said.teller);
	cr_expect_str_eq(told.events[0].actor, "ops");
	cr_expect_str_eq(told.events[0].reason, "no such option");
	cr_expect_str_empty(told.events[0].session);
	EXPECT_NO_NEWS();
	told_fini(&told);
}

void suite_events_are_read_in_small_pieces_and_by_many(struct bench *b)
{
	struct told one = { 0 }, two = { 0 };
	struct visitor v;

	told_news(&one, b);
	told_news(&two, b);
	one.count = two.count = 0;
	for (unsigned i = 0; i < 20; i++)
		visitor_arrives(&v, b, alice.name);
	told_read(&one, b, 3);
	told_read(&two, b, 1000);
	cr_assert_eq(one.count, 40);
	cr_assert_eq(two.count, 40);
	for (size_t i = 0; i < one.count; i++) {
		cr_expect_str_eq(one.events[i].session, two.events[i].session);
		cr_expect_eq(one.events[i].type, i % 2 == 0 ? EVENT_CREATED : EVENT_LOGIN);
	}
	cr_expect_not(one.gap);
	told_fini(&one);
	told_fini(&two);
}

void suite_events_of_an_unknown_position_begin_with_a_gap(struct bench *b)
{
	static const char *const positions[] = { "x", "-", "1-1", "1780000000000-999999999", "0" };
	struct visitor v;

	visitor_arrives(&v, b, alice.name);
	for (size_t i = 0; i < sizeof(positions) / sizeof(positions[0]); i++) {
		struct told told = { .position_bytes = strlen(positions[i]) };

		memcpy(told.position, positions[i], told.position_bytes);
		told_read(&told, b, 1000);
		cr_expect(told.gap, "%s", positions[i]);
		cr_expect_eq(told_count(&told, EVENT_LOGIN), 1, "%s", positions[i]);
		told_fini(&told);
	}
}

/* A store keeps some thousands, and must not keep all. */
void suite_events_that_nobody_reads_are_dropped(struct bench *b)
{
	enum { MANY = 12000, KEPT = 1000 };
	struct told told = { 0 };
	struct visitor v;

	visitor_arrives(&v, b, alice.name);
	told_news(&told, b);
	for (unsigned i = 0; i < MANY; i++) {
		bench_block_user(b, &alice, 0);
		bench_unblock_user(b, &alice);
	}
	visitor_arrives(&v, b, SLICE("bob"));
	told_news(&told, b);
	cr_expect(told.gap);
	cr_expect_geq(told.count, KEPT);
	cr_expect_lt(told.count, 2 * MANY);
	cr_expect_eq(told.events[told.count - 1].type, EVENT_LOGIN);
	cr_expect_str_eq(told.events[told.count - 1].user, "bob");
	told_news(&told, b);
	cr_expect_not(told.gap);
	told_fini(&told);
}

/* --- Many loops ------------------------------------------------------------------------------ */

enum { TELLERS = 3, LIVES = 100 };

struct teller {
	struct bench bench;
	pthread_t thread;
	unsigned failures;
};

static void *teller_run(void *ctx)
{
	struct teller *t = ctx;

	for (unsigned i = 0; i < LIVES; i++) {
		struct visitor v;
		struct answer a;

		visitor_init(&v);
		v.quota = (struct session_quota){ 2, SESSION_EVICT_OLDEST };
		a = visitor_comes(&v, &t->bench, alice.name);
		t->failures += a.status != STORE_OK;
		answer_fini(&a);
		if (i % 2 == 0) {
			a = bench_remove(&t->bench, v.id);
			answer_fini(&a);
		}
	}
	return NULL;
}

/* Each creation, each login and each end is told once, and an end after its beginning. */
void suite_events_of_many_loops_are_all_told(struct bench *b)
{
	struct teller tellers[TELLERS];
	struct told told = { 0 };
	size_t ends;

	told_news(&told, b);
	for (size_t i = 0; i < TELLERS; i++) {
		tellers[i] = (struct teller){ .bench = *b };
		bench_connect(&tellers[i].bench);
		pthread_create(&tellers[i].thread, NULL, teller_run, &tellers[i]);
	}
	for (size_t i = 0; i < TELLERS; i++) {
		pthread_join(tellers[i].thread, NULL);
		bench_disconnect(&tellers[i].bench);
		cr_expect_eq(tellers[i].failures, 0);
	}
	told_news(&told, b);
	ends = told_count(&told, EVENT_LOGGED_OUT) + told_count(&told, EVENT_EVICTED);
	cr_expect_eq(told_count(&told, EVENT_CREATED), TELLERS * LIVES);
	cr_expect_eq(told_count(&told, EVENT_LOGIN), TELLERS * LIVES);
	cr_expect_eq(ends + bench_remove_user(b, &alice, SLICE("")).count, TELLERS * LIVES);
	for (size_t i = 0; i < told.count; i++) {
		bool end = told.events[i].type == EVENT_EVICTED ||
			   told.events[i].type == EVENT_LOGGED_OUT;
		unsigned same = 0;

		for (size_t j = 0; j < i; j++)
			same += strcmp(told.events[j].session, told.events[i].session) == 0;
		cr_assert_eq(same, end ? 2 : told.events[i].type == EVENT_LOGIN ? 1 : 0);
	}
	told_fini(&told);
}
