/* suite_put.c - records that come from another store of the kind; see suite.h. */
#include "session/difference.h"
#include "tests/backends/visitor.h"

/* The other store, in which everybody is at home. */
struct elsewhere {
	struct bench bench;
	struct bench *here;
};

static void elsewhere_open(struct elsewhere *e, struct bench *here)
{
	e->bench = (struct bench){ .fixture = here->fixture };
	e->here = here;
	bench_open(&e->bench, false);
	bench_connect(&e->bench);
}

static void elsewhere_close(struct elsewhere *e)
{
	bench_close(&e->bench);
}

/* As it is there now, a reference. */
static const struct session *elsewhere_find(struct elsewhere *e, const struct visitor *v)
{
	struct answer a = bench_find(&e->bench, v->id);
	const struct session *s;

	cr_assert_eq(a.status, STORE_OK, "%s", store_status_text(a.status));
	s = session_ref(a.session);
	answer_fini(&a);
	return s;
}

#define EXPECT_PUT(e, v, expected, written)                                                     \
	do {                                                                                    \
		const struct session *there_ = elsewhere_find(e, v);                            \
		struct answer put_ = bench_put((e)->here, there_);                              \
		cr_expect_eq(put_.status, expected, "put: %s", store_status_text(put_.status)); \
		cr_expect_eq(put_.count, (size_t)(written), "put: %zu", put_.count);            \
		answer_fini(&put_);                                                             \
		session_unref(&there_);                                                         \
	} while (0)

static void expect_same(struct elsewhere *e, const struct visitor *v)
{
	const struct session *there = elsewhere_find(e, v);
	struct answer a = bench_find(e->here, v->id);
	unsigned difference;

	cr_assert_eq(a.status, STORE_OK, "%s", store_status_text(a.status));
	difference = session_difference(there, a.session);
	for (enum session_field f = 0; f < SESSION_FIELD_COUNT; f++)
		cr_expect_eq(difference >> f & 1, 0, "%s", session_field_text(f));
	cr_expect_eq(session_end_ms(there), session_end_ms(a.session));
	cr_expect_eq(there->attribute_bytes, a.session->attribute_bytes);
	answer_fini(&a);
	session_unref(&there);
}

/* A secret that is replaced and still good, and a device. */
static void visitor_has_a_past(struct visitor *v, struct elsewhere *e)
{
	static const struct device_visit visit = { { "192.0.2.7", 9 },
						   { "Firefox/1", 9 },
						   DEVICE_FULL };
	struct rotation rotation;
	struct delta d;

	visitor_init(v);
	v->visit = &visit;
	v->host = SLICE("www.example.org");
	EXPECT_ANSWER(visitor_comes(v, &e->bench, SLICE("alice")), STORE_OK);
	v->visit = NULL;
	e->here->fixture->pass(1000);
	EXPECT_ANSWER(visitor_sets(v, &e->bench, SLICE("cart"), SLICE("{\"items\":2}")), STORE_OK);
	d = visitor_delta(v);
	memcpy(rotation.expected, v->hash, sizeof(v->hash));
	memcpy(rotation.hash, some_renewal().hash, sizeof(rotation.hash));
	rotation.lost = false;
	d.rotation = &rotation;
	EXPECT_ANSWER(bench_save(&e->bench, v->id, &d), STORE_OK);
	d = visitor_delta(v);
	d.asks_rotation = true;
	EXPECT_ANSWER(bench_save(&e->bench, v->id, &d), STORE_OK);
}

static size_t listed_of(struct bench *b, const char *user)
{
	const struct store_user who = { SLICE("default"), slice_from(user) };
	struct answer a = bench_list_user(b, &who, STORE_PAGE);
	size_t count = a.count;

	cr_expect_eq(a.status, STORE_OK);
	answer_fini(&a);
	return count;
}

static size_t counted(struct bench *b)
{
	const struct filter all = { .applications = { NULL, 0 } };
	const struct store_listing page = { .filter = &all, .limit = STORE_PAGE };
	struct answer a = bench_list(b, &page);
	size_t count = a.count;

	cr_expect_eq(a.status, STORE_OK);
	answer_fini(&a);
	return count;
}

void suite_put_carries_a_record_whole(struct bench *b)
{
	struct elsewhere e;
	struct visitor v;

	elsewhere_open(&e, b);
	visitor_has_a_past(&v, &e);
	b->fixture->pass(1000);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	expect_same(&e, &v);
	cr_expect_eq(listed_of(b, "alice"), 1);
	cr_expect_eq(counted(b), 1);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_OK);
	elsewhere_close(&e);
}

void suite_put_again_changes_nothing(struct bench *b)
{
	struct elsewhere e;
	struct visitor v;

	elsewhere_open(&e, b);
	visitor_has_a_past(&v, &e);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	EXPECT_PUT(&e, &v, STORE_OK, 0);
	expect_same(&e, &v);
	cr_expect_eq(listed_of(b, "alice"), 1);
	cr_expect_eq(counted(b), 1);
	elsewhere_close(&e);
}

