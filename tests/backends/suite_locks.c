/* suite_locks.c - one at a time; see suite.h. Time is the real one here: leases and waits are the loops'. */
#include "tests/backends/visitor.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	LONG_MS = 600000, /* longer than any case may last */
	SHORT_MS = 60,
	PATIENCE_MS = 30000,
	LINE = 6,
	CROWD = 1000,
	THREADS = 4,
	ROUNDS = 500,
};

/* One request for a lock, and what became of it. */
struct request {
	struct bench *bench;
	const struct visitor *visitor;
	struct store_op *op;
	struct answer answer;
};

static struct store_claim claim_of(const struct visitor *v)
{
	return (struct store_claim){
		.realm = v->realm, .hash = v->hash, .lease_ms = LONG_MS, .wait_ms = LONG_MS
	};
}

static void on_locked(void *ctx, const struct store_result *result)
{
	struct request *r = ctx;

	r->op = NULL;
	answer_take(&r->answer, result);
}

static void ask(struct request *r, struct bench *b, const struct visitor *v,
		const struct store_claim *claim)
{
	*r = (struct request){ .bench = b, .visitor = v };
	r->op = store_lock(b->store, v->id, claim, on_locked, r);
}

static bool comes(struct request *r)
{
	int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

	while (r->op != NULL && clock_mono_ms() < until_ms) {
		bench_turn(r->bench);
		if (r->op != NULL)
			usleep(500);
	}
	return r->answer.times == 1;
}

static void wait_for(struct request *r)
{
	cr_assert(comes(r));
}

/* What this loop has asked for, also what it hears nothing of, has reached the store. */
static void reaches(struct bench *b, const struct visitor *v)
{
	struct answer later = bench_find(b, v->id);

	answer_fini(&later);
}

/* Turns in which an answer would have come. */
static bool still_waits(struct request *r)
{
	reaches(r->bench, r->visitor);
	for (unsigned i = 0; i < 20; i++)
		bench_turn(r->bench);
	return r->answer.times == 0;
}

/* The lock is to be had at once. */
static void lock(struct request *r, struct bench *b, const struct visitor *v)
{
	struct store_claim claim = claim_of(v);

	ask(r, b, v, &claim);
	wait_for(r);
	cr_assert_eq(r->answer.status, STORE_OK, "%s", store_status_text(r->answer.status));
	cr_assert_neq(r->answer.fence, 0);
}

static void line_up(struct request *r, struct bench *b, const struct visitor *v)
{
	struct store_claim claim = claim_of(v);

	ask(r, b, v, &claim);
	cr_assert(still_waits(r));
}

static void unlock(struct request *r)
{
	store_unlock(r->bench->store, r->visitor->id, r->answer.fence);
	answer_fini(&r->answer);
	reaches(r->bench, r->visitor);
}

static void cancel(struct request *r)
{
	store_cancel(r->bench->store, &r->op);
	reaches(r->bench, r->visitor);
}

static void expect_locked(struct request *r)
{
	wait_for(r);
	cr_expect_eq(r->answer.status, STORE_OK, "%s", store_status_text(r->answer.status));
	cr_expect_neq(r->answer.fence, 0);
	cr_expect_not_null(r->answer.session);
}

/* The record, for the caller to judge; or what there is instead of one. */
static void expect_no_lock(struct request *r, enum store_status status)
{
	wait_for(r);
	cr_expect_eq(r->answer.status, status, "%s", store_status_text(r->answer.status));
	cr_expect_eq(r->answer.fence, 0);
	if (status == STORE_OK)
		cr_expect_not_null(r->answer.session);
	answer_fini(&r->answer);
}

static struct answer save_under(const struct request *r, struct slice name, struct slice value)
{
	struct change change = { name, value };
	struct delta d = visitor_delta(r->visitor);

	d.fence = r->answer.fence;
	d.changes = &change;
	d.change_count = 1;
	return bench_save(r->bench, r->visitor->id, &d);
}

