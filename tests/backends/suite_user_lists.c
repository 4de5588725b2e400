/* suite_user_lists.c - lists of users, page by page; see suite.h. */
#include "tests/backends/crowd.h"

#include <stdio.h>
#include <stdlib.h>

enum { USER_BYTES = 16 };

/* A walk over the pages of a list of users. */
struct round {
	struct bench *bench;
	struct store_user_listing listing;
	struct answer_user *users;
	size_t count, pages;
	bool over;
	char cursor[STORE_CURSOR_BYTES];
};

static struct round round_of(struct bench *b, const struct store_user_listing *listing)
{
	return (struct round){ .bench = b, .listing = *listing };
}

static void round_page(struct round *r)
{
	struct answer a = bench_users(r->bench, &r->listing);

	cr_assert_eq(a.status, STORE_OK, "%s", store_status_text(a.status));
	cr_assert_leq(a.count, r->listing.limit);
	r->users = reallocarray(r->users, r->count + a.count + 1, sizeof(r->users[0]));
	cr_assert_not_null(r->users);
	for (size_t i = 0; i < a.count; i++) {
		struct answer_user *user = &r->users[r->count++];

		*user = a.users[i];
		user->row.who.realm.ptr = NULL; /* its text has moved */
		user->row.who.name.ptr = NULL;
	}
	memcpy(r->cursor, a.cursor, a.cursor_bytes);
	r->listing.cursor = slice_of(r->cursor, a.cursor_bytes);
	r->over = a.cursor_bytes == 0;
	r->pages++;
	answer_fini(&a);
}

static struct slice round_realm(const struct round *r, size_t i)
{
	return slice_of(r->users[i].realm, r->users[i].row.who.realm.len);
}

static struct slice round_name(const struct round *r, size_t i)
{
	return slice_of(r->users[i].name, r->users[i].row.who.name.len);
}

static void round_rest(struct round *r)
{
	while (!r->over)
		round_page(r);
	for (size_t i = 1; i < r->count; i++) {
		int order = slice_compare(round_realm(r, i - 1), round_realm(r, i));

		if (order == 0)
			order = slice_compare(round_name(r, i - 1), round_name(r, i));
		cr_assert_lt(order, 0, "%zu", i);
	}
}

static void round_fini(struct round *r)
{
	free(r->users);
	r->users = NULL;
}

/* The names on the list, one behind the other. */
static void expect_names(struct bench *b, const struct store_user_listing *listing,
			 const char *expected)
{
	for (size_t limit = 1; limit <= STORE_PAGE; limit = limit * 3 + 1) {
		struct store_user_listing pages = *listing;
		char told[256] = "";
		struct round r;

		pages.limit = limit;
		r = round_of(b, &pages);
		round_rest(&r);
		for (size_t i = 0; i < r.count; i++) {
			size_t at = strlen(told);

			snprintf(told + at, sizeof(told) - at, "%s%.*s", at > 0 ? " " : "",
				 SLICE_ARGS(round_name(&r, i)));
		}
		cr_expect_str_eq(told, expected, "%s, not %s", told, expected);
		round_fini(&r);
	}
}

static struct store_user_listing crowd_users(const struct crowd *c)
{
	return (struct store_user_listing){ .realms = c->filter.realms, .limit = STORE_PAGE };
}

static void crowd_of(struct crowd *c, struct bench *b, const char *const *names, size_t count)
{
	crowd_init(c, b, 2 * count);
	for (size_t i = 0; i < count; i++) {
		crowd_grows(c, slice_from(names[i]));
		b->fixture->pass(3);
	}
}

static const char *const names[] = { "bob", "alice", "",    "carol", "alice",
				     "al",  "alina", "bob", "alice" };

enum { NAMES = sizeof(names) / sizeof(names[0]) };

void suite_users_are_listed_by_name(struct bench *b)
{
	struct store_user_listing all;
	struct answer found;
	struct crowd c;
	struct round r;

	crowd_of(&c, b, names, NAMES);
	all = crowd_users(&c);
	expect_names(b, &all, "al alice alina bob carol");
	EXPECT_ANSWER(bench_remove(b, c.visitors[4].id), STORE_OK);
	EXPECT_ANSWER(bench_remove(b, c.visitors[5].id), STORE_OK);
	expect_names(b, &all, "alice alina bob carol");
	EXPECT_ANSWER(visitor_touches(&c.visitors[1], b), STORE_OK);
	found = bench_find(b, c.visitors[1].id);
	r = round_of(b, &all);
	round_rest(&r);
	cr_assert_eq(r.count, 4);
	cr_expect(slice_equal(round_realm(&r, 0), c.realm));
	cr_expect_eq(r.users[0].row.sessions, 2);
	cr_expect_eq(r.users[0].row.seen_ms, found.session->seen_ms);
	cr_expect_not(r.users[0].row.blocked);
	cr_expect_eq(r.users[1].row.sessions, 1);
	cr_expect_eq(r.users[2].row.sessions, 2);
	round_fini(&r);
	answer_fini(&found);
	/* they run out, and nobody has come by to end them */
	b->fixture->pass(IDLE_MS);
	EXPECT_ANSWER(visitor_touches(&c.visitors[6], b), STORE_OK);
	b->fixture->pass(TOUCH_MS);
	expect_names(b, &all, "alina");
	crowd_fini(&c);
}

