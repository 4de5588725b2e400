/* lookup.c - from tokens to a session. */
#include "gateway/lookup.h"

#include "tests/unit/gateway/broken_store.h"
#include "tests/unit/gateway/sample.h"
#include "tests/unit/gateway/storage.h"

#include <criterion/criterion.h>

enum { MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS, TOKENS = CARRIER_TOKENS, NOBODY = -1 };

static const char *const tokens[TOKENS] = {
	TOKEN_A,
	TOKEN_B,
	TOKEN_C,
	"DDDDDDDDDDDDDDDDDDDDdddddddddddddddddddddddddddddddd",
};

/* A token of the same id with another secret. */
static const char *other_secret(struct sample *s, const char *token)
{
	char text[TOKEN_CHARS];

	memcpy(text, token, TOKEN_ID_CHARS);
	memset(text + TOKEN_ID_CHARS, 'z', TOKEN_SECRET_CHARS);
	return arena_text(&s->arena, slice_of(text, sizeof(text)));
}

/* What the store knows of a token, by a letter. */
static void make_known(struct storage *st, struct sample *s, const char *token, char how)
{
	switch (how) {
	case 'u': /* nothing */
		break;
	case 'L': /* a live session */
		storage_put(st, token, "default", "");
		break;
	case 'e': /* expired a moment ago */
		storage_shift(-STORAGE_IDLE_MS - STORAGE_TOUCH_MS - MINUTE_MS);
		storage_put(st, token, "default", "");
		storage_shift(0);
		break;
	case 'f': /* expired, and forgotten since */
		storage_shift(-3 * HOUR_MS);
		storage_put(st, token, "default", "");
		storage_shift(0);
		break;
	case 'o': /* logged out */
		storage_put(st, token, "default", "");
		storage_remove(st, token);
		break;
	case 'E': /* expired a moment ago, in another realm */
		storage_shift(-STORAGE_IDLE_MS - STORAGE_TOUCH_MS - MINUTE_MS);
		storage_put(st, token, "bearer", "");
		storage_shift(0);
		break;
	case 'O': /* logged out, in another realm */
		storage_put(st, token, "bearer", "");
		storage_remove(st, token);
		break;
	case 'x': /* expired a moment ago, with another secret from the start */
		storage_shift(-STORAGE_IDLE_MS - STORAGE_TOUCH_MS - MINUTE_MS);
		storage_put(st, other_secret(s, token), "default", "");
		storage_shift(0);
		break;
	case 'X': /* logged out, with another secret */
		storage_put(st, other_secret(s, token), "default", "");
		storage_remove(st, token);
		break;
	case 'w': /* alive, with another secret from the start */
		storage_put(st, other_secret(s, token), "default", "");
		break;
	case 's': /* its secret was replaced a moment ago */
		storage_put(st, token, "default", "");
		storage_renew(st, other_secret(s, token));
		break;
	case 'p': /* its secret was replaced more than a minute ago */
		storage_shift(-2 * MINUTE_MS);
		storage_put(st, token, "default", "");
		storage_renew(st, other_secret(s, token));
		storage_shift(0);
		break;
	case 'r': /* alive, in another realm */
		storage_put(st, token, "bearer", "");
		break;
	default:
		cr_assert_fail("what is %c?", how);
	}
}

struct desk {
	struct sample sample;
	struct storage storage;
	struct lookup lookup;
	unsigned times;
};

static void desk_on_done(void *ctx)
{
	struct desk *d = ctx;

	d->times++;
}

/* known: a letter for each token that the visitor brings. */
static void desk_init(struct desk *d, const char *known, bool malformed, int64_t whole_ms)
{
	*d = (struct desk){ 0 };
	sample_init(&d->sample);
	d->sample.config.longest_idle_ms = STORAGE_IDLE_MS;
	d->sample.route.lock_lease_ms = HOUR_MS;
	storage_open(&d->storage, whole_ms);
	d->lookup.store = d->storage.store;
	d->lookup.config = &d->sample.config;
	d->lookup.route = &d->sample.route;
	d->lookup.done = desk_on_done;
	d->lookup.ctx = d;
	d->lookup.presented.malformed = malformed;
	for (; known[d->lookup.presented.count] != '\0'; d->lookup.presented.count++) {
		size_t i = d->lookup.presented.count;

		make_known(&d->storage, &d->sample, tokens[i], known[i]);
		cr_assert(token_read(&d->lookup.presented.tokens[i], slice_from(tokens[i])));
	}
}

