/* bench.c - see bench.h. */
#include "tests/backends/bench.h"

#include "backends/sealed.h"
#include "base/random.h"
#include "tests/backends/heads.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ANSWER_PATIENCE_MS = 60000,
	ANSWER_TURNS =
		100, /* a store that needs more of them is on a server: that needs the processor too */
	ANSWER_PAUSE_US = 20,
};

const struct session_quota any_number;

void bench_connect(struct bench *b)
{
	b->loop = event_base_new();
	cr_assert_not_null(b->loop);
	cr_assert_eq(backend_connect(b->backend, b->loop, &b->store), 0);
}

void bench_disconnect(struct bench *b)
{
	store_close(&b->store);
	event_base_free(b->loop);
}

void bench_close(struct bench *b)
{
	bench_disconnect(b);
	backend_close(&b->backend);
	cr_assert_null(b->backend);
}

static void bench_run(struct bench *b, suite_case_fn *run)
{
	bench_connect(b);
	run(b);
	expect_heads_as_walked(b);
	bench_close(b);
}

void bench_open(struct bench *b, bool sealed)
{
	char namespace[32];
	struct backend_settings settings = {
		.url = slice_from(b->fixture->url),
		.now = b->fixture->now,
		.timeout_ms = ANSWER_PATIENCE_MS,
		.tls = b->fixture->tls,
		.sealed = sealed,
	};
	uint64_t number;

	cr_assert_eq(random_u64(&number), 0);
	snprintf(namespace, sizeof(namespace), "suite-%016llx", (unsigned long long)number);
	settings.namespace = slice_from(namespace);
	cr_assert_eq(backend_open(&settings, &b->backend), 0);
}

void suite_run(const struct fixture *fixture, suite_case_fn *run)
{
	struct bench b = { .fixture = fixture };

	bench_open(&b, false);
	bench_run(&b, run);
}

