/* memory.c - tests of what nobody sees from outside of the memory store: that its register of users is as large as
 * it must be, and of marks no more than there may be. What the store does is tried in tests/backends/. */
#include "backends/memory_store.h"

#include <criterion/criterion.h>
#include <event2/event.h>
#include <malloc.h>

static int64_t now_ms = 1780000000000;

static int64_t memory_now(void)
{
	return now_ms;
}

static void ignore(void *ctx, const struct store_result *result)
{
	enum store_status *status = ctx;

	*status = result->status;
}

struct scene {
	struct backend *backend;
	struct event_base *loop;
	struct store *store;
	struct token token;
	struct slice id;
	uint64_t epoch;
};

static void scene_open(struct scene *s)
{
	const struct backend_settings settings = { .url = SLICE("memory:"), .now = memory_now };

	cr_assert_eq(backend_open(&settings, &s->backend), 0);
	s->loop = event_base_new();
	cr_assert_eq(backend_connect(s->backend, s->loop, &s->store), 0);
	cr_assert_eq(token_new(&s->token), 0);
	s->id = token_id(&s->token);
}

static void scene_close(struct scene *s)
{
	store_close(&s->store);
	event_base_free(s->loop);
	backend_close(&s->backend);
}

static size_t scene_users(const struct scene *s)
{
	const struct memory *m = (const struct memory *)s->backend;
	size_t count = 0;

	for (size_t i = 0; i < USERS_SHARDS; i++)
		count += m->users.shards[i].users.count;
	return count;
}

static void scene_turn(struct scene *s)
{
	event_base_loop(s->loop, EVLOOP_NONBLOCK);
}

static void take_count(void *ctx, const struct store_result *result)
{
	*(size_t *)ctx = result->count;
}

static size_t scene_expire(struct scene *s)
{
	size_t count = SIZE_MAX;

	store_expire_due(s->store, 100, take_count, &count);
	scene_turn(s);
	return count;
}

static enum store_status scene_bear(struct scene *s, const struct session_birth *birth,
				    const struct store_mark *mark)
{
	static const struct session_quota any_number;
	enum store_status status = STORE_UNAVAILABLE;
	const struct session *session;

	cr_assert_eq(session_new(birth, now_ms, &session), 0);
	store_create(s->store, session, &any_number, mark, ignore, &status);
	session_unref(&session);
	scene_turn(s);
	return status;
}

static enum store_status scene_make(struct scene *s, struct slice user,
				    const struct store_mark *mark)
{
	struct renewal secret = { .epoch = ++s->epoch };
	const struct session_birth birth = {
		.id = s->id,
		.realm = SLICE("default"),
		.application = SLICE("app"),
		.user = user,
		.secret = &secret,
		.idle_ms = 1000,
		.absolute_ms = 10000,
		.save_id = s->epoch,
		.limits = { 1000, 1000, 10 },
	};

	return scene_bear(s, &birth, mark);
}

static void scene_create(struct scene *s, struct slice user)
{
	cr_assert_eq(scene_make(s, user, NULL), STORE_OK);
}

static void scene_log_in(struct scene *s, struct slice user)
{
	struct renewal renewal = { .hash = { (uint8_t)s->epoch }, .epoch = s->epoch + 1 };
	struct login login = { .user = user, .idle_ms = 1000, .absolute_ms = 10000 };
	struct delta d = {
		.save_id = 1000 + s->epoch,
		.epoch = s->epoch++,
		.renewal = &renewal,
		.login = &login,
		.limits = { 1000, 1000, 10 },
	};
	enum store_status status = STORE_UNAVAILABLE;

	store_save(s->store, s->id, &d, ignore, &status);
	scene_turn(s);
	cr_assert_eq(status, STORE_OK);
}