static void desk_fini(struct desk *d)
{
	lookup_fini(&d->lookup);
	storage_close(&d->storage);
	sample_fini(&d->sample);
}

/* Begin, and wait if that is said. */
static void desk_look(struct desk *d, const char *row)
{
	bool waits = lookup_begin(&d->lookup);

	cr_expect_eq(waits, d->lookup.presented.count > 0, "%s: waits", row);
	cr_expect_eq(d->times, 0, "%s: called back at once", row);
	if (waits)
		storage_run(&d->storage, &d->times);
	cr_expect_eq(d->times, waits, "%s: called back %u times", row, d->times);
}

static const struct {
	const char *name, *known;
	bool malformed, young;
	enum route_session session;
	int found; /* which token's session */
	enum expose_reason reason;
	bool dead, stale, next;
} rows[] = {
	{ "no token", "", false, false, ROUTE_SESSION_ON, NOBODY, REASON_NONE, false, false, true },
	{ "no token, peek", "", false, false, ROUTE_SESSION_PEEK, NOBODY, REASON_NONE, false, false,
	  false },
	{ "malformed", "", true, false, ROUTE_SESSION_ON, NOBODY, REASON_MALFORMED, false, false,
	  true },
	{ "malformed, peek", "", true, false, ROUTE_SESSION_PEEK, NOBODY, REASON_MALFORMED, false,
	  false, false },
	{ "alive", "L", false, false, ROUTE_SESSION_ON, 0, REASON_NONE, false, false, false },
	{ "alive, peek", "L", false, false, ROUTE_SESSION_PEEK, 0, REASON_NONE, false, false,
	  false },
	{ "alive beside a malformed one", "L", true, false, ROUTE_SESSION_ON, 0, REASON_NONE, false,
	  false, false },
	{ "unknown to a whole store", "u", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN,
	  true, false, true },
	{ "unknown, peek", "u", false, false, ROUTE_SESSION_PEEK, NOBODY, REASON_UNKNOWN, true,
	  false, false },
	{ "unknown to a store that may have lost it", "u", false, true, ROUTE_SESSION_ON, NOBODY,
	  REASON_UNKNOWN, false, false, true },
	{ "unknown beside a malformed one", "u", true, false, ROUTE_SESSION_ON, NOBODY,
	  REASON_UNKNOWN, false, false, true },
	{ "expired", "e", false, false, ROUTE_SESSION_ON, NOBODY, REASON_EXPIRED, true, false,
	  true },
	{ "expired, and the store remembers", "e", false, true, ROUTE_SESSION_ON, NOBODY,
	  REASON_EXPIRED, true, false, true },
	{ "expired long ago", "f", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN, true,
	  false, true },
	{ "logged out", "o", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN, true, false,
	  true },
	{ "expired in another realm", "E", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN,
	  false, false, true },
	{ "logged out in another realm", "O", false, false, ROUTE_SESSION_ON, NOBODY,
	  REASON_UNKNOWN, false, false, true },
	{ "expired, wrong secret", "x", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN,
	  false, false, true },
	{ "logged out, wrong secret", "X", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN,
	  false, false, true },
	{ "wrong secret", "w", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN, false, false,
	  true },
	{ "stale secret", "s", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN, false, true,
	  false },
	{ "secret replaced long ago", "p", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN,
	  false, false, true },
	{ "another realm", "r", false, false, ROUTE_SESSION_ON, NOBODY, REASON_UNKNOWN, false,
	  false, true },
	{ "the first of two alive", "LL", false, false, ROUTE_SESSION_ON, 0, REASON_NONE, false,
	  false, false },
	{ "the third alive", "ueL", false, false, ROUTE_SESSION_ON, 2, REASON_NONE, false, false,
	  false },
	{ "the fourth alive", "wroL", false, false, ROUTE_SESSION_ON, 3, REASON_NONE, false, false,
	  false },
	{ "a stale one before the one alive", "sL", false, false, ROUTE_SESSION_ON, 1, REASON_NONE,
	  false, false, false },
	{ "a stale one and an unknown one", "su", false, false, ROUTE_SESSION_ON, NOBODY,
	  REASON_UNKNOWN, false, true, false },
	{ "unknown and expired", "ue", false, false, ROUTE_SESSION_ON, NOBODY, REASON_EXPIRED, true,
	  false, true },
	{ "expired and unknown", "eu", false, false, ROUTE_SESSION_ON, NOBODY, REASON_EXPIRED, true,
	  false, true },
	{ "all four gone", "uoeu", false, false, ROUTE_SESSION_ON, NOBODY, REASON_EXPIRED, true,
	  false, true },
	{ "gone, but for one of another realm", "uro", false, false, ROUTE_SESSION_ON, NOBODY,
	  REASON_UNKNOWN, false, false, true },
};