void suite_put_writes_what_is_newer(struct bench *b)
{
	struct elsewhere e;
	struct visitor v;

	elsewhere_open(&e, b);
	visitor_arrives(&v, &e.bench, SLICE(""));
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	b->fixture->pass(TOUCH_MS);
	EXPECT_ANSWER(visitor_touches(&v, &e.bench), STORE_OK);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	expect_same(&e, &v);
	EXPECT_ANSWER(visitor_sets(&v, &e.bench, SLICE("first"), absent), STORE_OK);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	expect_same(&e, &v);
	EXPECT_ANSWER(visitor_sets(&v, b, SLICE("a"), SLICE("1")), STORE_OK);
	EXPECT_PUT(&e, &v, STORE_OUTDATED, 0);
	expect_attribute(b, &v, SLICE("a"), SLICE("1"));
	EXPECT_ANSWER(visitor_logs_in(&v, &e.bench, SLICE("alice")), STORE_OK);
	EXPECT_ANSWER(visitor_sets(&v, &e.bench, SLICE("b"), SLICE("2")), STORE_OK);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	expect_same(&e, &v);
	cr_expect_eq(listed_of(b, "alice"), 1);
	cr_expect_eq(counted(b), 1);
	elsewhere_close(&e);
}

static void visitor_lives_long(const struct visitor *v, struct bench *b)
{
	struct delta d = visitor_delta(v);

	d.idle_ms = (int64_t)20 * TOMBSTONE_MS;
	d.expires_ms = b->fixture->now() + (int64_t)10 * TOMBSTONE_MS;
	EXPECT_ANSWER(bench_save(b, v->id, &d), STORE_OK);
}

/* Long after tombstones are forgotten that stand where nobody has put anything. */
void suite_put_does_not_bring_the_ended_back(struct bench *b)
{
	struct visitor v, unknown;
	struct elsewhere e;

	elsewhere_open(&e, b);
	visitor_arrives(&v, &e.bench, SLICE("alice"));
	visitor_arrives(&unknown, &e.bench, SLICE(""));
	visitor_lives_long(&v, &e.bench);
	visitor_lives_long(&unknown, &e.bench);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	EXPECT_ANSWER(bench_remove(b, unknown.id), STORE_NOT_FOUND);
	EXPECT_PUT(&e, &v, STORE_ENDED, 0);
	EXPECT_PUT(&e, &unknown, STORE_ENDED, 0);
	EXPECT_ENDED(bench_remove(b, v.id), STORE_CAUSE_LOGOUT);
	b->fixture->pass(2 * TOMBSTONE_MS);
	bench_expire(b, 1000);
	EXPECT_PUT(&e, &v, STORE_ENDED, 0);
	EXPECT_PUT(&e, &unknown, STORE_ENDED, 0);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_LOGOUT);
	cr_expect_eq(listed_of(b, "alice"), 0);
	b->fixture->pass(4 * TOMBSTONE_MS);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_LOGOUT);
	b->fixture->pass(STORE_PUT_TOMBSTONE_DAYS * INT64_C(86400000));
	EXPECT_ANSWER(bench_find(b, v.id), STORE_NOT_FOUND);
	elsewhere_close(&e);
}

void suite_put_does_not_bring_back_what_lives_longer_elsewhere(struct bench *b)
{
	struct elsewhere e;
	struct visitor v;

	elsewhere_open(&e, b);
	visitor_arrives(&v, &e.bench, SLICE(""));
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	EXPECT_ANSWER(visitor_logs_in(&v, &e.bench, SLICE("alice")), STORE_OK);
	visitor_lives_long(&v, &e.bench);
	EXPECT_ANSWER(bench_remove(b, v.id), STORE_OK);
	b->fixture->pass(2 * TOMBSTONE_MS);
	bench_expire(b, 1000);
	EXPECT_PUT(&e, &v, STORE_ENDED, 0);
	elsewhere_close(&e);
}

/* A store that has it from elsewhere is copied back to where it was made, where the same or something newer is. */
void suite_put_of_what_is_here_does_not_bring_it_back(struct bench *b)
{
	struct elsewhere e, back;
	struct visitor same, newer;

	elsewhere_open(&e, b);
	back = (struct elsewhere){ .bench = *b, .here = &e.bench };
	visitor_arrives(&same, &e.bench, SLICE("alice"));
	visitor_arrives(&newer, &e.bench, SLICE(""));
	visitor_lives_long(&same, &e.bench);
	visitor_lives_long(&newer, &e.bench);
	EXPECT_PUT(&e, &same, STORE_OK, 1);
	EXPECT_PUT(&e, &newer, STORE_OK, 1);
	EXPECT_ANSWER(visitor_sets(&newer, &e.bench, SLICE("a"), SLICE("1")), STORE_OK);
	EXPECT_PUT(&back, &same, STORE_OK, 0);
	EXPECT_PUT(&back, &newer, STORE_OUTDATED, 0);
	EXPECT_ANSWER(bench_remove(&e.bench, same.id), STORE_OK);
	EXPECT_ANSWER(bench_remove(&e.bench, newer.id), STORE_OK);
	b->fixture->pass(2 * TOMBSTONE_MS);
	bench_expire(&e.bench, 1000);
	EXPECT_PUT(&back, &same, STORE_ENDED, 0);
	EXPECT_PUT(&back, &newer, STORE_ENDED, 0);
	elsewhere_close(&e);
}