void suite_users_are_listed_by_prefix_and_by_name(struct bench *b)
{
	struct slice some[] = { SLICE("bob"), SLICE("alina"), SLICE("nobody") };
	struct store_user_listing listing;
	struct crowd c;

	crowd_of(&c, b, names, NAMES);
	listing = crowd_users(&c);
	listing.prefix = SLICE("al");
	expect_names(b, &listing, "al alice alina");
	listing.prefix = SLICE("ali");
	expect_names(b, &listing, "alice alina");
	listing.prefix = SLICE("alice");
	expect_names(b, &listing, "alice");
	listing.prefix = SLICE("alicee");
	expect_names(b, &listing, "");
	listing.prefix = SLICE("\xff");
	expect_names(b, &listing, "");
	listing.prefix = SLICE("");
	listing.names = (struct filter_names){ some, 3 };
	expect_names(b, &listing, "alina bob");
	listing.prefix = SLICE("b");
	expect_names(b, &listing, "bob");
	crowd_fini(&c);
}

/* Three realms of one test, beside those of others: what is asked for is found in each of them. */
void suite_users_are_listed_by_realm(struct bench *b)
{
	struct crowd crowds[3];
	struct slice realms[3];
	struct store_user_listing listing = { .limit = 2 };
	struct round r;

	for (size_t i = 0; i < 3; i++) {
		crowd_of(&crowds[i], b, names, NAMES);
		realms[i] = crowds[i].realm;
	}
	listing.realms = (struct filter_names){ realms, 2 };
	r = round_of(b, &listing);
	round_rest(&r);
	cr_expect_eq(r.count, 2 * 5);
	round_fini(&r);
	listing.prefix = SLICE("bo");
	r = round_of(b, &listing);
	round_rest(&r);
	cr_expect_eq(r.count, 2);
	round_fini(&r);
	/* of whatever realm: those three at least */
	listing.realms.count = 0;
	r = round_of(b, &listing);
	round_rest(&r);
	cr_expect_geq(r.count, 3);
	for (size_t i = 0; i < r.count; i++)
		cr_expect(slice_starts(round_name(&r, i), SLICE("bo")));
	round_fini(&r);
	for (size_t i = 0; i < 3; i++)
		crowd_fini(&crowds[i]);
}

void suite_users_are_listed_by_sessions_and_blocks(struct bench *b)
{
	struct store_user who;
	struct store_user_listing listing;
	struct round r;
	struct crowd c;

	crowd_of(&c, b, names, NAMES);
	who.realm = c.realm;
	who.name = SLICE("carol");
	cr_expect_eq(bench_block_user(b, &who, 0).status, STORE_OK);
	who.name = SLICE("dave");
	cr_expect_eq(bench_block_user(b, &who, 0).status, STORE_OK);
	who.name = SLICE("bob");
	cr_expect_eq(bench_block_user(b, &who, b->fixture->now() + 50).status, STORE_OK);
	listing = crowd_users(&c);
	expect_names(b, &listing, "al alice alina bob carol dave");
	listing.state = STORE_USER_BLOCKED;
	expect_names(b, &listing, "bob carol dave");
	r = round_of(b, &listing);
	round_rest(&r);
	for (size_t i = 0; i < r.count; i++) {
		cr_expect(r.users[i].row.blocked);
		cr_expect_eq(r.users[i].row.sessions, 0);
		cr_expect_eq(r.users[i].row.seen_ms, 0);
	}
	round_fini(&r);
	listing.state = STORE_USER_FREE;
	expect_names(b, &listing, "al alice alina");
	listing.state = STORE_USER_ANY;
	listing.min_sessions = 1;
	expect_names(b, &listing, "al alice alina");
	listing.min_sessions = 3;
	expect_names(b, &listing, "alice");
	listing.min_sessions = 4;
	expect_names(b, &listing, "");
	/* a block that lapses leaves nothing behind, and one that is lifted neither */
	listing.min_sessions = 0;
	listing.state = STORE_USER_BLOCKED;
	b->fixture->pass(50);
	expect_names(b, &listing, "carol dave");
	who.name = SLICE("dave");
	cr_expect_eq(bench_unblock_user(b, &who).status, STORE_OK);
	expect_names(b, &listing, "carol");
	listing.state = STORE_USER_ANY;
	expect_names(b, &listing, "al alice alina carol");
	crowd_fini(&c);
}

