/* suite_lists.c - lists of sessions, page by page; see suite.h. */
#include "tests/backends/crowd.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { SOME = 30 };

static const enum store_order orders[] = { STORE_BY_SEEN, STORE_BY_CREATED };

/* SOME of them, some in one millisecond and some apart. */
static void crowd_gathers(struct crowd *c, struct bench *b)
{
	crowd_init(c, b, 4 * SOME);
	for (size_t i = 0; i < SOME; i++) {
		crowd_grows(c, i % 3 == 0 ? SLICE("alice") : SLICE(""));
		if (i % 5 == 0)
			b->fixture->pass(3);
	}
}

static void expect_all_once(const struct walk *w, const struct crowd *c)
{
	cr_expect_eq(w->count, c->count);
	for (size_t i = 0; i < c->count; i++)
		cr_assert_eq(walk_times(w, c->visitors[i].id), 1, "%zu", i);
}

void suite_list_gives_pages_in_order(struct bench *b)
{
	static const size_t limits[] = { 1, 7, SOME, STORE_PAGE };
	struct crowd c;

	crowd_gathers(&c, b);
	for (unsigned i = 0; i < 16; i++) {
		struct walk w =
			walk_begin(b, &c.filter, orders[i & 1], (i & 2) != 0, limits[i >> 2]);

		walk_rest(&w);
		expect_all_once(&w, &c);
		walk_fini(&w);
	}
	crowd_fini(&c);
}

/* Two walks of one list go the same way, whatever their pages. */
void suite_cursor_is_good_for_another_limit_and_on_another_store(struct bench *b)
{
	struct bench other = *b;
	struct walk small, large;
	struct crowd c;

	crowd_gathers(&c, b);
	bench_connect(&other);
	small = walk_begin(b, &c.filter, STORE_BY_CREATED, true, 4);
	large = walk_begin(b, &c.filter, STORE_BY_CREATED, true, STORE_PAGE);
	walk_rest(&large);
	for (unsigned i = 0; !small.over; i++) {
		small.bench = i % 2 == 0 ? &other : b;
		small.listing.limit = 1 + i % 5;
		walk_page(&small);
	}
	bench_disconnect(&other);
	cr_assert_eq(small.count, large.count);
	for (size_t i = 0; i < small.count; i++)
		cr_expect_str_eq(small.walked[i].id, large.walked[i].id);
	walk_fini(&small);
	walk_fini(&large);
	crowd_fini(&c);
}

void suite_list_by_last_seen_follows_touches(struct bench *b)
{
	struct crowd c;
	struct walk w;

	crowd_gathers(&c, b);
	for (size_t i = SOME; i-- > 0;) {
		b->fixture->pass(2);
		EXPECT_ANSWER(visitor_touches(&c.visitors[i], b), STORE_OK);
	}
	w = walk_begin(b, &c.filter, STORE_BY_SEEN, true, 7);
	walk_rest(&w);
	cr_assert_eq(w.count, SOME);
	for (size_t i = 0; i < SOME; i++)
		cr_expect(slice_equal(slice_from(w.walked[i].id), c.visitors[i].id), "%zu", i);
	walk_fini(&w);
	crowd_fini(&c);
}

/* Between two pages one comes, and two of those go that were there in the beginning: the first, and the last. */
void suite_walk_goes_on_while_others_come_and_go(struct bench *b)
{
	for (unsigned i = 0; i < 4; i++) {
		size_t gone = 0;
		struct crowd c;
		struct walk w;

		crowd_gathers(&c, b);
		w = walk_begin(b, &c.filter, orders[i & 1], (i & 2) != 0, 3);
		for (walk_page(&w); !w.over; walk_page(&w)) {
			struct visitor *first = &c.visitors[gone],
				       *last = &c.visitors[SOME - 1 - gone];

			b->fixture->pass(1);
			crowd_grows(&c, SLICE("alice"));
			if (gone == SOME / 4)
				continue;
			EXPECT_ANSWER(bench_remove(b, first->id), STORE_OK);
			EXPECT_ANSWER(bench_remove(b, last->id), STORE_OK);
			gone++;
		}
		cr_expect_eq(gone, SOME / 4);
		for (size_t j = 0; j < c.count; j++)
			cr_expect_leq(walk_times(&w, c.visitors[j].id), 1);
		for (size_t j = gone; j < SOME - gone; j++)
			cr_expect_eq(walk_times(&w, c.visitors[j].id), 1, "%u: %zu", i, j);
		walk_fini(&w);
		crowd_fini(&c);
	}
}