/* --- Who gets it ---------------------------------------------------------------------------- */

void suite_lock_gives_the_record_and_a_fence(struct bench *b)
{
	struct request r;
	struct visitor v;
	struct slice value;
	uint64_t before = 0;

	visitor_arrives(&v, b, SLICE("alice"));
	for (unsigned i = 0; i < 3; i++) {
		lock(&r, b, &v);
		cr_expect(session_get(r.answer.session, SLICE("first"), &value));
		cr_expect_gt(r.answer.fence, before);
		before = r.answer.fence;
		unlock(&r);
	}
}

void suite_lock_of_what_is_not_there(struct bench *b)
{
	struct store_claim claim;
	struct request r;
	struct visitor v;

	visitor_init(&v);
	claim = claim_of(&v);
	ask(&r, b, &v, &claim);
	expect_no_lock(&r, STORE_NOT_FOUND);
	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	ask(&r, b, &v, &claim);
	wait_for(&r);
	cr_expect_eq(r.answer.cause, STORE_CAUSE_LOGOUT);
	expect_no_lock(&r, STORE_ENDED);
}

/* Neither does he get it, nor does anybody wait for him, nor he for others. */
static void expect_stranger(struct bench *b, const struct visitor *v,
			    const struct store_claim *claim)
{
	struct request holder, stranger;

	ask(&stranger, b, v, claim);
	expect_no_lock(&stranger, STORE_OK);
	lock(&holder, b, v);
	ask(&stranger, b, v, claim);
	expect_no_lock(&stranger, STORE_OK);
	unlock(&holder);
}

void suite_only_who_knows_the_secret_locks(struct bench *b)
{
	struct store_claim wrong, elsewhere;
	struct visitor v, other;

	visitor_arrives(&v, b, SLICE(""));
	visitor_arrives(&other, b, SLICE(""));
	wrong = elsewhere = claim_of(&v);
	wrong.hash = other.hash;
	elsewhere.realm = SLICE("elsewhere");
	expect_stranger(b, &v, &wrong);
	expect_stranger(b, &v, &elsewhere);
}

void suite_secret_that_was_replaced_locks_as_long_as_it_is_good(struct bench *b)
{
	struct rotation rotation;
	struct request r;
	struct visitor v, old;
	struct store_claim claim;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	d = visitor_delta(&v);
	d.rotation = &rotation;
	memcpy(rotation.hash, some_renewal().hash, TOKEN_HASH_BYTES);
	memcpy(rotation.expected, v.hash, TOKEN_HASH_BYTES);
	rotation.lost = false;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	lock(&r, b, &v); /* the old one is good until the new one was seen */
	unlock(&r);
	memcpy(v.hash, rotation.hash, TOKEN_HASH_BYTES);
	lock(&r, b, &v);
	unlock(&r);
	old = v;
	EXPECT_ANSWER(visitor_logs_in(&v, b, SLICE("alice")), STORE_OK);
	claim = claim_of(&old);
	expect_stranger(b, &v, &claim);
}

/* --- The line ------------------------------------------------------------------------------- */

void suite_lock_is_first_come_first_served(struct bench *b)
{
	struct request line[LINE];
	struct bench other = *b;
	struct visitor v;

	bench_connect(&other);
	visitor_arrives(&v, b, SLICE(""));
	lock(&line[0], b, &v);
	for (size_t i = 1; i < LINE; i++)
		line_up(&line[i], i % 2 == 0 ? b : &other, &v);
	for (size_t i = 1; i < LINE; i++) {
		unlock(&line[i - 1]);
		expect_locked(&line[i]);
		for (size_t k = i + 1; k < LINE; k++)
			cr_expect(still_waits(&line[k]), "%zu before %zu", k, i);
		cr_expect_gt(line[i].answer.fence, line[i - 1].answer.fence);
	}
	unlock(&line[LINE - 1]);
	bench_disconnect(&other);
}