void suite_put_brings_back_what_was_used_elsewhere(struct bench *b)
{
	struct elsewhere e;
	struct visitor v;

	elsewhere_open(&e, b);
	visitor_arrives(&v, &e.bench, SLICE("alice"));
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	b->fixture->pass(IDLE_MS);
	EXPECT_ANSWER(visitor_touches(&v, &e.bench), STORE_OK);
	b->fixture->pass(IDLE_MS / 2);
	EXPECT_ENDED(bench_find(b, v.id), STORE_CAUSE_EXPIRED);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	expect_same(&e, &v);
	b->fixture->pass(IDLE_MS / 4);
	EXPECT_ANSWER(visitor_touches(&v, &e.bench), STORE_OK);
	b->fixture->pass(IDLE_MS - TOUCH_MS);
	cr_expect_eq(bench_expire(b, 1000), 1);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	expect_same(&e, &v);
	cr_expect_eq(listed_of(b, "alice"), 1);
	elsewhere_close(&e);
}

void suite_put_of_what_has_expired_is_not_written(struct bench *b)
{
	const struct session *s;
	struct visitor v;

	visitor_init(&v);
	s = visitor_session(&v, b, SLICE("alice"), NULL, 0);
	b->fixture->pass(ABSOLUTE_MS);
	EXPECT_ENDED(bench_put(b, s), STORE_CAUSE_EXPIRED);
	EXPECT_ANSWER(bench_find(b, v.id), STORE_NOT_FOUND);
	cr_expect_eq(listed_of(b, "alice"), 0);
	session_unref(&s);
}

void suite_put_of_a_blocked_user_is_not_written(struct bench *b)
{
	const struct store_user alice = { SLICE("default"), SLICE("alice") };
	struct elsewhere e;
	struct visitor v;

	elsewhere_open(&e, b);
	visitor_arrives(&v, &e.bench, SLICE("alice"));
	cr_expect_eq(bench_block_user(b, &alice, 0).status, STORE_OK);
	EXPECT_PUT(&e, &v, STORE_BLOCKED, 0);
	cr_expect_eq(bench_unblock_user(b, &alice).status, STORE_OK);
	cr_expect_eq(listed_of(b, "alice"), 0);
	cr_expect_eq(counted(b), 0);
	elsewhere_close(&e);
}

void suite_put_follows_a_change_of_user(struct bench *b)
{
	struct elsewhere e;
	struct visitor v;

	elsewhere_open(&e, b);
	visitor_arrives(&v, &e.bench, SLICE("alice"));
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	EXPECT_ANSWER(visitor_logs_in(&v, &e.bench, SLICE("bob")), STORE_OK);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	expect_same(&e, &v);
	cr_expect_eq(listed_of(b, "bob"), 1);
	cr_expect_eq(listed_of(b, "alice"), 0);
	EXPECT_ANSWER(visitor_logs_in(&v, &e.bench, SLICE("")), STORE_OK);
	EXPECT_PUT(&e, &v, STORE_OK, 1);
	cr_expect_eq(listed_of(b, "bob"), 0);
	cr_expect_eq(counted(b), 1);
	elsewhere_close(&e);
}

void suite_blocked_users_are_listed_with_their_blocks(struct bench *b)
{
	const struct slice realm = SLICE("default");
	const struct store_user alice = { realm, SLICE("alice") }, bob = { realm, SLICE("bob") };
	const int64_t until_ms = b->fixture->now() + 100000;
	const struct store_user_listing blocked = { .realms = { &realm, 1 },
						    .state = STORE_USER_BLOCKED,
						    .limit = STORE_PAGE };
	struct answer a;

	cr_expect_eq(bench_block_user(b, &alice, 0).status, STORE_OK);
	cr_expect_eq(bench_block_user(b, &bob, until_ms).status, STORE_OK);
	a = bench_users(b, &blocked);
	cr_assert_eq(a.count, 2);
	for (size_t i = 0; i < 2; i++) {
		cr_expect(a.users[i].row.blocked);
		cr_expect_eq(a.users[i].row.block.until_ms, i == 0 ? 0 : until_ms);
		cr_expect(slice_equal(a.users[i].row.block.reason, SLICE("left")));
	}
	answer_fini(&a);
}