void suite_ended_is_in_no_list(struct bench *b)
{
	struct store_user alice;
	struct crowd c;
	struct walk w;

	crowd_gathers(&c, b);
	alice = (struct store_user){ c.realm, SLICE("alice") };
	EXPECT_ANSWER(bench_remove(b, c.visitors[1].id), STORE_OK);
	cr_expect_eq(bench_block_user(b, &alice, 0).count, SOME / 3);
	for (unsigned i = 0; i < 4; i++) {
		w = walk_begin(b, &c.filter, orders[i & 1], (i & 2) != 0, 4);
		walk_rest(&w);
		cr_expect_eq(w.count, SOME - SOME / 3 - 1);
		cr_expect_eq(walk_times(&w, c.visitors[0].id), 0);
		cr_expect_eq(walk_times(&w, c.visitors[1].id), 0);
		walk_fini(&w);
	}
	/* some have run out, and nobody has come by to end them */
	b->fixture->pass(IDLE_MS);
	EXPECT_ANSWER(visitor_touches(&c.visitors[2], b), STORE_OK);
	b->fixture->pass(TOUCH_MS);
	w = walk_begin(b, &c.filter, STORE_BY_CREATED, false, 4);
	walk_rest(&w);
	cr_expect_eq(w.count, 1);
	cr_expect_eq(walk_times(&w, c.visitors[2].id), 1);
	walk_fini(&w);
	crowd_fini(&c);
}

void suite_list_of_nothing_is_empty(struct bench *b)
{
	struct crowd c;
	struct walk w;

	crowd_init(&c, b, 1);
	for (unsigned i = 0; i < 4; i++) {
		w = walk_begin(b, &c.filter, orders[i & 1], (i & 2) != 0, 4);
		walk_rest(&w);
		cr_expect_eq(w.count, 0);
		walk_fini(&w);
	}
	crowd_fini(&c);
}

/* All that there are of a store, whoever they are of. */
void suite_list_without_a_filter_is_of_all(struct bench *b)
{
	static const struct filter all;

	for (unsigned i = 0; i < 4; i++) {
		struct crowd c;
		struct walk w;

		crowd_gathers(&c, b);
		w = walk_begin(b, &all, orders[i & 1], (i & 2) != 0, STORE_PAGE);
		walk_rest(&w);
		for (size_t j = 0; j < SOME; j++)
			cr_expect_eq(walk_times(&w, c.visitors[j].id), 1, "%u: %zu", i, j);
		walk_fini(&w);
		crowd_fini(&c);
	}
}

/* --- Cursors --------------------------------------------------------------------------------- */

static enum store_status status_of(struct bench *b, struct store_listing listing,
				   struct slice cursor)
{
	enum store_status status;
	struct answer a;

	listing.cursor = cursor;
	a = bench_list(b, &listing);
	status = a.status;
	cr_expect(status == STORE_OK || (a.count == 0 && a.cursor_bytes == 0));
	answer_fini(&a);
	return status;
}