void suite_sessions_have_locks_of_their_own(struct bench *b)
{
	struct request one, two;
	struct visitor v, w;

	visitor_arrives(&v, b, SLICE(""));
	visitor_arrives(&w, b, SLICE(""));
	lock(&one, b, &v);
	lock(&two, b, &w);
	unlock(&one);
	unlock(&two);
}

void suite_who_waits_sees_what_was_saved_before(struct bench *b)
{
	struct request first, second;
	struct slice value;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	lock(&first, b, &v);
	line_up(&second, b, &v);
	EXPECT_ANSWER(save_under(&first, SLICE("n"), SLICE("1")), STORE_OK);
	expect_locked(&second);
	cr_expect(session_get(second.answer.session, SLICE("n"), &value));
	answer_fini(&first.answer);
	unlock(&second);
}

void suite_who_waits_too_long_is_told_busy(struct bench *b)
{
	struct request first, second;
	struct store_claim claim;
	struct visitor v;
	int64_t began_ms;

	visitor_arrives(&v, b, SLICE(""));
	lock(&first, b, &v);
	claim = claim_of(&v);
	claim.wait_ms = 0;
	ask(&second, b, &v, &claim);
	expect_no_lock(&second, STORE_BUSY);
	claim.wait_ms = SHORT_MS;
	began_ms = clock_mono_ms();
	ask(&second, b, &v, &claim);
	expect_no_lock(&second, STORE_BUSY);
	cr_expect_geq(clock_mono_ms() - began_ms, SHORT_MS / 2);
	unlock(&first);
	lock(&second, b, &v);
	unlock(&second);
}

void suite_cancelled_waiter_leaves_the_line(struct bench *b)
{
	struct request first, second, third;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	lock(&first, b, &v);
	line_up(&second, b, &v);
	line_up(&third, b, &v);
	cancel(&second);
	unlock(&first);
	expect_locked(&third);
	cr_expect_eq(second.answer.times, 0);
	unlock(&third);
}

/* It has been given, and its callback is on the way: to the same loop, and to another. */
void suite_cancel_hands_back_what_was_given(struct bench *b)
{
	struct store_claim claim;
	struct bench other = *b;
	struct request first, second, third;
	struct visitor v;

	bench_connect(&other);
	visitor_arrives(&v, b, SLICE(""));
	claim = claim_of(&v);
	ask(&first, b, &v, &claim);
	store_cancel(b->store, &first.op);
	lock(&first, b, &v);
	line_up(&second, &other, &v);
	line_up(&third, b, &v);
	unlock(&first);
	cancel(&second);
	expect_locked(&third);
	cr_expect(still_waits(&second));
	unlock(&third);
	bench_disconnect(&other);
}

void suite_thousand_wait_in_line(struct bench *b)
{
	struct request *crowd = calloc(CROWD, sizeof(*crowd));
	struct store_claim claim;
	struct bench other = *b;
	struct visitor v;

	cr_assert_not_null(crowd);
	bench_connect(&other);
	visitor_arrives(&v, b, SLICE(""));
	claim = claim_of(&v);
	for (size_t i = 0; i < CROWD; i++) {
		ask(&crowd[i], i % 2 == 0 ? b : &other, &v, &claim);
		reaches(crowd[i].bench, &v);
	}
	for (size_t i = 0; i < CROWD; i++) {
		expect_locked(&crowd[i]);
		cr_expect_eq(i > 0 && crowd[i].answer.fence <= crowd[i - 1].answer.fence, 0,
			     "place %zu", i);
		unlock(&crowd[i]);
	}
	bench_disconnect(&other);
	free(crowd);
}

/* --- How it ends ---------------------------------------------------------------------------- */

