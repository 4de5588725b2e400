/* suite_loops.c - one session on two loops; see suite.h. */
#include "tests/backends/visitor.h"

#include <pthread.h>
#include <stdio.h>

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