/* Every byte, and what a store might take for a delimiter, in their order. */
void suite_users_with_odd_names_are_listed(struct bench *b)
{
	static const struct slice odd[] = {
		SLICE("\0"),   SLICE("\0\0"), SLICE("\001"), SLICE(" "),         SLICE("%00"),
		SLICE("%25"),  SLICE(":"),    SLICE("A"),    SLICE("a"),         SLICE("a\0"),
		SLICE("a\0b"), SLICE("a b"),  SLICE("a:b"),  SLICE("a\xc3\xa9"), SLICE("b"),
		SLICE("{b1}"), SLICE("\xff"),
	};
	enum { ODD = sizeof(odd) / sizeof(odd[0]) };
	struct store_user_listing listing;
	char longest[SESSION_USER_BYTES];
	struct crowd c;

	memset(longest, 'z', sizeof(longest));
	crowd_init(&c, b, ODD + 1);
	for (size_t i = ODD; i-- > 0;)
		crowd_grows(&c, odd[i]);
	crowd_grows(&c, slice_of(longest, sizeof(longest)));
	listing = crowd_users(&c);
	for (listing.limit = 1; listing.limit < 2 * ODD; listing.limit += 5) {
		struct round r = round_of(b, &listing);

		round_rest(&r);
		cr_assert_eq(r.count, ODD + 1);
		for (size_t i = 0; i < ODD - 2; i++)
			cr_expect(slice_equal(round_name(&r, i), odd[i]), "%zu", i);
		cr_expect(slice_equal(round_name(&r, ODD - 2), slice_of(longest, sizeof(longest))));
		cr_expect(slice_equal(round_name(&r, ODD), odd[ODD - 1]));
		round_fini(&r);
	}
	expect_names(
		b,
		&(struct store_user_listing){ .realms = listing.realms, .prefix = SLICE("a\xc3") },
		"a\xc3\xa9");
	crowd_fini(&c);
}

void suite_user_walk_goes_on_while_others_come_and_go(struct bench *b)
{
	enum { USERS = 40 };
	struct store_user_listing listing;
	size_t stable = 0;
	struct round r;
	struct crowd c;

	crowd_init(&c, b, 3 * USERS);
	for (size_t i = 0; i < USERS; i++) {
		char name[USER_BYTES];

		snprintf(name, sizeof(name), "u%02zu", i);
		crowd_grows(&c, slice_from(name));
	}
	listing = crowd_users(&c);
	listing.limit = 3;
	r = round_of(b, &listing);
	for (round_page(&r); !r.over; round_page(&r)) {
		size_t step = r.pages;
		char name[USER_BYTES];

		/* the even ones stay */
		if (2 * step + 1 < USERS)
			EXPECT_ANSWER(bench_remove(b, c.visitors[USERS - 1 - 2 * (step - 1)].id),
				      STORE_OK);
		snprintf(name, sizeof(name), "u%02zux", step * 7 % USERS);
		crowd_grows(&c, slice_from(name));
	}
	round_rest(&r);
	for (size_t i = 0; i < r.count; i++) {
		struct slice name = round_name(&r, i);

		stable += name.len == 3 && (name.ptr[2] - '0') % 2 == 0;
	}
	cr_expect_eq(stable, USERS / 2);
	round_fini(&r);
	crowd_fini(&c);
}

static enum store_status status_of(struct bench *b, struct store_user_listing listing,
				   struct slice cursor)
{
	enum store_status status;
	struct answer a;

	listing.cursor = cursor;
	a = bench_users(b, &listing);
	status = a.status;
	answer_fini(&a);
	return status;
}

void suite_user_cursor_that_is_none_is_refused(struct bench *b)
{
	char bent[STORE_CURSOR_BYTES + 1];
	struct store_user_listing listing;
	struct crowd c;
	struct round r;
	struct walk w;

	crowd_of(&c, b, names, NAMES);
	listing = crowd_users(&c);
	listing.limit = 2;
	r = round_of(b, &listing);
	round_page(&r);
	cr_assert_gt(r.listing.cursor.len, 0);
	memset(bent, 'u', sizeof(bent));
	cr_expect_eq(status_of(b, listing, SLICE("x")), STORE_CURSOR);
	cr_expect_eq(status_of(b, listing, SLICE("u")), STORE_CURSOR);
	cr_expect_eq(status_of(b, listing, slice_of(bent, sizeof(bent))), STORE_CURSOR);
	for (size_t i = 0; i < r.listing.cursor.len * 8; i++) {
		enum store_status status;

		memcpy(bent, r.cursor, r.listing.cursor.len);
		bent[i / 8] = (char)(bent[i / 8] ^ 1 << i % 8);
		status = status_of(b, listing, slice_of(bent, r.listing.cursor.len));
		cr_expect(status == STORE_OK || status == STORE_CURSOR, "%zu: %s", i,
			  store_status_text(status));
	}
	/* that of a list of sessions, and the other way round */
	w = walk_begin(b, &c.filter, STORE_BY_SEEN, false, 2);
	walk_page(&w);
	cr_expect_eq(status_of(b, listing, w.listing.cursor), STORE_CURSOR);
	w.listing.cursor = r.listing.cursor;
	cr_expect_eq(bench_list(b, &w.listing).status, STORE_CURSOR);
	walk_fini(&w);
	round_fini(&r);
	crowd_fini(&c);
}

