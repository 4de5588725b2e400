/* sealed.c - a sealed store, and what lies behind it: a memory store that is looked into as it is, and reached through
 * several keys. That a sealed store does what every store does, the suite shows (memory.c). */
#include "backends/sealed.h"

#include "backends/kind.h"
#include "backends/seal.h"
#include "tests/backends/twins.h"
#include "tests/backends/visitor.h"

#include <event2/event.h>
#include <stdlib.h>

#define KEY_ONE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_TWO "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="

static int64_t standing_now(void)
{
	return 1780000000000;
}

static const struct backend_settings standing_settings = { .url = { "memory:", 7 },
							   .now = standing_now };
static const struct fixture standing = {
	.url = "memory:",
	.now = standing_now,
	.pass = NULL,
};

/* A backend that several may be in front of: it does not go with them. */
struct shared {
	struct backend backend;
	struct backend *behind;
};

static int shared_connect(struct backend *backend, struct event_base *loop, struct store **out)
{
	return backend_connect(((struct shared *)backend)->behind, loop, out);
}

static void shared_close(struct backend *backend)
{
	(void)backend;
}

static const struct backend_kind shared_kind = { .connect = shared_connect, .close = shared_close };

/* The store as it is, as it is with the first key, and with the second one before that. */
struct view {
	struct backend *memory;
	struct shared shared;
	struct bench bare, old, new;
};

static void view_connect(struct view *v, struct bench *b, const struct slice *keys, size_t count)
{
	b->fixture = &standing;
	b->backend = &v->shared.backend;
	if (count > 0)
		cr_assert_eq(sealed_open(&b->backend, keys, count), 0);
	bench_connect(b);
}

static void view_open(struct view *v)
{
	const struct slice keys[] = { SLICE(KEY_TWO), SLICE(KEY_ONE) };

	cr_assert_eq(backend_open(&standing_settings, &v->memory), 0);
	v->shared =
		(struct shared){ { &shared_kind, backend_counts(v->memory), false }, v->memory };
	view_connect(v, &v->bare, NULL, 0);
	view_connect(v, &v->old, keys + 1, 1);
	view_connect(v, &v->new, keys, 2);
}

static void view_close(struct view *v)
{
	struct bench *all[] = { &v->bare, &v->old, &v->new };

	for (size_t i = 0; i < 3; i++) {
		bench_disconnect(all[i]);
		backend_close(&all[i]->backend);
	}
	backend_close(&v->memory);
}

/* What is stored under name, kept by *a. */
static struct slice view_stored(struct view *v, const struct visitor *who, struct slice name,
				struct answer *a)
{
	struct slice value = { NULL, 0 };

	*a = bench_find(&v->bare, who->id);
	cr_assert_eq(a->status, STORE_OK);
	cr_expect(session_get(a->session, name, &value));
	return value;
}

static void view_expect_sealed(struct view *v, const struct visitor *who, struct slice name,
			       const char *key)
{
	struct slice text = slice_from(key);
	struct seal_keys keys;
	struct answer a;
	struct slice stored = view_stored(v, who, name, &a);

	cr_assert_eq(seal_keys_init(&keys, &text, 1), 0);
	cr_assert(stored.len >= SEAL_OVERHEAD && stored.ptr[0] == SEAL_VERSION);
	cr_expect_arr_eq(stored.ptr + 1, keys.keys[0].id, SEAL_KEY_ID_BYTES, "%.*s",
			 SLICE_ARGS(name));
	seal_keys_fini(&keys);
	answer_fini(&a);
}

static const struct slice canary = { "\"the canary\"", 12 };

Test(sealed, what_is_stored_cannot_be_read)
{
	struct visitor who;
	struct answer a;
	struct slice stored;
	struct view v;

	view_open(&v);
	visitor_arrives(&who, &v.old, SLICE("alice"));
	EXPECT_ANSWER(visitor_sets(&who, &v.old, SLICE("b"), canary), STORE_OK);
	expect_attribute(&v.old, &who, SLICE("b"), canary);
	view_expect_sealed(&v, &who, SLICE("first"), KEY_ONE);
	stored = view_stored(&v, &who, SLICE("b"), &a);
	cr_expect_eq(stored.len, canary.len + SEAL_OVERHEAD);
	cr_expect_null(memmem(stored.ptr, stored.len, canary.ptr, 4));
	cr_expect_null(memmem(stored.ptr, stored.len, "canary", 6));
	/* the rest is as it is */
	cr_expect(slice_equal(a.session->user, SLICE("alice")));
	cr_expect_eq(a.session->version, 2);
	answer_fini(&a);
	view_close(&v);
}

