/* suite_marks.c - what a session is made of only once; see suite.h. */
#include "tests/backends/told.h"
#include "tests/backends/visitor.h"

#include <pthread.h>
#include <stdlib.h>

enum { UNTIL_MS = 100 * ABSOLUTE_MS };

/* Of something that nobody has ever taken over. */
struct former {
	uint8_t hash[STORE_MARK_BYTES];
	struct store_mark mark;
};

static void former_init(struct former *f, struct bench *b)
{
	for (size_t i = 0; i < sizeof(f->hash) / sizeof(uint64_t); i++) {
		uint64_t n = some_number();

		memcpy(f->hash + i * sizeof(n), &n, sizeof(n));
	}
	f->mark = (struct store_mark){ f->hash, b->fixture->now() + UNTIL_MS };
}

static struct answer adopt_session(struct bench *b, const struct session *s,
				   const struct session_quota *quota, const struct store_mark *mark)
{
	struct answer a = { 0 };

	store_create(b->store, s, quota, mark, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

/* As visitor_comes(). */
static struct answer visitor_adopts(struct visitor *v, struct bench *b, struct slice user,
				    const struct store_mark *mark)
{
	const struct change first = { SLICE("first"), SLICE("1") };
	const struct session *s = visitor_session(v, b, user, &first, 1);
	struct answer a = adopt_session(b, s, &v->quota, mark);

	session_unref(&s);
	return a;
}

/* The status of one more visitor's attempt. */
static enum store_status another_adopts(struct bench *b, const struct store_mark *mark)
{
	enum store_status status;
	struct visitor v;
	struct answer a;

	visitor_init(&v);
	a = visitor_adopts(&v, b, SLICE(""), mark);
	status = a.status;
	cr_expect_eq(a.session != NULL, status == STORE_OK);
	answer_fini(&a);
	EXPECT_ANSWER(bench_find(b, v.id), status == STORE_OK ? STORE_OK : STORE_NOT_FOUND);
	return status;
}

void suite_of_one_mark_one_session_is_made(struct bench *b)
{
	struct former f, g;
	struct visitor v, w;

	former_init(&f, b);
	former_init(&g, b);
	visitor_init(&v);
	EXPECT_ANSWER(visitor_adopts(&v, b, SLICE(""), &f.mark), STORE_OK);
	expect_attribute(b, &v, SLICE("first"), SLICE("1"));
	cr_expect_eq(another_adopts(b, &f.mark), STORE_MARKED);
	cr_expect_eq(another_adopts(b, &g.mark), STORE_OK);
	visitor_init(&w);
	w.realm = SLICE("other");
	EXPECT_ANSWER(visitor_adopts(&w, b, SLICE(""), &f.mark), STORE_OK);
}

void suite_mark_outlives_its_session(struct bench *b)
{
	const struct store_user alice = { SLICE("default"), SLICE("alice") };
	struct former f;
	struct visitor v;

	former_init(&f, b);
	visitor_init(&v);
	EXPECT_ANSWER(visitor_adopts(&v, b, alice.name, &f.mark), STORE_OK);
	cr_expect_eq(bench_block_user(b, &alice, 0).status, STORE_OK);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_BLOCKED);
	cr_expect_eq(another_adopts(b, &f.mark), STORE_MARKED);
	cr_expect_eq(bench_unblock_user(b, &alice).status, STORE_OK);
	b->fixture->pass(TOMBSTONE_MS);
	bench_expire(b, 1000);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_NOT_FOUND);
	cr_expect_eq(another_adopts(b, &f.mark), STORE_MARKED);
}

/* By a mark that is over before it begins. */
static void expect_asking_says(struct bench *b, const struct former *f, int64_t made_ms)
{
	struct store_mark over = { f->hash, 0 };
	struct visitor v;
	struct answer a;

	visitor_init(&v);
	a = visitor_adopts(&v, b, SLICE(""), &over);
	cr_expect_eq(a.status, STORE_MARKED);
	cr_expect_eq(a.marked_ms, made_ms);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_NOT_FOUND);
}

void suite_mark_says_when_it_was_made(struct bench *b)
{
	int64_t made_ms = b->fixture->now();
	struct former f;
	struct visitor v;
	struct answer a;

	former_init(&f, b);
	expect_asking_says(b, &f, 0);
	cr_expect_eq(another_adopts(b, &f.mark), STORE_OK);
	b->fixture->pass(5000);
	visitor_init(&v);
	a = visitor_adopts(&v, b, SLICE(""), &f.mark);
	cr_expect_eq(a.status, STORE_MARKED);
	cr_expect_eq(a.marked_ms, made_ms);
	expect_asking_says(b, &f, made_ms);
	b->fixture->pass(UNTIL_MS);
	a = visitor_adopts(&v, b, SLICE(""), &f.mark);
	cr_expect_eq(a.status, STORE_MARKED);
	cr_expect_eq(a.marked_ms, 0);
	expect_asking_says(b, &f, 0);
}

