/* decisions.c - tests of gateway/decisions.c. */
#include "gateway/decisions.h"

#include "base/clock.h"
#include "base/request_id.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { SEEN_MOST = 4, ROUNDS = 3 };

struct desk {
	struct sample sample;
	struct config_application application;
	struct decisions *decisions;
	struct decision seen[SEEN_MOST];
	char texts[SEEN_MOST][512];
	unsigned count;
};

static void desk_init(struct desk *d)
{
	*d = (struct desk){ .application = { .name = "shop" } };
	sample_init(&d->sample);
	d->sample.route.application = &d->application;
	d->sample.route.path = SLICE("/cart");
	d->sample.route.name = "";
	cr_assert_eq(decisions_new(&d->decisions), 0);
}

static void desk_fini(struct desk *d)
{
	decisions_free(&d->decisions);
	cr_expect_null(d->decisions);
	sample_fini(&d->sample);
}

static void desk_note(struct desk *d, enum decision_reason reason, bool bare, const char *request,
		      const char *session, const char *user)
{
	const struct decision made = {
		.reason = reason,
		.bare = bare,
		.request = slice_from(request),
		.session = slice_from(session),
		.user = slice_from(user),
	};

	decisions_note(d->decisions, &d->sample.route, &made);
}

/* Texts are borrowed for the length of the call. */
static void desk_on_seen(void *ctx, const struct decision *decision)
{
	struct desk *d = ctx;

	cr_assert_lt(d->count, SEEN_MOST);
	snprintf(d->texts[d->count], sizeof(d->texts[0]), "%.*s %.*s %.*s %.*s/%.*s%.*s",
		 SLICE_ARGS(decision->request), SLICE_ARGS(decision->session),
		 SLICE_ARGS(decision->user), SLICE_ARGS(decision->place.realm),
		 SLICE_ARGS(decision->place.application), SLICE_ARGS(decision->place.route));
	d->seen[d->count++] = *decision;
}

static unsigned desk_find(struct desk *d, const char *subject)
{
	d->count = 0;
	decisions_find(d->decisions, slice_from(subject), desk_on_seen, d);
	return d->count;
}

#define SESSION "AAAAAAAAAAAAAAAAAAAA"

Test(decisions, by_request_and_by_session)
{
	struct desk d;
	int64_t before_ms = clock_wall_coarse_ms();

	desk_init(&d);
	desk_note(&d, DECISION_REVOKED, false, "first", SESSION, "alice");
	desk_note(&d, DECISION_UNKNOWN, false, "second", "BBBBBBBBBBBBBBBBBBBB", "");
	desk_note(&d, DECISION_SESSION_REQUIRED, false, "first", SESSION, "alice");
	desk_note(&d, DECISION_NO_TOKEN, true, "third", "", "");
	cr_expect_eq(desk_find(&d, "fourth"), 0);
	cr_expect_eq(desk_find(&d, SESSION), 2);
	cr_expect_eq(desk_find(&d, "first"), 2);
	cr_expect_eq(d.seen[0].reason, DECISION_SESSION_REQUIRED, "the newest first");
	cr_expect_eq(d.seen[1].reason, DECISION_REVOKED);
	cr_expect_geq(d.seen[1].at_ms, before_ms);
	cr_expect_leq(d.seen[1].at_ms, clock_wall_ms());
	cr_expect_str_eq(d.texts[1], "first " SESSION " alice default/shop/cart");
	cr_expect_eq(desk_find(&d, "third"), 1);
	cr_expect(d.seen[0].bare);
	cr_expect_str_eq(d.texts[0], "third   default/shop/cart");
	desk_fini(&d);
}

Test(decisions, places_outlive_their_configuration)
{
	struct desk d;

	desk_init(&d);
	desk_note(&d, DECISION_UNKNOWN, false, "before", "", "");
	d.application.name = "other";
	d.sample.route.name = "named";
	d.sample.route.realm = &d.sample.realms[1];
	desk_note(&d, DECISION_UNKNOWN, false, "after", "", "");
	cr_expect_eq(desk_find(&d, "before"), 1);
	cr_expect_str_eq(d.texts[0], "before   default/shop/cart");
	cr_expect_eq(desk_find(&d, "after"), 1);
	cr_expect_str_eq(d.texts[0], "after   bearer/othernamed");
	d.sample.route.application = NULL;
	desk_note(&d, DECISION_UNKNOWN, false, "without", "", "");
	cr_expect_eq(desk_find(&d, "without"), 1);
	cr_expect_str_eq(d.texts[0], "without   bearer/named");
	desk_fini(&d);
}