Test(sealed, a_save_encrypts_what_it_sets_and_nothing_else)
{
	struct slice before, after;
	struct visitor who;
	struct answer a, b;
	struct view v;

	view_open(&v);
	visitor_arrives(&who, &v.old, SLICE(""));
	before = view_stored(&v, &who, SLICE("first"), &a);
	EXPECT_ANSWER(visitor_sets(&who, &v.old, SLICE("b"), SLICE("1")), STORE_OK);
	EXPECT_ANSWER(visitor_touches(&who, &v.old), STORE_OK);
	EXPECT_ANSWER(visitor_logs_in(&who, &v.old, SLICE("alice")), STORE_OK);
	after = view_stored(&v, &who, SLICE("first"), &b);
	cr_expect(slice_equal(before, after));
	answer_fini(&a);
	answer_fini(&b);
	view_close(&v);
}

Test(sealed, keys_are_replaced_as_values_are_written)
{
	struct visitor who;
	struct view v;

	view_open(&v);
	visitor_arrives(&who, &v.old, SLICE(""));
	EXPECT_ANSWER(visitor_sets(&who, &v.old, SLICE("b"), SLICE("1")), STORE_OK);
	expect_attribute(&v.new, &who, SLICE("first"), SLICE("1"));
	EXPECT_ANSWER(visitor_sets(&who, &v.new, SLICE("b"), SLICE("2")), STORE_OK);
	view_expect_sealed(&v, &who, SLICE("first"), KEY_ONE);
	view_expect_sealed(&v, &who, SLICE("b"), KEY_TWO);
	expect_attribute(&v.new, &who, SLICE("first"), SLICE("1"));
	expect_attribute(&v.new, &who, SLICE("b"), SLICE("2"));
	/* who has only the old one */
	EXPECT_ANSWER(bench_find(&v.old, who.id), STORE_NOT_FOUND);
	view_close(&v);
}

Test(sealed, what_was_stored_before_there_was_a_key_is_read_and_then_sealed)
{
	struct visitor who;
	struct view v;

	view_open(&v);
	visitor_arrives(&who, &v.bare, SLICE(""));
	expect_attribute(&v.old, &who, SLICE("first"), SLICE("1"));
	EXPECT_ANSWER(visitor_sets(&who, &v.old, SLICE("first"), SLICE("2")), STORE_OK);
	view_expect_sealed(&v, &who, SLICE("first"), KEY_ONE);
	view_close(&v);
}

/* A session that can only be read without its key: the first attribute is under the second one. */
static void spoiled_arrives(struct view *v, struct visitor *who)
{
	visitor_arrives(who, &v->old, SLICE("alice"));
	EXPECT_ANSWER(visitor_sets(who, &v->new, SLICE("first"), SLICE("1")), STORE_OK);
}

static void expect_spoiled(struct answer a)
{
	cr_expect_eq(a.status, STORE_NOT_FOUND, "%s", store_status_text(a.status));
	cr_expect_eq(a.whole_since_ms, STORE_NEVER_WHOLE);
	cr_expect_null(a.session);
	cr_expect_eq(a.fence, 0);
	answer_fini(&a);
}

Test(sealed, a_session_that_cannot_be_decrypted_is_unknown)
{
	struct visitor who;
	struct answer a;
	struct view v;

	view_open(&v);
	spoiled_arrives(&v, &who);
	expect_spoiled(bench_find(&v.old, who.id));
	/* whoever saves cannot have read it, and is told so; what he set is there */
	cr_expect_eq(visitor_sets(&who, &v.old, SLICE("b"), SLICE("2")).status, STORE_NOT_FOUND);
	expect_spoiled(visitor_touches(&who, &v.old));
	/* with the key it is as it was */
	expect_attribute(&v.new, &who, SLICE("first"), SLICE("1"));
	expect_attribute(&v.new, &who, SLICE("b"), SLICE("2"));
	EXPECT_ANSWER(bench_remove(&v.old, who.id), STORE_OK);
	a = bench_find(&v.old, who.id);
	cr_expect_eq(a.status, STORE_ENDED);
	answer_fini(&a);
	view_close(&v);
}

