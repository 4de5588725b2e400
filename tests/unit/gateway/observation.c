/* observation.c - tests of gateway/observation.c. */
#include "gateway/observation.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct observation *some(void)
{
	struct observation *o = NULL;

	cr_assert_eq(observation_new(&o), 0);
	return o;
}

/* --- visits --- */

static void visit(struct observation *o, uint64_t session, uint64_t given, int64_t began_us,
		  int64_t ended_us)
{
	const struct observed_visit v = {
		.session = session,
		.given = given,
		.cookie = SLICE("PHPSESSID"),
		.began_us = began_us,
		.ended_us = ended_us,
	};

	observation_visit(o, &v);
}

Test(observation, visits_are_counted)
{
	struct observation *o = some();
	bool estimated = true;

	visit(o, 0, 7, 0, 10);  /* a new one */
	visit(o, 7, 0, 20, 30); /* comes back */
	visit(o, 8, 0, 20, 30); /* was there before */
	visit(o, 7, 9, 40, 50); /* gets another id */
	visit(o, 9, 9, 60, 70); /* is told the same once more */
	visit(o, 0, 0, 60, 70);
	cr_expect_eq(o->requests, 6);
	cr_expect_eq(o->with_session, 4);
	cr_expect_eq(o->created, 2);
	cr_expect_eq(o->parallel_requests, 0);
	cr_expect_eq(observation_sessions(o, &estimated), 2, "a renamed one is no other");
	cr_expect_not(estimated);
	cr_expect_eq(o->cookies[0].count, 6);
	observation_free(&o);
	cr_expect_null(o);
}

Test(observation, requests_of_one_session_at_a_time_are_parallel)
{
	struct observation *o = some();

	visit(o, 7, 0, 10, 30);
	visit(o, 7, 0, 20, 25); /* beside it, and over before */
	visit(o, 8, 0, 20, 25);
	visit(o, 7, 0, 30, 35); /* begins when it ends */
	cr_expect_eq(o->parallel_requests, 1);
	visit(o, 7, 0, 31, 40);
	cr_expect_eq(o->parallel_requests, 2);
	observation_free(&o);
}

static uint64_t mixed(uint64_t n)
{
	n = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
	n = (n ^ n >> 31) * UINT64_C(0xbf58476d1ce4e5b9);
	return n ^ n >> 29;
}

Test(observation, sessions_beyond_the_table_are_an_estimate_that_holds)
{
	static const uint64_t counts[] = { 1000, OBSERVATION_SESSIONS, OBSERVATION_SESSIONS + 1,
					   20000, 300000 };

	for (size_t i = 0; i < ROWS(counts); i++) {
		struct observation *o = some();
		bool estimated;
		uint64_t got;

		for (uint64_t n = 0; n < counts[i]; n++)
			visit(o, mixed(n), 0, 0, 0);
		for (uint64_t n = 0; n < counts[i]; n++) /* who comes again is not new */
			visit(o, mixed(n), 0, 0, 0);
		got = observation_sessions(o, &estimated);
		cr_expect_eq(estimated, counts[i] > OBSERVATION_SESSIONS);
		cr_expect(estimated ? got > counts[i] * 9 / 10 && got < counts[i] * 11 / 10
				    : got == counts[i],
			  "%llu for %llu", (unsigned long long)got, (unsigned long long)counts[i]);
		observation_free(&o);
	}
}

/* --- uses --- */