Test(decisions, the_longest_names)
{
	char request[REQUEST_ID_BYTES], user[SESSION_USER_BYTES + 1], wanted[512];
	struct desk d;

	memset(request, 'r', sizeof(request) - 1);
	memset(user, 'u', sizeof(user) - 1);
	request[sizeof(request) - 1] = user[sizeof(user) - 1] = '\0';
	snprintf(wanted, sizeof(wanted), "%s " SESSION " %s default/shop/cart", request, user);
	desk_init(&d);
	desk_note(&d, DECISION_UNKNOWN, false, request, SESSION, user);
	desk_note(&d, DECISION_NO_TOKEN, true, request, SESSION, "");
	cr_expect_eq(desk_find(&d, request), 2);
	cr_expect_str_eq(d.texts[0], wanted);
	desk_fini(&d);
}

/* And neither pushes out what the other keeps. */
Test(decisions, the_last_ones_of_each_kind)
{
	static const bool kinds[] = { false, true };
	char name[16];

	for (size_t k = 0; k < ROWS(kinds); k++) {
		struct desk d;

		desk_init(&d);
		desk_note(&d, DECISION_UNKNOWN, !kinds[k], "other", "", "");
		for (int i = 0; i < ROUNDS * DECISIONS_KEPT + 7; i++) {
			snprintf(name, sizeof(name), "%d", i);
			desk_note(&d, DECISION_UNKNOWN, kinds[k], name, "", "");
		}
		cr_expect_eq(desk_find(&d, "other"), 1);
		for (int i = 0; i < 20; i++) {
			int number = (ROUNDS - 1) * DECISIONS_KEPT + i;

			snprintf(name, sizeof(name), "%d", number);
			cr_expect_eq(desk_find(&d, name),
				     number >= (ROUNDS - 1) * DECISIONS_KEPT + 7, "%d", number);
		}
		desk_fini(&d);
	}
}

/* --- while it is written --- */

struct reading {
	const struct decisions *decisions;
	_Atomic bool over;
	unsigned long found, torn;
};

/* Whoever wrote it said the same thing three times. */
static void reading_on_seen(void *ctx, const struct decision *d)
{
	struct reading *r = ctx;
	bool whole = d->user.len == SESSION_USER_BYTES && d->request.len == 7;

	for (size_t i = 0; whole && i < d->user.len; i++)
		whole = d->user.ptr[i] == d->request.ptr[i % 7];
	r->found++;
	r->torn += !whole;
}

static void *reading_run(void *ctx)
{
	struct reading *r = ctx;

	while (!atomic_load(&r->over) || r->found == 0)
		decisions_find(r->decisions, SLICE(SESSION), reading_on_seen, r);
	return NULL;
}

Test(decisions, nobody_reads_half_of_one)
{
	char request[8], user[SESSION_USER_BYTES + 1];
	struct reading reading = { .found = 0 };
	struct desk d;
	pthread_t reader;

	desk_init(&d);
	reading.decisions = d.decisions;
	cr_assert_eq(pthread_create(&reader, NULL, reading_run, &reading), 0);
	for (int i = 0; i < 10 * DECISIONS_KEPT; i++) {
		snprintf(request, sizeof(request), "%07d", i);
		for (size_t n = 0; n < SESSION_USER_BYTES; n++)
			user[n] = request[n % 7];
		user[SESSION_USER_BYTES] = '\0';
		desk_note(&d, DECISION_UNKNOWN, false, request, SESSION, user);
	}
	atomic_store(&reading.over, true);
	pthread_join(reader, NULL);
	cr_expect_gt(reading.found, 0);
	cr_expect_eq(reading.torn, 0, "%lu of %lu", reading.torn, reading.found);
	desk_fini(&d);
}

Test(decisions, all_workers)
{
	struct decisions_set set = { .count = 0 };

	cr_expect_null(decisions_of(&set, 0));
	cr_assert_eq(decisions_set_open(&set, 3), 0);
	cr_expect_not_null(decisions_of(&set, 2));
	cr_expect_neq(decisions_of(&set, 2), decisions_of(&set, 0));
	decisions_set_close(&set);
	decisions_set_close(&set);
}

Test(decisions, nobody_wants_to_know)
{
	struct desk d;

	desk_init(&d);
	decisions_free(&d.decisions);
	desk_note(&d, DECISION_UNKNOWN, false, "first", "", "");
	sample_fini(&d.sample);
}