static void expect_row(size_t i, bool locks)
{
	const char *name = rows[i].name, *found;
	struct desk d;

	desk_init(&d, rows[i].known, rows[i].malformed, rows[i].young ? 0 : 2 * HOUR_MS);
	d.sample.route.session = rows[i].session;
	d.lookup.locks = locks;
	desk_look(&d, name);
	found = rows[i].found != NOBODY ? tokens[rows[i].found] : "";
	cr_expect_str_eq(d.lookup.token.text, found, "%s", name);
	cr_expect_eq(d.lookup.session != NULL, rows[i].found != NOBODY, "%s: session", name);
	cr_expect(d.lookup.session == NULL ||
			  memcmp(d.lookup.session->id, found, TOKEN_ID_CHARS) == 0,
		  "%s: another's session", name);
	cr_expect_eq(d.lookup.fence != 0, locks && d.lookup.session != NULL, "%s: fence", name);
	cr_expect_eq(d.lookup.reason, rows[i].reason, "%s: reason %d", name, d.lookup.reason);
	cr_expect_eq(lookup_dead(&d.lookup), rows[i].dead, "%s: dead", name);
	cr_expect_eq(d.lookup.stale, rows[i].stale, "%s: stale", name);
	cr_expect_eq(token_well_formed(slice_from(d.lookup.next.text)), rows[i].next,
		     "%s: next is %s", name, d.lookup.next.text);
	cr_expect(!d.lookup.unavailable && !d.lookup.busy, "%s: no answer", name);
	desk_fini(&d);
}

Test(lookup, every_way_a_token_can_be)
{
	for (size_t i = 0; i < ROWS(rows); i++)
		expect_row(i, false);
}

Test(lookup, every_way_a_token_can_be_under_the_lock)
{
	for (size_t i = 0; i < ROWS(rows); i++)
		expect_row(i, true);
}

Test(lookup, next_is_new_each_time_and_never_what_was_presented)
{
	struct desk first, second;

	desk_init(&first, "u", false, 2 * HOUR_MS);
	desk_look(&first, "first");
	desk_init(&second, "u", false, 2 * HOUR_MS);
	desk_look(&second, "second");
	cr_expect_str_neq(first.lookup.next.text, second.lookup.next.text);
	cr_expect_str_neq(first.lookup.next.text, TOKEN_A);
	desk_fini(&first);
	desk_fini(&second);
}

/* --- locks --- */

/* Another request with the same token. */
static void desk_second(struct desk *d, struct lookup *second)
{
	*second = (struct lookup){
		.store = d->lookup.store,
		.config = d->lookup.config,
		.route = d->lookup.route,
		.presented = d->lookup.presented,
		.locks = true,
		.done = desk_on_done,
		.ctx = d,
	};
	d->times = 0;
	cr_assert(lookup_begin(second));
	storage_run(&d->storage, &d->times);
}

