/* visitor.c - see visitor.h. */
#include "tests/backends/visitor.h"

#include "base/random.h"

const struct session_limits wide = { 1u << 20, 512u << 10, 256 };

uint64_t some_number(void)
{
	uint64_t n;

	cr_assert_eq(random_u64(&n), 0);
	return n | 1;
}

struct renewal some_renewal(void)
{
	struct renewal r;

	cr_assert_eq(random_bytes(&r, sizeof(r)), 0);
	r.expected = NULL;
	return r;
}

void visitor_init(struct visitor *v)
{
	*v = (struct visitor){ .realm = SLICE("default"), .application = SLICE("app") };
	cr_assert_eq(token_new(&v->token), 0);
	v->id = token_id(&v->token);
}

const struct session *visitor_session(struct visitor *v, struct bench *b, struct slice user,
				      const struct change *changes, size_t count)
{
	struct renewal secret = some_renewal();
	struct session_birth birth = {
		.id = v->id,
		.realm = v->realm,
		.application = v->application,
		.host = v->host,
		.visit = v->visit,
		.user = user,
		.secret = &secret,
		.idle_ms = IDLE_MS,
		.absolute_ms = ABSOLUTE_MS,
		.touch_ms = TOUCH_MS,
		.save_id = some_number(),
		.changes = changes,
		.change_count = count,
		.limits = wide,
	};
	const struct session *s;

	v->epoch = secret.epoch;
	memcpy(v->hash, secret.hash, sizeof(v->hash));
	cr_assert_eq(session_new(&birth, b->fixture->now(), &s), 0);
	return s;
}

struct answer visitor_comes(struct visitor *v, struct bench *b, struct slice user)
{
	const struct change first = { SLICE("first"), SLICE("1") };
	const struct session *s = visitor_session(v, b, user, &first, 1);
	struct answer a = bench_log_in(b, s, &v->quota);

	session_unref(&s);
	return a;
}

void visitor_arrives(struct visitor *v, struct bench *b, struct slice user)
{
	visitor_init(v);
	EXPECT_ANSWER(visitor_comes(v, b, user), STORE_OK);
}

struct delta visitor_delta(const struct visitor *v)
{
	return (struct delta){ .save_id = some_number(), .epoch = v->epoch, .limits = wide };
}

struct answer visitor_sets(const struct visitor *v, struct bench *b, struct slice name,
			   struct slice value)
{
	struct change change = { name, value };
	struct delta d = visitor_delta(v);

	d.changes = &change;
	d.change_count = 1;
	return bench_save(b, v->id, &d);
}

struct answer visitor_touches(const struct visitor *v, struct bench *b)
{
	struct delta d = visitor_delta(v);

	return bench_save(b, v->id, &d);
}

struct answer visitor_logs_in(struct visitor *v, struct bench *b, struct slice user)
{
	struct renewal renewal = some_renewal();
	struct login login = {
		.user = user, .idle_ms = IDLE_MS, .absolute_ms = ABSOLUTE_MS, .touch_ms = TOUCH_MS
	};
	struct delta d = visitor_delta(v);

	d.renewal = &renewal;
	login.quota = v->quota;
	d.login = &login;
	v->epoch = renewal.epoch;
	memcpy(v->hash, renewal.hash, sizeof(v->hash));
	return bench_save(b, v->id, &d);
}

void expect_attribute(struct bench *b, const struct visitor *v, struct slice name,
		      struct slice value)
{
	struct answer a = bench_find(b, v->id);
	struct slice got = { NULL, 0 };
	bool there;

	cr_assert_eq(a.status, STORE_OK, "%s", store_status_text(a.status));
	there = session_get(a.session, name, &got);
	cr_expect_eq(there, value.ptr != NULL, "%.*s", SLICE_ARGS(name));
	cr_expect(slice_equal(got, value), "%.*s: %.*s", SLICE_ARGS(name), SLICE_ARGS(got));
	answer_fini(&a);
}

const struct slice absent = { NULL, 0 };