/* What a session holds, as "key=value key=value"; "!" before a key: it was changed after the header. */
static unsigned use(struct observation *o, uint64_t from, uint64_t session, int64_t began_us,
		    int64_t ended_us, const char *holds, uint64_t *keys)
{
	struct observed_value values[OBSERVATION_KEYS * 2];
	struct observed_use u = {
		.session = session,
		.from = from,
		.began_us = began_us,
		.ended_us = ended_us,
		.values = values,
	};
	struct slice rest = slice_from(holds), word, key;
	uint64_t none;

	while (rest.len > 0) {
		struct observed_value *v = &values[u.value_count++];
		bool late;

		slice_cut(&rest, ' ', &word);
		late = word.ptr[0] == '!';
		word = slice_after(word, late);
		slice_cut(&word, '=', &key);
		*v = (struct observed_value){ .key = key, .bytes = word.len, .late = late };
		for (size_t i = 0; i < word.len; i++)
			v->digest = v->digest * 31 + (uint8_t)word.ptr[i];
		u.late |= late;
	}
	return observation_use(o, &u, keys != NULL ? keys : &none);
}

static const struct observed_key *row_of(const struct observation *o, const char *name)
{
	for (size_t i = 0; i < OBSERVATION_OTHERS; i++)
		if (slice_equal(observed_text(&o->keys[i].name), slice_from(name)))
			return &o->keys[i];
	return &o->keys[OBSERVATION_OTHERS];
}

Test(observation, writers_are_those_who_changed_something)
{
	struct observation *o = some();

	use(o, 0, 1, 0, 10, "user=a", NULL);         /* new: writes all it has */
	use(o, 1, 1, 20, 30, "user=a", NULL);        /* reads */
	use(o, 1, 1, 40, 50, "user=a cart=1", NULL); /* adds */
	use(o, 1, 1, 60, 70, "cart=1", NULL);        /* removes */
	use(o, 2, 2, 0, 10, "user=old", NULL);       /* nobody knows what it held before */
	use(o, 2, 2, 20, 30, "user=new", NULL);
	use(o, 0, 3, 0, 10, "", NULL); /* new, and empty */
	use(o, 0, 0, 0, 10, "", NULL); /* no session at all */
	cr_expect_eq(o->reports, 8);
	cr_expect_eq(o->uses, 7);
	cr_expect_eq(o->writers, 4);
	cr_expect_eq(row_of(o, "user")->written, 3);
	cr_expect_eq(row_of(o, "cart")->written, 1);
	cr_expect_eq(row_of(o, "user")->name.count, 5);
	cr_expect_eq(o->parallel_writers, 0);
	cr_expect_eq(o->most_keys, 2);
	cr_expect_eq(o->max_bytes, 3);
	observation_free(&o);
}

Test(observation, a_new_id_is_the_same_session)
{
	struct observation *o = some();
	bool estimated;

	use(o, 0, 1, 0, 10, "user=a", NULL);
	use(o, 1, 2, 20, 30, "user=a", NULL); /* regenerated */
	use(o, 2, 2, 40, 50, "user=a", NULL);
	cr_expect_eq(o->writers, 1);
	cr_expect_eq(observation_sessions(o, &estimated), 1);
	observation_free(&o);
}

Test(observation, parallel_writers_of_the_same_key_need_the_lock)
{
	struct observation *o = some();
	uint64_t keys = 0;

	use(o, 0, 1, 0, 10, "cart=1 seen=1", NULL);
	cr_expect_eq(use(o, 1, 1, 100, 200, "cart=2 seen=1", NULL), 0);
	cr_expect_eq(use(o, 1, 1, 150, 250, "cart=2 seen=2", NULL), 0, "another key");
	cr_expect_eq(o->parallel_writers, 1);
	cr_expect_eq(o->conflicts, 0);
	cr_expect_eq(use(o, 1, 1, 160, 260, "cart=3 seen=2", &keys), OBSERVED_CONFLICT);
	cr_expect_eq(__builtin_popcountll(keys), 1);
	cr_expect_eq(o->conflicts, 1);
	cr_expect_eq(row_of(o, "cart")->conflicts, 1);
	cr_expect_eq(row_of(o, "seen")->conflicts, 0);
	cr_expect_eq(use(o, 1, 1, 170, 270, "cart=4 seen=2", NULL), 0, "news are told once");
	cr_expect_eq(use(o, 1, 1, 270, 280, "cart=5 seen=2", NULL), 0, "one after the other");
	cr_expect_eq(o->conflicts, 2);
	cr_expect_eq(use(o, 1, 1, 200, 290, "cart=5 seen=2", NULL), 0, "a reader harms nobody");
	cr_expect_eq(o->conflicts, 2);
	observation_free(&o);
}