void suite_mark_lapses_at_its_time(struct bench *b)
{
	/* with and without the sweeper having been there */
	for (unsigned swept = 0; swept < 2; swept++) {
		struct store_mark later;
		struct former f;

		former_init(&f, b);
		cr_expect_eq(another_adopts(b, &f.mark), STORE_OK);
		later = (struct store_mark){ f.hash, f.mark.until_ms + 1000 };
		b->fixture->pass(UNTIL_MS - 1);
		if (swept > 0)
			bench_expire(b, 1000);
		cr_expect_eq(another_adopts(b, &later), STORE_MARKED);
		b->fixture->pass(1);
		if (swept > 0)
			bench_expire(b, 1000);
		cr_expect_eq(another_adopts(b, &f.mark), STORE_MARKED, "its time is over");
		cr_expect_eq(another_adopts(b, &later), STORE_OK);
		cr_expect_eq(another_adopts(b, &later), STORE_MARKED);
	}
}

static const struct session *marked_session(struct visitor *v, struct bench *b)
{
	visitor_init(v);
	return visitor_session(v, b, SLICE(""), NULL, 0);
}

void suite_marked_create_repeated_is_created_once(struct bench *b)
{
	struct told told = { 0 };
	const struct session *s;
	struct former f;
	struct visitor v;

	told_news(&told, b);
	former_init(&f, b);
	s = marked_session(&v, b);
	EXPECT_ANSWER(adopt_session(b, s, &any_number, &f.mark), STORE_OK);
	EXPECT_ANSWER(adopt_session(b, s, &any_number, &f.mark), STORE_OK);
	session_unref(&s);
	told_news(&told, b);
	cr_assert_eq(told.count, 1);
	cr_expect_eq(told.events[0].type, EVENT_CREATED);
	cr_expect_eq(told.events[0].cause, EVENT_CAUSE_ADOPTED);
	cr_expect(slice_equal(slice_from(told.events[0].session), v.id));
	cr_expect_eq(event_counted(backend_counts(b->backend), EVENT_CREATED, EVENT_CAUSE_ADOPTED),
		     1);
	told_fini(&told);
}

/* Whoever is turned away may come again. */
void suite_create_that_is_refused_leaves_no_mark(struct bench *b)
{
	const struct store_user alice = { SLICE("default"), SLICE("alice") };
	struct former f;
	struct visitor v;

	former_init(&f, b);
	cr_expect_eq(bench_block_user(b, &alice, 0).status, STORE_OK);
	visitor_init(&v);
	EXPECT_ANSWER(visitor_adopts(&v, b, alice.name, &f.mark), STORE_BLOCKED);
	visitor_arrives(&v, b, SLICE(""));
	EXPECT_ANSWER(visitor_adopts(&v, b, SLICE(""), &f.mark), STORE_MOVED);
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	EXPECT_ENDED(visitor_adopts(&v, b, SLICE(""), &f.mark), STORE_CAUSE_LOGOUT);
	cr_expect_eq(another_adopts(b, &f.mark), STORE_OK);
}

/* --- At once --------------------------------------------------------------------------------- */

enum { ADOPTERS = 3, FORMERS = 200 };

struct adopter {
	struct bench bench;
	pthread_t thread;
	pthread_barrier_t *start;
	const struct former *formers;
	enum store_status came_to[FORMERS];
	struct visitor visitors[FORMERS];
};

static void *adopter_run(void *ctx)
{
	struct adopter *r = ctx;

	for (size_t i = 0; i < FORMERS; i++)
		visitor_init(&r->visitors[i]);
	pthread_barrier_wait(r->start);
	for (size_t i = 0; i < FORMERS; i++) {
		struct slice user = i % 2 == 0 ? SLICE("alice") : SLICE("");
		struct answer a =
			visitor_adopts(&r->visitors[i], &r->bench, user, &r->formers[i].mark);

		r->came_to[i] = a.status;
		answer_fini(&a);
		bench_expire(&r->bench, 10);
	}
	return NULL;
}

static void expect_one_winner(struct adopter *adopters, size_t i)
{
	unsigned won = 0;

	for (size_t j = 0; j < ADOPTERS; j++) {
		enum store_status status = adopters[j].came_to[i];

		cr_expect(status == STORE_OK || status == STORE_MARKED, "%s",
			  store_status_text(status));
		won += status == STORE_OK;
		EXPECT_ANSWER(bench_find(&adopters[0].bench, adopters[j].visitors[i].id),
			      status == STORE_OK ? STORE_OK : STORE_NOT_FOUND);
	}
	cr_expect_eq(won, 1, "%zu: %u", i, won);
}

void suite_of_parallel_creates_with_one_mark_one_wins(struct bench *b)
{
	struct adopter *adopters = calloc(ADOPTERS, sizeof(*adopters));
	struct former *formers = calloc(FORMERS, sizeof(*formers));
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, ADOPTERS);
	for (size_t i = 0; i < FORMERS; i++)
		former_init(&formers[i], b);
	for (size_t i = 0; i < ADOPTERS; i++) {
		struct adopter *r = &adopters[i];

		r->bench = *b;
		r->start = &start;
		r->formers = formers;
		bench_connect(&r->bench);
		cr_assert_eq(pthread_create(&r->thread, NULL, adopter_run, r), 0);
	}
	for (size_t i = 0; i < ADOPTERS; i++)
		pthread_join(adopters[i].thread, NULL);
	for (size_t i = 0; i < FORMERS; i++)
		expect_one_winner(adopters, i);
	for (size_t i = 0; i < ADOPTERS; i++)
		bench_disconnect(&adopters[i].bench);
	pthread_barrier_destroy(&start);
	free(adopters);
	free(formers);
}