void suite_cursor_that_is_none_is_refused(struct bench *b)
{
	struct crowd c;
	struct walk w;
	char bent[STORE_CURSOR_BYTES + 1];
	size_t len;

	crowd_gathers(&c, b);
	w = walk_begin(b, &c.filter, STORE_BY_CREATED, false, 4);
	walk_page(&w);
	len = w.listing.cursor.len;
	cr_assert_gt(len, 0);
	cr_expect_eq(status_of(b, w.listing, SLICE("x")), STORE_CURSOR);
	cr_expect_eq(status_of(b, w.listing, SLICE("\0")), STORE_CURSOR);
	memset(bent, 'A', sizeof(bent));
	cr_expect_eq(status_of(b, w.listing, slice_of(bent, sizeof(bent))), STORE_CURSOR);
	for (size_t i = 1; i < len; i++)
		cr_expect_eq(status_of(b, w.listing, slice_of(w.cursor, i)), STORE_CURSOR, "%zu",
			     i);
	/* one that was bent is refused, or is another place: it is nobody's fault but its owner's */
	for (size_t i = 0; i < len * 8; i++) {
		enum store_status status;

		memcpy(bent, w.cursor, len);
		bent[i / 8] = (char)(bent[i / 8] ^ 1 << i % 8);
		status = status_of(b, w.listing, slice_of(bent, len));
		cr_expect(status == STORE_OK || status == STORE_CURSOR, "%zu: %s", i,
			  store_status_text(status));
	}
	/* another list's */
	w.listing.descending = true;
	cr_expect_eq(status_of(b, w.listing, w.listing.cursor), STORE_CURSOR);
	w.listing.descending = false;
	w.listing.order = STORE_BY_SEEN;
	cr_expect_eq(status_of(b, w.listing, w.listing.cursor), STORE_CURSOR);
	walk_fini(&w);
	crowd_fini(&c);
}

/* --- Filters --------------------------------------------------------------------------------- */

static const struct device_visit visits[] = {
	{ SLICE("192.0.2.1"), SLICE("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"), DEVICE_FULL },
	{ SLICE("192.0.2.77"), SLICE("curl/8.1"), DEVICE_FULL },
	{ SLICE("2001:db8::7"), SLICE("Mozilla/5.0 (Windows NT 10.0) Edg/140.0"), DEVICE_FULL },
};

static const struct {
	struct slice user, application, host;
	const struct device_visit *visit;
	size_t value_bytes;
} people[] = {
	{ SLICE(""), SLICE("shop"), SLICE("www.example.org"), &visits[0], 1 },
	{ SLICE("alice"), SLICE("shop"), SLICE("WWW.Example.org"), &visits[1], 1 },
	{ SLICE("alina"), SLICE("admin"), SLICE("example.org"), &visits[2], 1 },
	{ SLICE("bob"), SLICE("admin"), SLICE(""), NULL, 1 },
	{ SLICE("alice"), SLICE("blog"), SLICE("www.example.org"), &visits[0], 1000 },
	{ SLICE("bo"), SLICE("blog"), SLICE("b"), &visits[1], 50 },
};

enum { PEOPLE = sizeof(people) / sizeof(people[0]) };

static void people_gather(struct crowd *c, struct bench *b)
{
	char value[1000];

	memset(value, '7', sizeof(value));
	crowd_init(c, b, 2 * PEOPLE);
	for (size_t i = 0; i < PEOPLE; i++) {
		struct visitor *v = crowd_next(c);
		struct change change = { SLICE("a"), slice_of(value, people[i].value_bytes) };
		const struct session *s;

		v->application = people[i].application;
		v->host = people[i].host;
		v->visit = people[i].visit;
		s = visitor_session(v, b, people[i].user, &change, 1);
		EXPECT_ANSWER(bench_create(b, s), STORE_OK);
		session_unref(&s);
		b->fixture->pass(5);
	}
}

/* Which of the people the filter lets through: a bit for each; also what count says, if it knows. */
static unsigned people_matching(struct crowd *c, struct filter filter)
{
	struct answer count;
	unsigned mask = 0;
	struct walk w;

	filter.realms = c->filter.realms;
	w = walk_begin(c->bench, &filter, STORE_BY_CREATED, true, 2);
	walk_rest(&w);
	for (size_t i = 0; i < PEOPLE; i++)
		mask |= walk_times(&w, c->visitors[i].id) << i;
	cr_expect_eq(w.count, (size_t)__builtin_popcount(mask));
	count = bench_count(c->bench, &filter);
	if (filter_names_users(&filter)) {
		cr_expect_eq(count.status, STORE_OK);
		cr_expect_eq(count.count, w.count);
		cr_expect(count.exact);
	} else {
		cr_expect_eq(count.status, STORE_NOT_FOUND);
	}
	walk_fini(&w);
	return mask;
}