Test(observation, writes_after_the_header_are_told_apart)
{
	struct observation *o = some();

	cr_expect_eq(use(o, 1, 1, 0, 10, "a=1 !b=1", NULL), OBSERVED_LATE);
	cr_expect_eq(use(o, 1, 1, 20, 30, "a=2 !b=2", NULL), 0);
	cr_expect_eq(o->late_writers, 2);
	cr_expect_eq(o->writers, 2);
	cr_expect_eq(row_of(o, "b")->late, 2);
	cr_expect_eq(row_of(o, "a")->late, 0);
	cr_expect_eq(row_of(o, "a")->written, 1, "the first time nobody knew what it was before");
	cr_expect_eq(row_of(o, "b")->written, 2, "but this one was seen to change");
	observation_free(&o);
}

Test(observation, keys_beyond_the_table_are_others)
{
	struct observation *o = some();
	char holds[4096];
	int len = 0;

	for (unsigned i = 0; i < OBSERVATION_KEYS + 10; i++)
		len += snprintf(holds + len, sizeof(holds) - (size_t)len, "%sk%u=1",
				i > 0 ? " " : "", i);
	use(o, 0, 1, 0, 10, holds, NULL);
	cr_expect_eq(o->keys[OBSERVATION_OTHERS].name.count, 1);
	cr_expect_eq(o->keys[OBSERVATION_OTHERS].written, 1);
	cr_expect_eq(o->most_keys, OBSERVATION_KEYS + 10);
	use(o, 1, 1, 20, 30, holds, NULL);
	cr_expect_eq(o->writers, 1, "nothing has changed");
	holds[len - 1] = '2'; /* of the last one */
	use(o, 1, 1, 40, 50, holds, NULL);
	cr_expect_eq(o->keys[OBSERVATION_OTHERS].written, 2);
	cr_expect_eq(o->writers, 2);
	snprintf(holds, sizeof(holds), "%0*d=1", OBSERVATION_NAME_BYTES + 1, 0);
	use(o, 0, 2, 0, 10, holds, NULL);
	cr_expect_eq(o->keys[OBSERVATION_OTHERS].written, 3, "a long name");
	observation_free(&o);
}

Test(observation, what_was_not_measured_changes_nothing)
{
	struct observation *o = some();
	struct observed_use u = { .session = 1, .from = 1, .unmeasured = true };
	uint64_t keys;

	use(o, 0, 1, 0, 10, "a=1", NULL);
	observation_use(o, &u, &keys);
	use(o, 1, 1, 20, 30, "a=2", NULL); /* what stood between is not known */
	cr_expect_eq(o->writers, 1);
	cr_expect_eq(o->unmeasured, 1);
	use(o, 1, 1, 40, 50, "a=3", NULL);
	cr_expect_eq(o->writers, 2);
	observation_free(&o);
}

Test(observation, sizes)
{
	struct observation *o = some();
	char holds[512] = "k=";

	cr_expect_eq(observation_size(o, 50), 0);
	for (unsigned i = 0; i < 99; i++)
		use(o, 1, 1, i, i, "k=12345", NULL);
	memset(holds + 2, 'x', 300);
	use(o, 1, 1, 100, 100, holds, NULL);
	cr_expect_eq(observation_size(o, 50), 7, "the power of two above");
	cr_expect_eq(observation_size(o, 99), 7);
	cr_expect_eq(observation_size(o, 100), 300, "but no more than the largest");
	cr_expect_eq(o->max_bytes, 300);
	cr_expect_eq(row_of(o, "k")->max_bytes, 300);
	observation_free(&o);
}
