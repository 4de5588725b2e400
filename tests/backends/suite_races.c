/* suite_races.c - what holds for a user while many loops log in, look, end and block at once; see suite.h. */
#include "tests/backends/visitor.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	RACERS = 3,
	LOGINS = 17, /* of each racer: 51 in all */
	LIMIT = 3,
	ROUNDS = 60,
};

static const struct store_user alice = { SLICE("default"), SLICE("alice") };

struct race {
	struct racer *racers;
	pthread_barrier_t start;
	atomic_bool over;    /* nobody logs in any more */
	atomic_bool blocked; /* the block's callback was here */
	struct session_quota quota;
};

/* One loop, on a thread of its own. */
struct racer {
	struct race *race;
	struct bench bench;
	pthread_t thread;
	struct visitor *visitors;
	size_t count;
	struct answer *answers;
	size_t most;    /* sessions that a reader saw at a time */
	unsigned wrong; /* what must not happen, how often */
};

typedef void *racer_fn(void *racer);

static void race_start(struct race *race, struct racer *r, const struct bench *b, racer_fn *run)
{
	*r = (struct racer){ .race = race, .bench = *b };
	bench_connect(&r->bench);
	r->visitors = calloc(ROUNDS + LOGINS, sizeof(*r->visitors));
	r->answers = calloc(LOGINS, sizeof(*r->answers));
	cr_assert_eq(pthread_create(&r->thread, NULL, run, r), 0);
}

static void racer_fini(struct racer *r)
{
	for (size_t i = 0; i < LOGINS; i++)
		answer_fini(&r->answers[i]);
	bench_disconnect(&r->bench);
	free(r->visitors);
	free(r->answers);
}

static size_t racer_count_sessions(struct racer *r)
{
	struct answer a = bench_list_user(&r->bench, &alice, STORE_PAGE);
	size_t count = a.count;

	r->wrong += a.status != STORE_OK;
	answer_fini(&a);
	return count;
}

/* --- The limit ------------------------------------------------------------------------------- */

/* A new session, or one that is there: both are logins. */
static void racer_begin_login(struct racer *r, size_t i)
{
	struct visitor *v = &r->visitors[i];
	struct renewal renewal = some_renewal();
	struct login login = {
		.user = alice.name,
		.idle_ms = IDLE_MS,
		.absolute_ms = ABSOLUTE_MS,
		.touch_ms = TOUCH_MS,
		.quota = r->race->quota,
	};
	struct delta d = visitor_delta(v);
	const struct session *s;

	if (i % 2 == 0) {
		s = visitor_session(v, &r->bench, alice.name, NULL, 0);
		store_create(r->bench.store, s, &r->race->quota, NULL, answer_take, &r->answers[i]);
		session_unref(&s);
		return;
	}
	d.renewal = &renewal;
	d.login = &login;
	store_save(r->bench.store, v->id, &d, answer_take, &r->answers[i]);
}

static void *racer_log_in_at_once(void *ctx)
{
	struct racer *r = ctx;

	for (r->count = 0; r->count < LOGINS; r->count++) {
		if (r->count % 2 == 0)
			visitor_init(&r->visitors[r->count]);
		else
			visitor_arrives(&r->visitors[r->count], &r->bench, SLICE(""));
	}
	pthread_barrier_wait(&r->race->start);
	for (size_t i = 0; i < LOGINS; i++)
		racer_begin_login(r, i);
	for (size_t i = 0; i < LOGINS; i++)
		bench_wait(&r->bench, &r->answers[i]);
	return NULL;
}

static void *racer_watch(void *ctx)
{
	struct racer *r = ctx;

	pthread_barrier_wait(&r->race->start);
	do {
		size_t count = racer_count_sessions(r);

		if (count > r->most)
			r->most = count;
	} while (!atomic_load(&r->race->over));
	return NULL;
}

/* How many of the logins came to this, and how many of all sessions are the user's now, on this loop. */
static size_t race_count(const struct race *race, enum store_status status)
{
	size_t count = 0;

	for (size_t i = 0; i < RACERS; i++)
		for (size_t j = 0; j < LOGINS; j++)
			count += race->racers[i].answers[j].status == status;
	return count;
}

static size_t race_count_live(const struct race *race, struct bench *b, enum store_cause cause)
{
	size_t live = 0;

	for (size_t i = 0; i < RACERS; i++) {
		for (size_t j = 0; j < race->racers[i].count; j++) {
			struct answer a = bench_find(b, race->racers[i].visitors[j].id);

			if (a.status == STORE_OK)
				live += session_authenticated(a.session);
			else if (a.status == STORE_ENDED)
				cr_expect_eq(a.cause, cause);
			answer_fini(&a);
		}
	}
	return live;
}

static void race_for_the_limit(struct bench *b, enum session_on_limit on_limit)
{
	struct racer racers[RACERS], reader;
	struct race race = { .racers = racers, .quota = { LIMIT, on_limit } };

	pthread_barrier_init(&race.start, NULL, RACERS + 1);
	for (size_t i = 0; i < RACERS; i++)
		race_start(&race, &racers[i], b, racer_log_in_at_once);
	race_start(&race, &reader, b, racer_watch);
	for (size_t i = 0; i < RACERS; i++)
		pthread_join(racers[i].thread, NULL);
	atomic_store(&race.over, true);
	pthread_join(reader.thread, NULL);
	cr_expect_leq(reader.most, LIMIT);
	cr_expect_eq(reader.wrong, 0);
	cr_expect_eq(racer_count_sessions(&reader), LIMIT);
	cr_expect_eq(race_count(&race, STORE_OK),
		     on_limit == SESSION_DENY ? LIMIT : RACERS * LOGINS);
	cr_expect_eq(race_count(&race, STORE_FULL),
		     on_limit == SESSION_DENY ? RACERS * LOGINS - LIMIT : 0);
	/* whoever went is gone on every loop */
	for (size_t i = 0; i < RACERS; i++)
		cr_expect_eq(race_count_live(&race, &racers[i].bench, STORE_CAUSE_EVICTED), LIMIT);
	for (size_t i = 0; i < RACERS; i++)
		racer_fini(&racers[i]);
	racer_fini(&reader);
	pthread_barrier_destroy(&race.start);
}