#define NAMES(...)                                                                     \
	{                                                                              \
		(const struct slice[]){ __VA_ARGS__ },                                 \
			sizeof((struct slice[]){ __VA_ARGS__ }) / sizeof(struct slice) \
	}

void suite_list_is_of_what_the_filter_matches(struct bench *b)
{
	static const struct network v4 = { { [10] = 0xff, 0xff, 192, 0, 2, 64 }, 96 + 26 },
				    v6 = { { 0x20, 0x01, 0x0d, 0xb8 }, 32 };
	const struct {
		const char *name;
		struct filter filter;
		unsigned people;
	} rows[] = {
		{ "all", { .min_bytes = 0 }, 0x3f },
		{ "a user", { .users = NAMES(SLICE("alice")) }, 0x12 },
		{ "two users", { .users = NAMES(SLICE("bob"), SLICE("alice")) }, 0x1a },
		{ "a user who is not there", { .users = NAMES(SLICE("al")) }, 0 },
		{ "a prefix", { .user_prefix = SLICE("ali") }, 0x16 },
		{ "a whole name as prefix", { .user_prefix = SLICE("bo") }, 0x28 },
		{ "an application", { .applications = NAMES(SLICE("admin")) }, 0x0c },
		{ "applications", { .applications = NAMES(SLICE("blog"), SLICE("shop")) }, 0x33 },
		{ "anonymous", { .state = FILTER_ANONYMOUS }, 0x01 },
		{ "authenticated", { .state = FILTER_AUTHENTICATED }, 0x3e },
		{ "a host", { .host = SLICE("www.EXAMPLE.org") }, 0x13 },
		{ "an IPv4 network", { .network = &v4 }, 0x22 },
		{ "an IPv6 network", { .network = &v6 }, 0x04 },
		{ "a browser", { .user_agent = SLICE("firefox") }, 0x11 },
		{ "the end of a user agent", { .user_agent = SLICE("8.1") }, 0x22 },
		{ "bytes, with the name's", { .min_bytes = 51 }, 0x30 },
		{ "more bytes", { .min_bytes = 52 }, 0x10 },
		{ "a user with an application",
		  { .users = NAMES(SLICE("alice")), .applications = NAMES(SLICE("blog")) },
		  0x10 },
		{ "a user with another prefix",
		  { .users = NAMES(SLICE("alice")), .user_prefix = SLICE("b") },
		  0 },
	};
	struct crowd c;

	people_gather(&c, b);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(people_matching(&c, rows[i].filter), rows[i].people, "%s: %x",
			     rows[i].name, people_matching(&c, rows[i].filter));
	crowd_fini(&c);
}

static void find_times(struct crowd *c, size_t i, int64_t *created_ms, int64_t *seen_ms)
{
	struct answer a = bench_find(c->bench, c->visitors[i].id);

	cr_assert_eq(a.status, STORE_OK);
	*created_ms = a.session->created_ms;
	*seen_ms = a.session->seen_ms;
	answer_fini(&a);
}

void suite_list_is_of_a_span_of_time(struct bench *b)
{
	int64_t created[PEOPLE], seen[PEOPLE];
	struct filter filter = { 0 };
	struct crowd c;

	people_gather(&c, b);
	EXPECT_ANSWER(visitor_touches(&c.visitors[1], b), STORE_OK);
	for (size_t i = 0; i < PEOPLE; i++)
		find_times(&c, i, &created[i], &seen[i]);
	filter.created = (struct filter_span){ created[2], created[4] };
	cr_expect_eq(people_matching(&c, filter), 0x0c);
	filter.users = (struct filter_names)NAMES(SLICE("bob"), SLICE("bo"));
	cr_expect_eq(people_matching(&c, filter), 0x08);
	filter = (struct filter){ .created.from_ms = created[4] };
	cr_expect_eq(people_matching(&c, filter), 0x30);
	filter = (struct filter){ .created.until_ms = created[1] + 1 };
	cr_expect_eq(people_matching(&c, filter), 0x03);
	filter = (struct filter){ .created = { created[4], created[2] } };
	cr_expect_eq(people_matching(&c, filter), 0);
	filter = (struct filter){ .seen.from_ms = seen[5] };
	cr_expect_eq(people_matching(&c, filter), 0x22);
	filter.seen.until_ms = seen[1];
	cr_expect_eq(people_matching(&c, filter), 0x20);
	/* without a filter's other parts there is an index for it, in each order */
	for (unsigned i = 0; i < 4; i++) {
		struct filter span = { .created = { created[1], created[4] } };
		struct walk w = walk_begin(b, &span, orders[i & 1], (i & 2) != 0, 2);

		walk_rest(&w);
		for (size_t j = 0; j < PEOPLE; j++)
			cr_expect_eq(walk_times(&w, c.visitors[j].id), j >= 1 && j < 4, "%u: %zu",
				     i, j);
		walk_fini(&w);
	}
	crowd_fini(&c);
}