Test(lookup, second_one_is_busy_until_the_first_unlocks)
{
	struct lookup second;
	struct desk d;

	desk_init(&d, "wL", false, 2 * HOUR_MS);
	d.lookup.locks = true;
	d.sample.route.lock_wait_ms = 0;
	desk_look(&d, "first");
	desk_second(&d, &second);
	cr_expect(second.busy && !second.unavailable && !lookup_dead(&second));
	cr_expect_null(second.session);
	lookup_fini(&second);
	lookup_unlock(&d.lookup);
	cr_expect_eq(d.lookup.fence, 0);
	cr_expect_not_null(d.lookup.session, "the outcome stays");
	desk_second(&d, &second);
	cr_expect_neq(second.fence, 0);
	lookup_fini(&second);
	desk_fini(&d);
}

/* In line, and with the lock. */
Test(lookup, stopped_one_leaves_nothing_locked)
{
	struct lookup waits, last;
	struct desk d;

	desk_init(&d, "L", false, 2 * HOUR_MS);
	d.lookup.locks = true;
	d.sample.route.lock_wait_ms = HOUR_MS;
	desk_look(&d, "first");
	desk_second(&d, &waits);
	cr_expect_eq(d.times, 0);
	desk_second(&d, &last);
	cr_expect_eq(d.times, 0);
	lookup_stop(&waits);
	lookup_stop(&d.lookup);
	storage_run(&d.storage, &d.times);
	cr_expect_eq(d.times, 1);
	cr_expect_neq(last.fence, 0);
	lookup_fini(&waits);
	lookup_fini(&last);
	desk_fini(&d);
}

/* By our clock the grace of the secret lasts, by the store's it is over, or the other way round. */
Test(lookup, where_clocks_differ_nobody_gets_by_without_the_lock)
{
	static const struct {
		const char *name;
		int64_t shift_ms; /* the store's clock, when it is asked */
		int64_t grace_ms;
	} clocks[] = {
		{ "the store's is ahead", MINUTE_MS, MINUTE_MS / 2 },
		{ "the store's is behind", -MINUTE_MS, -MINUTE_MS / 2 },
	};

	for (size_t i = 0; i < ROWS(clocks); i++) {
		struct lookup second;
		struct desk d;

		desk_init(&d, "L", false, 2 * HOUR_MS);
		storage_rotate(&d.storage, other_secret(&d.sample, TOKEN_A), clocks[i].grace_ms);
		storage_shift(clocks[i].shift_ms);
		d.lookup.locks = true;
		desk_look(&d, clocks[i].name);
		cr_expect_null(d.lookup.session, "%s", clocks[i].name);
		cr_expect_eq(d.lookup.fence, 0, "%s", clocks[i].name);
		cr_expect(d.lookup.stale, "%s", clocks[i].name);
		storage_shift(0);
		cr_assert(token_read(&d.lookup.presented.tokens[0],
				     slice_from(other_secret(&d.sample, TOKEN_A))));
		d.sample.route.lock_wait_ms = 0;
		desk_second(&d, &second);
		cr_expect_neq(second.fence, 0, "%s: it was left locked", clocks[i].name);
		lookup_fini(&second);
		desk_fini(&d);
	}
}

/* --- a store that cannot say --- */

Test(lookup, outage_is_neither_a_miss_nor_a_death)
{
	for (size_t i = 0; i < OUTAGES; i++) {
		struct broken_store broken;
		struct desk d;

		desk_init(&d, "LL", false, 2 * HOUR_MS);
		broken_store_init(&broken, d.storage.loop, &outages[i]);
		d.lookup.store = &broken.store;
		cr_expect_eq(lookup_begin(&d.lookup), !outages[i].no_memory, "%s", outages[i].name);
		storage_run(&d.storage, &d.times);
		cr_expect_eq(d.times, !outages[i].no_memory, "%s: called back %u times",
			     outages[i].name, d.times);
		cr_expect(d.lookup.unavailable, "%s", outages[i].name);
		cr_expect_null(d.lookup.session, "%s", outages[i].name);
		cr_expect(!lookup_dead(&d.lookup), "%s", outages[i].name);
		cr_expect_str_eq(d.lookup.next.text, "", "%s", outages[i].name);
		cr_expect_eq(broken.running, 0, "%s", outages[i].name);
		desk_fini(&d);
	}
}