Test(sealed, what_nobody_reads_is_not_decrypted)
{
	struct change change = { SLICE("b"), SLICE("[2]") };
	struct visitor who;
	struct answer a;
	struct delta d;
	struct view v;

	view_open(&v);
	spoiled_arrives(&v, &who);
	d = visitor_delta(&who);
	d.changes = &change;
	d.change_count = 1;
	d.unread = true;
	a = bench_save(&v.old, who.id, &d);
	cr_assert_eq(a.status, STORE_OK, "%s", store_status_text(a.status));
	cr_expect_eq(a.session->attribute_count, 2);
	cr_expect_eq(a.session->attribute_bytes, 5 + 1 + 1 + 3);
	cr_expect_eq(a.session->attributes[0].value.len, 0);
	answer_fini(&a);
	expect_attribute(&v.new, &who, SLICE("b"), SLICE("[2]"));
	view_close(&v);
}

Test(sealed, nobody_keeps_the_lock_of_what_cannot_be_decrypted)
{
	struct answer a = { 0 }, b = { 0 };
	struct store_claim claim;
	struct visitor who;
	struct view v;

	view_open(&v);
	spoiled_arrives(&v, &who);
	claim = (struct store_claim){ who.realm, who.hash, .lease_ms = 60000, .wait_ms = 0 };
	store_lock(v.old.store, who.id, &claim, answer_take, &a);
	bench_wait(&v.old, &a);
	expect_spoiled(a);
	store_lock(v.new.store, who.id, &claim, answer_take, &b);
	bench_wait(&v.new, &b);
	cr_expect_eq(b.status, STORE_OK, "%s", store_status_text(b.status));
	cr_expect_neq(b.fence, 0);
	store_unlock(v.new.store, who.id, b.fence);
	answer_fini(&b);
	view_close(&v);
}

Test(sealed, a_user_sees_and_ends_what_cannot_be_decrypted)
{
	struct store_user alice = { SLICE("default"), SLICE("alice") };
	struct visitor who, other;
	struct answer a;
	struct view v;

	view_open(&v);
	spoiled_arrives(&v, &who);
	visitor_arrives(&other, &v.old, SLICE("alice"));
	a = bench_list_user(&v.old, &alice, 10);
	cr_assert_eq(a.status, STORE_OK);
	cr_assert_eq(a.count, 2);
	for (size_t i = 0; i < a.count; i++) {
		cr_expect_eq(a.sessions[i]->attribute_count, 1);
		cr_expect(slice_equal(a.sessions[i]->user, SLICE("alice")));
	}
	answer_fini(&a);
	a = bench_remove_user(&v.old, &alice, SLICE(""));
	cr_expect_eq(a.count, 2);
	answer_fini(&a);
	view_close(&v);
}

/* Whoever can write to the store cannot put a value elsewhere. */
Test(sealed, values_cannot_be_moved)
{
	struct visitor who, other;
	struct slice stored;
	struct answer a;
	struct view v;

	view_open(&v);
	visitor_arrives(&who, &v.old, SLICE(""));
	visitor_arrives(&other, &v.old, SLICE(""));
	stored = view_stored(&v, &who, SLICE("first"), &a);
	EXPECT_ANSWER(visitor_sets(&other, &v.bare, SLICE("first"), stored), STORE_OK);
	expect_spoiled(bench_find(&v.old, other.id));
	EXPECT_ANSWER(visitor_sets(&who, &v.bare, SLICE("second"), stored), STORE_OK);
	expect_spoiled(bench_find(&v.old, who.id));
	EXPECT_ANSWER(visitor_sets(&who, &v.bare, SLICE("second"), absent), STORE_OK);
	expect_attribute(&v.old, &who, SLICE("first"), SLICE("1"));
	answer_fini(&a);
	view_close(&v);
}

enum { TWIN_RUNS = 40 };

Test(sealed, equal_deltas_make_equal_records)
{
	const struct slice keys[] = { SLICE(KEY_ONE) };
	struct bench bare = { .fixture = &standing }, sealed = { .fixture = &standing };

	cr_assert_eq(backend_open(&standing_settings, &bare.backend), 0);
	cr_assert_eq(backend_open(&standing_settings, &sealed.backend), 0);
	cr_assert_eq(sealed_open(&sealed.backend, keys, 1), 0);
	bench_connect(&bare);
	bench_connect(&sealed);
	twins_live(&bare, &sealed, TWIN_RUNS);
	bench_disconnect(&bare);
	bench_disconnect(&sealed);
	backend_close(&bare.backend);
	backend_close(&sealed.backend);
}