void suite_list_of_two_thousand_users(struct bench *b)
{
	enum { USERS = 2000 };
	struct store_user_listing listing;
	struct round r;
	struct crowd c;

	crowd_init(&c, b, USERS + USERS / 100);
	for (size_t i = 0; i < USERS + USERS / 100; i++) {
		char name[USER_BYTES];

		snprintf(name, sizeof(name), "u%zu", i * 7919 % USERS);
		crowd_grows(&c, slice_from(name));
	}
	listing = crowd_users(&c);
	r = round_of(b, &listing);
	round_rest(&r);
	cr_expect_eq(r.count, USERS);
	round_fini(&r);
	listing.min_sessions = 2;
	r = round_of(b, &listing);
	round_rest(&r);
	cr_expect_eq(r.count, USERS / 100);
	round_fini(&r);
	crowd_fini(&c);
}

/* Another one of each of the users u0, u1 …, all at once. */
static void crowd_logs_in(struct crowd *c, size_t users)
{
	struct answer *answers = calloc(users, sizeof(*answers));

	cr_assert_not_null(answers);
	for (size_t i = 0; i < users; i++) {
		const struct session *session;
		char name[USER_BYTES];

		snprintf(name, sizeof(name), "u%zu", i);
		session = visitor_session(crowd_next(c), c->bench, slice_from(name), NULL, 0);
		store_create(c->bench->store, session, &any_number, NULL, answer_take, &answers[i]);
		session_unref(&session);
	}
	for (size_t i = 0; i < users; i++) {
		bench_wait(c->bench, &answers[i]);
		cr_assert_eq(answers[i].status, STORE_OK);
		answer_fini(&answers[i]);
	}
	free(answers);
}

/* So that no page takes long: it has as many of them as can be looked at. */
void suite_page_of_users_who_have_many_sessions_is_shorter(struct bench *b)
{
	enum { USERS = 64, SESSIONS = 80, MOST = 5000 };
	struct store_user_listing listing;
	struct round r;
	struct crowd c;

	crowd_init(&c, b, USERS * SESSIONS);
	for (size_t i = 0; i < SESSIONS; i++)
		crowd_logs_in(&c, USERS);
	listing = crowd_users(&c);
	r = round_of(b, &listing);
	round_page(&r);
	cr_expect_not(r.over);
	cr_expect_eq(r.count, MOST / SESSIONS);
	round_rest(&r);
	cr_assert_eq(r.count, USERS);
	for (size_t i = 0; i < USERS; i++)
		cr_expect_eq(r.users[i].row.sessions, SESSIONS, "%zu: %zu", i,
			     r.users[i].row.sessions);
	round_fini(&r);
	crowd_fini(&c);
}

/* More than a store may look at one by one: it says how many, if not exactly. */
void suite_count_of_users_who_have_many_sessions(struct bench *b)
{
	enum { USERS = 20, SESSIONS = 60 };
	char texts[USERS][USER_BYTES];
	struct slice names_of_all[USERS];
	struct answer a;
	struct crowd c;

	crowd_init(&c, b, USERS * SESSIONS);
	for (size_t i = 0; i < SESSIONS; i++)
		crowd_logs_in(&c, USERS);
	for (size_t i = 0; i < USERS; i++) {
		snprintf(texts[i], sizeof(texts[i]), "u%zu", i);
		names_of_all[i] = slice_from(texts[i]);
	}
	c.filter.users = (struct filter_names){ names_of_all, USERS };
	a = bench_count(b, &c.filter);
	cr_expect_eq(a.status, STORE_OK);
	cr_expect_eq(a.count, USERS * SESSIONS);
	answer_fini(&a);
	/* of what has to be looked at all the same */
	c.filter.state = FILTER_ANONYMOUS;
	a = bench_count(b, &c.filter);
	cr_expect_eq(a.status, STORE_OK);
	cr_expect_eq(a.count, 0);
	cr_expect(a.exact);
	answer_fini(&a);
	crowd_fini(&c);
}