/* The token is not even looked at any more. */
Test(lookup, giving_up_is_an_outage)
{
	static const unsigned never = 0;
	struct desk d;

	desk_init(&d, "L", false, 2 * HOUR_MS);
	cr_expect(lookup_begin(&d.lookup));
	lookup_give_up(&d.lookup);
	storage_run(&d.storage, &never);
	cr_expect_eq(d.times, 1);
	cr_expect(d.lookup.unavailable);
	cr_expect_eq(d.lookup.reason, REASON_UNAVAILABLE);
	cr_expect_null(d.lookup.session);
	cr_expect(!lookup_dead(&d.lookup));
	cr_expect_str_eq(d.lookup.next.text, "");
	desk_fini(&d);
}

Test(lookup, miss_is_trusted_after_the_longest_idle_timeout)
{
	static const struct {
		const char *name;
		int64_t whole_ms; /* for so long */
		bool trusted;
	} ages[] = {
		{ "just emptied", 0, false },
		{ "a little too young", STORAGE_IDLE_MS - 10000, false },
		{ "old enough", STORAGE_IDLE_MS + 10000, true },
		{ "ahead of us", -10000, false },
	};
	struct config config = { .longest_idle_ms = STORAGE_IDLE_MS };

	for (size_t i = 0; i < ROWS(ages); i++) {
		struct store_result miss = { .status = STORE_NOT_FOUND,
					     .whole_since_ms = clock_wall_ms() - ages[i].whole_ms };

		cr_expect_eq(lookup_trusts_miss(&config, &miss), ages[i].trusted, "%s",
			     ages[i].name);
	}
}

/* --- given up --- */

Test(lookup, stopped_in_flight_is_silent)
{
	static const unsigned never = 0;
	struct desk d;

	desk_init(&d, "uL", false, 2 * HOUR_MS);
	cr_assert(lookup_begin(&d.lookup));
	lookup_stop(&d.lookup);
	lookup_stop(&d.lookup);
	storage_run(&d.storage, &never);
	cr_expect_eq(d.times, 0);
	cr_expect_null(d.lookup.session);
	desk_fini(&d);
}

Test(lookup, fini_in_flight_and_of_one_that_never_began)
{
	struct lookup never_began = { 0 };
	struct desk d;

	desk_init(&d, "L", false, 2 * HOUR_MS);
	cr_assert(lookup_begin(&d.lookup));
	desk_fini(&d);
	cr_expect_eq(d.times, 0);
	cr_expect_str_eq(d.lookup.presented.tokens[0].text, "", "wiped");
	lookup_fini(&never_began);
}

static const struct {
	const char *name, *known;
	bool malformed, young;
	enum decision_reason why;
	bool named; /* a record was there */
} whys[] = {
	{ "no token", "", false, false, DECISION_NO_TOKEN, false },
	{ "malformed", "", true, false, DECISION_MALFORMED, false },
	{ "unknown", "u", true, false, DECISION_UNKNOWN, false },
	{ "unknown to a young store", "u", false, true, DECISION_UNTRUSTED, false },
	{ "expired", "e", false, false, DECISION_EXPIRED, true },
	{ "logged out", "o", false, false, DECISION_LOGGED_OUT, true },
	{ "wrong secret", "w", false, false, DECISION_WRONG_SECRET, true },
	{ "stale secret", "s", false, false, DECISION_STALE, true },
	{ "another realm", "r", false, false, DECISION_OTHER_REALM, true },
	{ "the first counts", "oeu", false, false, DECISION_LOGGED_OUT, true },
	{ "so does nothing before it", "uwo", false, false, DECISION_UNKNOWN, false },
};

Test(lookup, says_why_there_is_none)
{
	for (size_t i = 0; i < ROWS(whys); i++) {
		struct desk d;

		desk_init(&d, whys[i].known, whys[i].malformed,
			  whys[i].young ? MINUTE_MS : 2 * HOUR_MS);
		desk_look(&d, whys[i].name);
		cr_expect_null(d.lookup.session, "%s", whys[i].name);
		cr_expect_eq(d.lookup.why, whys[i].why, "%s: %d", whys[i].name, d.lookup.why);
		cr_expect_eq(d.lookup.named != NULL, whys[i].named, "%s", whys[i].name);
		desk_fini(&d);
	}
}