void suite_visitor_is_found_by_his_first_and_his_last_address(struct bench *b)
{
	static const struct network first = { { [10] = 0xff, 0xff, 192, 0, 2, 1 }, 128 },
				    last = { { [10] = 0xff, 0xff, 192, 0, 2, 77 }, 128 };
	struct crowd c;
	struct delta d;

	people_gather(&c, b);
	d = visitor_delta(&c.visitors[0]);
	d.visit = &visits[1];
	EXPECT_ANSWER(bench_save(b, c.visitors[0].id, &d), STORE_OK);
	cr_expect_eq(people_matching(&c, (struct filter){ .network = &first }), 0x11);
	cr_expect_eq(people_matching(&c, (struct filter){ .network = &last }), 0x23);
	crowd_fini(&c);
}

/* The store is empty when a case begins. */
static void expect_heads(struct bench *b, const char *application, enum filter_state state,
			 size_t expected)
{
	const struct slice name = slice_from(application);
	const struct filter filter = { .applications = { &name, name.len > 0 }, .state = state };
	struct answer a = bench_count(b, &filter);

	cr_expect_eq(a.status, STORE_OK);
	cr_expect_eq(a.count, expected, "%s, %d: %zu, not %zu", application, state, a.count,
		     expected);
	cr_expect(a.exact);
}

void suite_heads_are_counted_by_application_and_state(struct bench *b)
{
	struct crowd c;

	people_gather(&c, b);
	expect_heads(b, "", FILTER_ANONYMOUS, 1);
	expect_heads(b, "shop", FILTER_ANY_STATE, 2);
	expect_heads(b, "shop", FILTER_AUTHENTICATED, 1);
	expect_heads(b, "nowhere", FILTER_ANY_STATE, 0);
	EXPECT_ANSWER(visitor_logs_in(&c.visitors[0], b, SLICE("carol")), STORE_OK);
	expect_heads(b, "shop", FILTER_ANONYMOUS, 0);
	expect_heads(b, "shop", FILTER_AUTHENTICATED, 2);
	EXPECT_ANSWER(visitor_touches(&c.visitors[1], b), STORE_OK);
	EXPECT_ANSWER(bench_remove(b, c.visitors[1].id), STORE_OK);
	expect_heads(b, "shop", FILTER_ANY_STATE, 1);
	b->fixture->pass(2 * IDLE_MS);
	bench_expire(b, 100);
	expect_heads(b, "", FILTER_AUTHENTICATED, 0);
	expect_heads(b, "blog", FILTER_ANY_STATE, 0);
	crowd_fini(&c);
}