void suite_parallel_logins_keep_the_limit_evicting_the_oldest(struct bench *b)
{
	race_for_the_limit(b, SESSION_EVICT_OLDEST);
}

void suite_parallel_logins_keep_the_limit_evicting_the_idlest(struct bench *b)
{
	race_for_the_limit(b, SESSION_EVICT_IDLEST);
}

void suite_parallel_logins_keep_the_limit_denying(struct bench *b)
{
	race_for_the_limit(b, SESSION_DENY);
}

/* --- Blocks ---------------------------------------------------------------------------------- */

static void *racer_log_in_until_blocked(void *ctx)
{
	struct racer *r = ctx;
	enum store_status status = STORE_OK;

	pthread_barrier_wait(&r->race->start);
	while (r->count < ROUNDS || status == STORE_OK) {
		bool blocked = atomic_load(&r->race->blocked);
		struct visitor *v = &r->visitors[r->count++ % ROUNDS];
		struct answer a;

		visitor_init(v);
		a = visitor_comes(v, &r->bench, alice.name);
		status = a.status;
		r->wrong += status != STORE_OK && status != STORE_BLOCKED;
		r->wrong += blocked && status == STORE_OK;
		answer_fini(&a);
	}
	r->count = ROUNDS;
	return NULL;
}

void suite_block_holds_from_its_callback_on(struct bench *b)
{
	struct racer racers[RACERS];
	struct race race = { .racers = racers };

	pthread_barrier_init(&race.start, NULL, RACERS + 1);
	for (size_t i = 0; i < RACERS; i++)
		race_start(&race, &racers[i], b, racer_log_in_until_blocked);
	pthread_barrier_wait(&race.start);
	cr_expect_eq(bench_block_user(b, &alice, 0).status, STORE_OK);
	atomic_store(&race.blocked, true);
	cr_expect_eq(bench_list_user(b, &alice, STORE_PAGE).count, 0);
	for (size_t i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		cr_expect_eq(racers[i].wrong, 0);
	}
	cr_expect_eq(race_count_live(&race, b, STORE_CAUSE_BLOCKED), 0);
	for (size_t i = 0; i < RACERS; i++)
		racer_fini(&racers[i]);
	pthread_barrier_destroy(&race.start);
}

/* --- Ends of all kinds ----------------------------------------------------------------------- */

/* In, out, to another user and back, while time passes. */
static void *racer_come_and_go(void *ctx)
{
	struct racer *r = ctx;
	struct bench *b = &r->bench;

	pthread_barrier_wait(&r->race->start);
	for (; r->count < ROUNDS; r->count++) {
		struct visitor *v = &r->visitors[r->count];
		struct answer a;

		visitor_init(v);
		v->quota = r->race->quota;
		a = visitor_comes(v, b, alice.name);
		r->wrong += a.status != STORE_OK;
		answer_fini(&a);
		a = visitor_logs_in(v, b, r->count % 3 == 0 ? SLICE("bob") : alice.name);
		answer_fini(&a);
		if (r->count % 5 == 0) {
			a = bench_remove(b, v->id);
			answer_fini(&a);
		}
		b->fixture->pass(IDLE_MS / 20);
		bench_expire(b, 100);
	}
	return NULL;
}

static void *racer_remove_all(void *ctx)
{
	struct racer *r = ctx;

	pthread_barrier_wait(&r->race->start);
	do {
		struct answer a = bench_remove_user(&r->bench, &alice, SLICE(""));

		r->wrong += a.status != STORE_OK;
		answer_fini(&a);
	} while (!atomic_load(&r->race->over));
	return NULL;
}

void suite_logins_and_ends_of_all_kinds_at_once(struct bench *b)
{
	const struct store_user bob = { SLICE("default"), SLICE("bob") };
	struct racer racers[RACERS], remover;
	struct race race = { .racers = racers, .quota = { LIMIT, SESSION_EVICT_OLDEST } };
	struct visitor last;

	pthread_barrier_init(&race.start, NULL, RACERS + 1);
	for (size_t i = 0; i < RACERS; i++)
		race_start(&race, &racers[i], b, racer_come_and_go);
	race_start(&race, &remover, b, racer_remove_all);
	for (size_t i = 0; i < RACERS; i++)
		pthread_join(racers[i].thread, NULL);
	atomic_store(&race.over, true);
	pthread_join(remover.thread, NULL);
	cr_expect_eq(remover.wrong, 0);
	bench_remove_user(b, &alice, SLICE(""));
	bench_remove_user(b, &bob, SLICE(""));
	for (size_t i = 0; i < RACERS; i++) {
		cr_expect_eq(racers[i].wrong, 0);
		for (size_t j = 0; j < ROUNDS; j++) {
			struct answer a = bench_find(b, racers[i].visitors[j].id);

			cr_expect_neq(a.status, STORE_OK);
			answer_fini(&a);
		}
		racer_fini(&racers[i]);
	}
	racer_fini(&remover);
	/* nothing is left behind that would count */
	visitor_init(&last);
	last.quota = (struct session_quota){ 1, SESSION_DENY };
	EXPECT_ANSWER(visitor_comes(&last, b, alice.name), STORE_OK);
	pthread_barrier_destroy(&race.start);
}