void suite_run_sealed(const struct fixture *fixture, suite_case_fn *run)
{
	const struct slice keys[] = { SLICE("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
				      SLICE("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=") };
	struct bench b = { .fixture = fixture };

	bench_open(&b, true);
	cr_assert_eq(sealed_open(&b.backend, keys, 2), 0);
	bench_run(&b, run);
}

static void answer_take_list(struct answer *a, const struct store_result *result)
{
	if (result->sessions == NULL)
		return;
	a->sessions = reallocarray(NULL, result->count, sizeof(a->sessions[0]));
	cr_assert_not_null(a->sessions);
	for (size_t i = 0; i < result->count; i++)
		a->sessions[i] = session_ref(result->sessions[i]);
}

static struct slice text_keep(char *to, struct slice text)
{
	if (text.len > 0)
		memcpy(to, text.ptr, text.len);
	return slice_of(to, text.len);
}

static void answer_take_users(struct answer *a, const struct store_result *result)
{
	if (result->users == NULL)
		return;
	a->users = calloc(result->count, sizeof(a->users[0]));
	cr_assert_not_null(a->users);
	for (size_t i = 0; i < result->count; i++) {
		struct answer_user *user = &a->users[i];

		user->row = result->users[i];
		cr_assert_leq(user->row.who.realm.len, STORE_REALM_BYTES);
		cr_assert_leq(user->row.who.name.len, SESSION_USER_BYTES);
		user->row.who.realm = text_keep(user->realm, user->row.who.realm);
		user->row.who.name = text_keep(user->name, user->row.who.name);
		cr_assert_leq(user->row.block.reason.len, sizeof(user->reason));
		user->row.block.reason = text_keep(user->reason, user->row.block.reason);
	}
}

void answer_take(void *ctx, const struct store_result *result)
{
	struct answer *a = ctx;

	a->times++;
	a->status = result->status;
	a->cause = result->cause;
	a->whole_since_ms = result->whole_since_ms;
	a->marked_ms = result->marked_ms;
	a->fence = result->fence;
	a->session = result->session != NULL ? session_ref(result->session) : NULL;
	a->count = result->count;
	a->more = result->more;
	a->exact = result->exact;
	answer_take_list(a, result);
	answer_take_users(a, result);
	if (result->headcount != NULL)
		cr_assert_eq(headcount_add_all(&a->headcount, result->headcount), 0);
	cr_assert_leq(result->cursor.len, STORE_CURSOR_BYTES);
	a->cursor_bytes = text_keep(a->cursor, result->cursor).len;
}

void answer_fini(struct answer *a)
{
	session_unref(&a->session);
	for (size_t i = 0; a->sessions != NULL && i < a->count; i++)
		session_unref(&a->sessions[i]);
	free(a->sessions);
	a->sessions = NULL;
	free(a->users);
	a->users = NULL;
	headcount_fini(&a->headcount);
}

void bench_turn(struct bench *b)
{
	event_base_loop(b->loop, EVLOOP_NONBLOCK);
}

void bench_wait(struct bench *b, const struct answer *a)
{
	int64_t until_ms = clock_mono_ms() + ANSWER_PATIENCE_MS;

	for (unsigned turn = 0; a->times == 0 && clock_mono_ms() < until_ms; turn++) {
		bench_turn(b);
		if (turn > ANSWER_TURNS)
			usleep(ANSWER_PAUSE_US);
	}
}

struct answer bench_find(struct bench *b, struct slice id)
{
	struct answer a = { 0 };

	store_find(b->store, id, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

size_t bench_expire(struct bench *b, size_t limit)
{
	bool more;

	return bench_expire_some(b, limit, &more);
}

size_t bench_expire_some(struct bench *b, size_t limit, bool *more)
{
	struct answer a = { 0 };

	store_expire_due(b->store, limit, answer_take, &a);
	bench_wait(b, &a);
	*more = a.more;
	return a.count;
}

struct answer bench_log_in(struct bench *b, const struct session *s,
			   const struct session_quota *quota)
{
	struct answer a = { 0 };

	store_create(b->store, s, quota, NULL, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_create(struct bench *b, const struct session *s)
{
	return bench_log_in(b, s, &any_number);
}

struct answer bench_put(struct bench *b, const struct session *s)
{
	struct answer a = { 0 };

	store_put(b->store, s, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_save(struct bench *b, struct slice id, const struct delta *d)
{
	struct answer a = { 0 };

	store_save(b->store, id, d, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_remove(struct bench *b, struct slice id)
{
	return bench_remove_of(b, id, NULL);
}

struct answer bench_remove_of(struct bench *b, struct slice id, const struct store_user *owner)
{
	struct answer a = { 0 };

	store_remove(b->store, id, owner, STORE_CAUSE_LOGOUT, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_remove_user(struct bench *b, const struct store_user *who, struct slice except)
{
	struct answer a = { 0 };

	store_remove_user(b->store, who, except, STORE_CAUSE_REVOKED, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_list_user(struct bench *b, const struct store_user *who, size_t limit)
{
	struct answer a = { 0 };

	store_list_user(b->store, who, limit, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_list(struct bench *b, const struct store_listing *listing)
{
	struct answer a = { 0 };

	store_list(b->store, listing, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_count(struct bench *b, const struct filter *filter)
{
	struct answer a = { 0 };

	store_count(b->store, filter, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_headcount(struct bench *b)
{
	struct answer a = { 0 };

	store_headcount(b->store, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_users(struct bench *b, const struct store_user_listing *listing)
{
	struct answer a = { 0 };

	store_users(b->store, listing, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_health(struct bench *b)
{
	struct answer a = { 0 };

	store_health(b->store, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_tell(struct bench *b, const struct session_event *e)
{
	struct answer a = { 0 };

	store_tell(b->store, e, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_block_user(struct bench *b, const struct store_user *who, int64_t until_ms)
{
	struct store_block block = { .until_ms = until_ms,
				     .reason = SLICE("left"),
				     .actor = SLICE("ops") };
	struct answer a = { 0 };

	store_block_user(b->store, who, &block, answer_take, &a);
	bench_wait(b, &a);
	return a;
}

struct answer bench_unblock_user(struct bench *b, const struct store_user *who)
{
	struct answer a = { 0 };

	store_unblock_user(b->store, who, SLICE("ops"), answer_take, &a);
	bench_wait(b, &a);
	return a;
}