void suite_save_hands_the_lock_back(struct bench *b)
{
	struct request first, second, third;
	struct visitor v, guarded;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	lock(&first, b, &v);
	line_up(&second, b, &v);
	EXPECT_ANSWER(save_under(&first, SLICE("n"), SLICE("1")), STORE_OK);
	answer_fini(&first.answer);
	expect_locked(&second);
	line_up(&third, b, &v);
	guarded = v;
	guarded.epoch++;
	d = visitor_delta(&guarded);
	d.fence = second.answer.fence;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_MOVED);
	answer_fini(&second.answer);
	expect_locked(&third);
	unlock(&third);
}

void suite_save_repeated_needs_no_lock(struct bench *b)
{
	const struct change change = { SLICE("n"), SLICE("1") };
	struct request first, second;
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	lock(&first, b, &v);
	d = visitor_delta(&v);
	d.changes = &change;
	d.change_count = 1;
	d.fence = first.answer.fence;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	answer_fini(&first.answer);
	lock(&second, b, &v);
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	line_up(&first, b, &v); /* the second's lock is still there */
	unlock(&second);
	expect_locked(&first);
	unlock(&first);
}

void suite_save_that_keeps_the_lock_keeps_it(struct bench *b)
{
	struct request first, second;
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	lock(&first, b, &v);
	line_up(&second, b, &v);
	d = visitor_delta(&v);
	d.fence = first.answer.fence;
	d.keeps_lock = true;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	d.save_id++;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	unlock(&first);
	expect_locked(&second);
	d.save_id++;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_FENCED);
	unlock(&second);
}

void suite_released_lock_passes_on_and_its_fence_is_good_until_then(struct bench *b)
{
	struct request first, second;
	struct visitor v;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	lock(&first, b, &v);
	d = visitor_delta(&v);
	d.fence = first.answer.fence;
	d.keeps_lock = true;
	store_release(b->store, v.id, d.fence);
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	lock(&second, b, &v);
	d.save_id++;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_FENCED);
	store_release(b->store, v.id, d.fence);
	unlock(&first);
	unlock(&second);
}

void suite_unlock_is_idempotent(struct bench *b)
{
	struct request first, second, third;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	lock(&first, b, &v);
	unlock(&first);
	lock(&second, b, &v);
	unlock(&first);
	store_unlock(b->store, v.id, second.answer.fence + 1000);
	line_up(&third, b, &v);
	unlock(&second);
	expect_locked(&third);
	unlock(&third);
}

void suite_lease_that_runs_out_lets_the_next_one_in(struct bench *b)
{
	struct bench other = *b;
	struct request late, second;
	struct store_claim claim;
	struct visitor v;

	bench_connect(&other);
	visitor_arrives(&v, b, SLICE(""));
	claim = claim_of(&v);
	claim.lease_ms = SHORT_MS;
	ask(&late, b, &v, &claim);
	expect_locked(&late);
	claim = claim_of(&v);
	ask(&second, &other, &v, &claim);
	while (second.op != NULL) { /* whose timer it is, is the store's affair: both loops turn */
		bench_turn(b);
		bench_turn(&other);
	}
	cr_expect_gt(second.answer.fence, late.answer.fence);
	EXPECT_ANSWER(save_under(&late, SLICE("n"), SLICE("1")), STORE_FENCED);
	expect_attribute(b, &v, SLICE("n"), absent);
	unlock(&late);
	EXPECT_ANSWER(save_under(&second, SLICE("n"), SLICE("2")), STORE_OK);
	expect_attribute(b, &v, SLICE("n"), SLICE("2"));
	answer_fini(&second.answer);
	bench_disconnect(&other);
}

/* Also when that one has come and gone. */
void suite_fence_is_lost_to_a_later_one_for_good(struct bench *b)
{
	struct request late, second;
	struct store_claim claim;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	claim = claim_of(&v);
	claim.lease_ms = SHORT_MS;
	ask(&late, b, &v, &claim);
	expect_locked(&late);
	lock(&second, b, &v); /* waits for the lease */
	unlock(&second);
	EXPECT_ANSWER(save_under(&late, SLICE("n"), SLICE("1")), STORE_FENCED);
	answer_fini(&late.answer);
}

