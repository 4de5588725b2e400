/* storage.c - see storage.h. */
#include "tests/unit/gateway/storage.h"

#include "base/random.h"

#include <criterion/criterion.h>
#include <event2/event.h>
#include <stdatomic.h>

enum { TURNS = 50 }; /* an answer of the memory takes one */

static _Atomic int64_t storage_offset_ms;

static int64_t storage_now(void)
{
	return clock_wall_ms() + storage_offset_ms;
}

void storage_shift(int64_t ms)
{
	storage_offset_ms = ms;
}

void storage_open(struct storage *s, int64_t whole_ms)
{
	const struct backend_settings settings = { .url = SLICE("memory:"), .now = storage_now };

	storage_shift(-whole_ms);
	cr_assert_eq(backend_open(&settings, &s->backend), 0);
	storage_shift(0);
	s->loop = event_base_new();
	cr_assert_not_null(s->loop);
	cr_assert_eq(backend_connect(s->backend, s->loop, &s->store), 0);
}

void storage_close(struct storage *s)
{
	store_close(&s->store);
	event_base_free(s->loop);
	backend_close(&s->backend);
}

void storage_run(struct storage *s, const unsigned *times)
{
	for (unsigned turn = 0; *times == 0 && turn < TURNS; turn++)
		event_base_loop(s->loop, EVLOOP_NONBLOCK);
}

/* --- one operation, waited for --- */

struct answer {
	unsigned times;
	enum store_status status;
	const struct session *session; /* a reference */
};

static void answer_take(void *ctx, const struct store_result *result)
{
	struct answer *a = ctx;

	a->times++;
	a->status = result->status;
	a->session = result->session != NULL ? session_ref(result->session) : NULL;
}

static void storage_expect(struct storage *s, struct answer *a, enum store_status status)
{
	storage_run(s, &a->times);
	cr_assert_eq(a->times, 1);
	cr_assert_eq(a->status, status, "%s", store_status_text(a->status));
	session_unref(&a->session);
}

static struct renewal some_renewal(const char *token)
{
	struct renewal r;
	struct token t;

	cr_assert(token_read(&t, slice_from(token)));
	cr_assert_eq(random_bytes(&r, sizeof(r)), 0);
	r.expected = NULL;
	token_hash(&t, r.hash);
	return r;
}

static struct slice id_of(const char *token)
{
	return slice_of(token, TOKEN_ID_CHARS);
}

static const struct session_quota any_number;
static const struct session_limits wide = { 1u << 20, 512u << 10, 256 };

void storage_put(struct storage *s, const char *token, const char *realm, const char *user)
{
	const struct change first = { SLICE("first"), SLICE("1") };
	struct renewal secret = some_renewal(token);
	struct session_birth birth = {
		.id = id_of(token),
		.realm = slice_from(realm),
		.application = SLICE("app"),
		.user = slice_from(user),
		.secret = &secret,
		.idle_ms = STORAGE_IDLE_MS,
		.absolute_ms = STORAGE_ABSOLUTE_MS,
		.touch_ms = STORAGE_TOUCH_MS,
		.save_id = secret.epoch,
		.changes = &first,
		.change_count = 1,
		.limits = wide,
	};
	const struct session *session;
	struct answer a = { 0 };

	cr_assert_eq(session_new(&birth, storage_now(), &session), 0);
	store_create(s->store, session, &any_number, NULL, answer_take, &a);
	session_unref(&session);
	storage_expect(s, &a, STORE_OK);
}

void storage_renew(struct storage *s, const char *token)
{
	struct renewal renewal = some_renewal(token);
	const struct session *now = storage_get(s, id_of(token));
	struct delta delta = { .save_id = renewal.epoch, .renewal = &renewal, .limits = wide };
	struct answer a = { 0 };

	cr_assert_not_null(now);
	delta.epoch = now->epoch;
	session_unref(&now);
	store_save(s->store, id_of(token), &delta, answer_take, &a);
	storage_expect(s, &a, STORE_OK);
}

void storage_rotate(struct storage *s, const char *token, int64_t grace_ms)
{
	struct renewal to = some_renewal(token);
	const struct session *now = storage_get(s, id_of(token));
	struct rotation rotation = { .lost = false };
	struct delta rotates = { .save_id = to.epoch, .rotation = &rotation, .limits = wide };
	struct delta presents = { .presented = rotation.hash,
				  .grace_ms = grace_ms,
				  .limits = wide };
	struct answer a = { 0 };

	cr_assert_not_null(now);
	memcpy(rotation.hash, to.hash, sizeof(rotation.hash));
	memcpy(rotation.expected, now->hash, sizeof(rotation.expected));
	rotates.epoch = presents.epoch = now->epoch;
	session_unref(&now);
	store_save(s->store, id_of(token), &rotates, answer_take, &a);
	storage_expect(s, &a, STORE_OK);
	a = (struct answer){ 0 };
	store_save(s->store, id_of(token), &presents, answer_take, &a);
	storage_expect(s, &a, STORE_OK);
}

void storage_remove(struct storage *s, const char *token)
{
	struct answer a = { 0 };

	store_remove(s->store, id_of(token), NULL, STORE_CAUSE_LOGOUT, answer_take, &a);
	storage_expect(s, &a, STORE_OK);
}

const struct session *storage_get(struct storage *s, struct slice id)
{
	struct answer a = { 0 };

	store_find(s->store, id, answer_take, &a);
	storage_run(s, &a.times);
	cr_assert_eq(a.times, 1);
	if (a.status != STORE_OK)
		session_unref(&a.session); /* what is left of it is no session */
	return a.session;
}

void storage_expire(struct storage *s)
{
	struct answer a = { 0 };

	store_expire_due(s->store, 10, answer_take, &a);
	storage_expect(s, &a, STORE_OK);
}