/* What is listed of a session is as it is found, but for the values. */
void suite_list_shows_what_a_session_is(struct bench *b)
{
	const struct session *shown;
	struct answer found, a;
	struct crowd c;

	people_gather(&c, b);
	EXPECT_ANSWER(visitor_sets(&c.visitors[4], b, SLICE("b"), SLICE("\"x\"")), STORE_OK);
	found = bench_find(b, c.visitors[4].id);
	c.filter.applications = (struct filter_names)NAMES(SLICE("blog"));
	c.filter.state = FILTER_AUTHENTICATED;
	c.filter.min_bytes = 500;
	a = bench_list(b, &(struct store_listing){ .filter = &c.filter, .limit = 9 });
	cr_assert_eq(a.count, 1);
	shown = a.sessions[0];
	cr_expect_str_eq(shown->id, found.session->id);
	cr_expect(slice_equal(shown->realm, c.realm));
	cr_expect(slice_equal(shown->user, SLICE("alice")));
	cr_expect(slice_equal(shown->application, SLICE("blog")));
	cr_expect(slice_equal(shown->host, found.session->host));
	cr_expect(slice_equal(shown->device.first_ip, found.session->device.first_ip));
	cr_expect(slice_equal(shown->device.last_ip, found.session->device.last_ip));
	cr_expect(slice_equal(shown->device.user_agent, found.session->device.user_agent));
	cr_expect_eq(shown->created_ms, found.session->created_ms);
	cr_expect_eq(shown->login_ms, found.session->login_ms);
	cr_expect_eq(shown->rotated_ms, found.session->rotated_ms);
	cr_expect_eq(shown->seen_ms, found.session->seen_ms);
	cr_expect_eq(shown->expires_ms, found.session->expires_ms);
	cr_expect_eq(shown->idle_ms, found.session->idle_ms);
	cr_expect_eq(shown->touch_ms, found.session->touch_ms);
	cr_expect_eq(shown->version, found.session->version);
	cr_expect_eq(shown->transport, found.session->transport);
	cr_expect_eq(shown->remembered, found.session->remembered);
	cr_expect_eq(shown->attribute_bytes, 1 + 1000 + 1 + 3);
	cr_assert_eq(shown->attribute_count, 2);
	cr_expect(slice_equal(shown->attributes[0].name, SLICE("a")));
	cr_expect(slice_equal(shown->attributes[1].name, SLICE("b")));
	answer_fini(&a);
	answer_fini(&found);
	crowd_fini(&c);
}

/* --- Users ----------------------------------------------------------------------------------- */

void suite_list_of_users_has_no_others(struct bench *b)
{
	struct slice users[] = { SLICE("alice"), SLICE("nobody") };
	struct crowd c;
	struct walk w;

	crowd_gathers(&c, b);
	/* what was hers, and what becomes hers */
	EXPECT_ANSWER(visitor_logs_in(&c.visitors[0], b, SLICE("bob")), STORE_OK);
	EXPECT_ANSWER(visitor_logs_in(&c.visitors[1], b, SLICE("alice")), STORE_OK);
	EXPECT_ANSWER(visitor_logs_in(&c.visitors[3], b, SLICE("")), STORE_OK);
	EXPECT_ANSWER(bench_remove(b, c.visitors[6].id), STORE_OK);
	c.filter.users = (struct filter_names){ users, 2 };
	for (unsigned i = 0; i < 4; i++) {
		w = walk_begin(b, &c.filter, orders[i & 1], (i & 2) != 0, 3);
		walk_rest(&w);
		cr_expect_eq(w.count, SOME / 3 - 2);
		cr_expect_eq(walk_times(&w, c.visitors[1].id), 1);
		for (size_t j = 9; j < SOME; j += 3)
			cr_expect_eq(walk_times(&w, c.visitors[j].id), 1);
		walk_fini(&w);
	}
	crowd_fini(&c);
}

/* --- Counts ---------------------------------------------------------------------------------- */

void suite_count_is_of_what_indexes_know(struct bench *b)
{
	struct filter span = { 0 };
	struct answer all, later;
	int64_t seen;
	struct crowd c;

	people_gather(&c, b);
	b->fixture->pass(10);
	find_times(&c, PEOPLE - 1, &span.created.from_ms, &seen);
	span.created.from_ms += 1;
	all = bench_count(b, &(struct filter){ 0 });
	cr_expect_eq(all.status, STORE_OK);
	cr_expect_geq(all.count, PEOPLE);
	for (size_t i = 0; i < 3; i++)
		crowd_grows(&c, SLICE(""));
	later = bench_count(b, &span);
	cr_expect_eq(later.status, STORE_OK);
	cr_expect_geq(later.count, 3);
	span.created.until_ms = span.created.from_ms;
	cr_expect_eq(bench_count(b, &span).count, 0);
	crowd_fini(&c);
}

/* --- Many ------------------------------------------------------------------------------------ */

static int id_compare(const void *a, const void *b)
{
	return memcmp(a, b, TOKEN_ID_CHARS);
}