void suite_lease_that_nobody_followed_is_still_good(struct bench *b)
{
	struct request late;
	struct store_claim claim;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	claim = claim_of(&v);
	claim.lease_ms = 1;
	ask(&late, b, &v, &claim);
	expect_locked(&late);
	usleep(20000);
	bench_turn(b);
	EXPECT_ANSWER(save_under(&late, SLICE("n"), SLICE("1")), STORE_OK);
	answer_fini(&late.answer);
	lock(&late, b, &v);
	unlock(&late);
}

/* --- What happens to the session meanwhile -------------------------------------------------- */

static void end_by_logout(struct bench *b, struct visitor *v)
{
	EXPECT_ANSWER(bench_remove(b, v->id), STORE_OK);
}

static void end_by_time(struct bench *b, struct visitor *v)
{
	(void)v;
	b->fixture->pass(ABSOLUTE_MS + 1);
	bench_expire(b, 100);
}

static void end_by_user(struct bench *b, struct visitor *v)
{
	struct store_user who = { v->realm, SLICE("alice") };
	struct answer a = bench_remove_user(b, &who, SLICE(""));

	cr_expect_eq(a.status, STORE_OK);
}

static void end_by_block(struct bench *b, struct visitor *v)
{
	struct store_user who = { v->realm, SLICE("alice") };
	struct answer a = bench_block_user(b, &who, 0);

	cr_expect_eq(a.status, STORE_OK);
	cr_expect_eq(bench_unblock_user(b, &who).status, STORE_OK);
}

static void end_by_eviction(struct bench *b, struct visitor *v)
{
	struct visitor next;

	visitor_init(&next);
	next.quota.sessions = 1;
	b->fixture->pass(1);
	EXPECT_ANSWER(visitor_comes(&next, b, SLICE("alice")), STORE_OK);
	(void)v;
}

static const struct {
	const char *name;
	void (*end)(struct bench *b, struct visitor *v);
	enum store_cause cause;
} ends[] = {
	{ "logout", end_by_logout, STORE_CAUSE_LOGOUT },
	{ "time", end_by_time, STORE_CAUSE_EXPIRED },
	{ "the user's end", end_by_user, STORE_CAUSE_REVOKED },
	{ "block", end_by_block, STORE_CAUSE_BLOCKED },
	{ "eviction", end_by_eviction, STORE_CAUSE_EVICTED },
};

void suite_end_frees_all_who_wait(struct bench *b)
{
	struct bench other = *b;

	bench_connect(&other);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct request holder, waiting[2];
		struct visitor v;

		visitor_arrives(&v, b, SLICE("alice"));
		lock(&holder, b, &v);
		line_up(&waiting[0], b, &v);
		line_up(&waiting[1], &other, &v);
		ends[i].end(b, &v);
		for (size_t k = 0; k < 2; k++) {
			wait_for(&waiting[k]);
			cr_expect_eq(waiting[k].answer.cause, ends[i].cause, "%s: cause %d",
				     ends[i].name, waiting[k].answer.cause);
			expect_no_lock(&waiting[k], STORE_ENDED);
		}
		EXPECT_ENDED(save_under(&holder, SLICE("n"), SLICE("1")), ends[i].cause);
		unlock(&holder);
	}
	bench_disconnect(&other);
}

void suite_login_under_the_lock_dismisses_who_waits(struct bench *b)
{
	struct request holder, waiting, after;
	struct renewal renewal = some_renewal();
	struct visitor v, before;
	struct delta d;

	visitor_arrives(&v, b, SLICE(""));
	before = v;
	lock(&holder, b, &v);
	line_up(&waiting, b, &before);
	d = visitor_delta(&v);
	d.fence = holder.answer.fence;
	d.renewal = &renewal;
	EXPECT_ANSWER(bench_save(b, v.id, &d), STORE_OK);
	answer_fini(&holder.answer);
	expect_no_lock(&waiting, STORE_OK);
	memcpy(v.hash, renewal.hash, TOKEN_HASH_BYTES);
	lock(&after, b, &v);
	unlock(&after);
}