Test(memory_store, knows_no_user_without_a_session)
{
	struct scene s = { 0 };
	enum store_status status;

	scene_open(&s);
	scene_create(&s, SLICE(""));
	cr_expect_eq(scene_users(&s), 0, "anonymous sessions cost nothing");
	scene_log_in(&s, SLICE("alice"));
	cr_expect_eq(scene_users(&s), 1);
	scene_log_in(&s, SLICE("bob"));
	cr_expect_eq(scene_users(&s), 1, "it was alice's");
	scene_log_in(&s, SLICE(""));
	cr_expect_eq(scene_users(&s), 0, "it is nobody's");
	scene_log_in(&s, SLICE("alice"));
	store_remove(s.store, s.id, NULL, STORE_CAUSE_LOGOUT, ignore, &status);
	scene_turn(&s);
	cr_expect_eq(scene_users(&s), 0, "it was ended");
	now_ms += TOMBSTONE_MS;
	scene_expire(&s);
	scene_create(&s, SLICE("alice"));
	now_ms += 1000;
	cr_expect_eq(scene_expire(&s), 1);
	cr_expect_eq(scene_users(&s), 0, "its time had come");
	scene_close(&s);
}

/* It has ended so long ago that it is forgotten, and the sweeper was never there. */
Test(memory_store, knows_the_user_of_a_session_in_the_place_of_another)
{
	static const char *const users[] = { "alice", "alice", "bob", "" };
	struct scene s = { 0 };

	scene_open(&s);
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		scene_create(&s, slice_from(users[i]));
		cr_expect_eq(scene_users(&s), *users[i] != 0, "%s", users[i]);
		now_ms += 1000 + TOMBSTONE_MS;
	}
	scene_close(&s);
}

Test(memory_store, full_of_marks_makes_no_more_of_them)
{
	uint8_t hash[STORE_MARK_BYTES] = { 0 };
	struct store_mark mark = { hash, INT64_MAX };
	struct scene s = { 0 };
	struct memory *m;

	scene_open(&s);
	m = (struct memory *)s.backend;
	for (uint64_t i = 0; i < MARKS_MAX; i++) {
		memcpy(hash, &i, sizeof(i));
		cr_assert_not_null(marks_add(&m->marks, SLICE("default"), &mark, now_ms));
	}
	hash[sizeof(hash) - 1] = 1;
	cr_expect_eq(scene_make(&s, SLICE(""), &mark), STORE_LIMIT);
	cr_expect_eq(scene_make(&s, SLICE(""), NULL), STORE_OK, "others are as ever");
	scene_close(&s);
}

/* As make bench-admin has them: one attribute of 32 bytes, a user agent of 120. */
static void scene_fill(struct scene *s, size_t count)
{
	static const struct device_visit visit = {
		SLICE("192.0.2.7"),
		SLICE("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
		      "Chrome/130.0.0.0 Safari/537.36 Edge/130"),
		DEVICE_FULL
	};
	const struct change cart = { SLICE("cart"), SLICE("\"0123456789abcdef0123456789abcdef\"") };
	struct renewal secret = { .epoch = 1 };

	for (size_t i = 0; i < count; i++) {
		const struct session_birth birth = {
			.id = s->id,
			.realm = SLICE("default"),
			.application = SLICE("shop"),
			.secret = &secret,
			.idle_ms = 1800000,
			.absolute_ms = 43200000,
			.save_id = 1,
			.changes = &cart,
			.change_count = 1,
			.limits = { 1000, 1000, 10 },
			.host = SLICE("www.example.org"),
			.visit = &visit,
		};

		cr_assert_eq(scene_bear(s, &birth, NULL), STORE_OK);
		now_ms++;
		cr_assert_eq(token_new(&s->token), 0);
	}
}

static size_t allocated_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* All that malloc hands out for it; with a sanitizer nobody says how much that is. */
Test(memory_store, needs_less_than_900_bytes_for_a_session)
{
	enum { COUNT = 20000, MOST = 900 };
	struct scene s = { 0 };
	size_t before, after;

	scene_open(&s);
	before = allocated_bytes();
	scene_fill(&s, COUNT);
	after = allocated_bytes();
	cr_expect_lt(after, before + (size_t)COUNT * MOST, "%zu bytes", (after - before) / COUNT);
	scene_close(&s);
}