/* Each of those that are listed once, without comparing each with each. */
static size_t walk_distinct(const struct walk *w)
{
	char(*ids)[TOKEN_ID_CHARS] = calloc(w->count + 1, TOKEN_ID_CHARS);
	size_t distinct = w->count > 0;

	for (size_t i = 0; i < w->count; i++)
		memcpy(ids[i], w->walked[i].id, TOKEN_ID_CHARS);
	qsort(ids, w->count, TOKEN_ID_CHARS, id_compare);
	for (size_t i = 1; i < w->count; i++)
		distinct += id_compare(ids[i - 1], ids[i]) != 0;
	free(ids);
	return distinct;
}

void suite_list_of_ten_thousand(struct bench *b)
{
	enum { MANY = 10000, RARE = 1000 };
	struct crowd c;
	struct walk w;

	crowd_init(&c, b, MANY);
	for (size_t i = 0; i < MANY; i++) {
		struct visitor *v = crowd_next(&c);

		if (i % RARE == 7)
			v->application = SLICE("rare");
		EXPECT_ANSWER(visitor_comes(v, b, i % 2 == 0 ? SLICE("alice") : SLICE("")),
			      STORE_OK);
		if (i % 512 == 0)
			b->fixture->pass(1);
	}
	for (unsigned i = 0; i < 4; i++) {
		w = walk_begin(b, &c.filter, orders[i & 1], (i & 2) != 0, STORE_PAGE);
		walk_rest(&w);
		cr_expect_eq(w.count, MANY);
		cr_expect_eq(walk_distinct(&w), MANY);
		walk_fini(&w);
	}
	c.filter.applications = (struct filter_names)NAMES(SLICE("rare"));
	w = walk_begin(b, &c.filter, STORE_BY_SEEN, true, 3);
	walk_rest(&w);
	cr_expect_eq(w.count, MANY / RARE);
	cr_expect_eq(walk_distinct(&w), MANY / RARE);
	walk_fini(&w);
	c.filter = (struct filter){ .realms = c.filter.realms, .users = NAMES(SLICE("alice")) };
	w = walk_begin(b, &c.filter, STORE_BY_SEEN, true, 400);
	walk_rest(&w);
	cr_expect_eq(walk_distinct(&w), MANY / 2);
	walk_fini(&w);
	crowd_fini(&c);
}

/* --- On two loops ---------------------------------------------------------------------------- */

/* One has sessions come, be seen and go as long as the other one walks. */
struct traffic {
	struct bench bench;
	struct crowd *crowd;
	_Atomic bool over;
};

static void *traffic_run(void *ctx)
{
	struct traffic *t = ctx;
	struct visitor v;

	while (!t->over) {
		visitor_init(&v);
		v.realm = t->crowd->realm;
		EXPECT_ANSWER(visitor_comes(&v, &t->bench, SLICE("bob")), STORE_OK);
		EXPECT_ANSWER(visitor_touches(&v, &t->bench), STORE_OK);
		EXPECT_ANSWER(bench_remove(&t->bench, v.id), STORE_OK);
	}
	return NULL;
}

void suite_walk_in_traffic_misses_nobody(struct bench *b)
{
	enum { WALKS = 40 };
	struct traffic traffic;
	pthread_t thread;
	struct crowd c;

	crowd_gathers(&c, b);
	traffic = (struct traffic){ .bench = *b, .crowd = &c };
	bench_connect(&traffic.bench);
	cr_assert_eq(pthread_create(&thread, NULL, traffic_run, &traffic), 0);
	for (unsigned i = 0; i < WALKS; i++) {
		struct walk w = walk_begin(b, &c.filter, orders[i & 1], (i & 2) != 0, 4);

		walk_rest(&w);
		for (size_t j = 0; j < SOME; j++)
			cr_expect_eq(walk_times(&w, c.visitors[j].id), 1);
		walk_fini(&w);
	}
	traffic.over = true;
	pthread_join(thread, NULL);
	bench_disconnect(&traffic.bench);
	crowd_fini(&c);
}

void suite_health_says_that_it_answers(struct bench *b)
{
	cr_expect_eq(bench_health(b).status, STORE_OK);
}