void suite_lock_is_nothing_to_those_without_it(struct bench *b)
{
	struct request holder;
	struct visitor v;

	visitor_arrives(&v, b, SLICE(""));
	lock(&holder, b, &v);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_OK);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_OK);
	EXPECT_ANSWER(visitor_touches(&v, b), STORE_OK);
	EXPECT_ANSWER(save_under(&holder, SLICE("b"), SLICE("2")), STORE_OK);
	answer_fini(&holder.answer);
	expect_attribute(b, &v, SLICE("a"), SLICE("1"));
	expect_attribute(b, &v, SLICE("b"), SLICE("2"));
}

/* --- All at once ---------------------------------------------------------------------------- */

struct counter {
	struct bench bench;
	const struct visitor *visitor;
	unsigned seed, counted, failures;
};

/* One more than there was under the lock: two at a time would count once. */
static void counter_count(struct counter *c, struct request *r)
{
	struct slice value = { NULL, 0 };
	uint64_t n = 0;
	struct answer a;
	char text[24];

	if (session_get(r->answer.session, SLICE("n"), &value))
		c->failures += !slice_number(value, UINT64_MAX, &n);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)n + 1);
	a = save_under(r, SLICE("n"), slice_from(text));
	c->failures += a.status != STORE_OK;
	c->counted++;
	answer_fini(&a);
	answer_fini(&r->answer);
}

/* By dice that fall alike each time. */
static bool counter_one_in_four(struct counter *c)
{
	c->seed = c->seed * 1103515245u + 12345u;
	return (c->seed >> 16) % 4 == 0;
}

/* A turn later he may be in line, or have the lock without having been told. */
static bool counter_changes_his_mind(struct counter *c, struct request *r)
{
	if (!counter_one_in_four(c))
		return false;
	bench_turn(&c->bench);
	if (r->op == NULL)
		return false;
	store_cancel(c->bench.store, &r->op);
	return true;
}

/* Without a word to Criterion, which listens to one thread at a time. */
static void *counter_run(void *ctx)
{
	struct counter *c = ctx;
	struct store_claim claim = claim_of(c->visitor);

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct request r;

		/* the lock may come at the very moment at which the wait is over */
		claim.wait_ms = counter_one_in_four(c) ? 1 : LONG_MS;
		ask(&r, &c->bench, c->visitor, &claim);
		if (counter_changes_his_mind(c, &r))
			continue;
		if (!comes(&r) || (r.answer.status != STORE_OK && r.answer.status != STORE_BUSY))
			c->failures++;
		else if (r.answer.fence == 0)
			continue;
		else if (counter_one_in_four(c))
			unlock(&r);
		else
			counter_count(c, &r);
	}
	return NULL;
}

void suite_counter_under_the_lock_counts_all(struct bench *b)
{
	struct counter counters[THREADS];
	pthread_t threads[THREADS];
	unsigned total = 0;
	struct visitor v;
	char text[16];

	visitor_arrives(&v, b, SLICE(""));
	for (unsigned i = 0; i < THREADS; i++) {
		counters[i] = (struct counter){ .bench = *b, .visitor = &v, .seed = i };
		bench_connect(&counters[i].bench);
		cr_assert_eq(pthread_create(&threads[i], NULL, counter_run, &counters[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		bench_disconnect(&counters[i].bench);
		cr_expect_eq(counters[i].failures, 0);
		total += counters[i].counted;
	}
	snprintf(text, sizeof(text), "%u", total);
	expect_attribute(b, &v, SLICE("n"), slice_from(text));
}
