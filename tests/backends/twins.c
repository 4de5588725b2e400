/* twins.c - see twins.h. */
#include "tests/backends/twins.h"

#include "tests/backends/visitor.h"

#include <stdlib.h>

enum {
	TWIN_SAVES = 30,
	TWIN_CHANGES = 6,
	TWIN_VALUE_BYTES = 60,
	TWIN_SECRETS = 4, /* the last ones of a session */
};

static const struct session_limits narrow = { 200, 48, 5 };

/* What somebody may ask of a session: all that its deltas borrow from. */
struct wishes {
	struct change changes[TWIN_CHANGES];
	char values[TWIN_CHANGES][TWIN_VALUE_BYTES + 2];
	struct renewal renewal;
	struct login login;
	struct rotation rotation;
	struct device_visit visit;
	struct delta delta;
};

/* One session, and what its visitor knows of it. */
struct life {
	struct bench *one, *other;
	struct visitor who;
	uint8_t secrets[TWIN_SECRETS][TOKEN_HASH_BYTES]; /* hashes that it has, or had */
	struct wishes last;
};

static unsigned seed; /* to see the same run again */

static size_t any(size_t below)
{
	return (size_t)random() % below;
}

/* --- wishes --- */

static struct slice some_value(char text[TWIN_VALUE_BYTES + 2])
{
	size_t len = any(TWIN_VALUE_BYTES);

	memset(text, 'x', len + 2);
	text[0] = text[len + 1] = '"';
	return slice_of(text, len + 2);
}

static void wish_attributes(struct wishes *w)
{
	static const struct slice names[] = { SLICE("a"), SLICE("b"), SLICE("first"),
					      SLICE("a longer name"), SLICE("") };

	w->delta.changes = w->changes;
	w->delta.change_count = any(TWIN_CHANGES);
	for (size_t i = 0; i < w->delta.change_count; i++) {
		/* the last one is none, and rare */
		size_t name = any(41) / 10;

		w->changes[i].name = names[name];
		w->changes[i].value = any(4) == 0 ? absent : some_value(w->values[i]);
	}
}

static void wish_login(struct wishes *w)
{
	static const struct slice users[] = { SLICE("alice"), SLICE("bob"), SLICE("") };

	w->login = (struct login){ .user = users[any(3)],
				   .idle_ms = (int64_t)(IDLE_MS + any(1000)),
				   .absolute_ms = (int64_t)(ABSOLUTE_MS + any(1000)),
				   .touch_ms = TOUCH_MS,
				   .remembered = any(2) == 0 };
	w->delta.login = &w->login;
}

static const uint8_t *some_secret(struct life *l)
{
	return l->secrets[any(TWIN_SECRETS)];
}

/* Mostly the current one. */
static const uint8_t *likely_secret(struct life *l)
{
	return any(4) == 0 ? some_secret(l) : l->who.hash;
}

static void wish_secret(struct life *l, struct wishes *w)
{
	if (any(2) == 0) {
		w->renewal = some_renewal();
		w->delta.renewal = &w->renewal;
		if (any(2) == 0)
			wish_login(w);
		else if (any(2) == 0)
			w->renewal.expected = likely_secret(l);
		return;
	}
	w->rotation.lost = any(3) == 0;
	memcpy(w->rotation.hash, some_renewal().hash, TOKEN_HASH_BYTES);
	memcpy(w->rotation.expected, likely_secret(l), TOKEN_HASH_BYTES);
	w->delta.rotation = &w->rotation;
}

static void wish_visit(struct wishes *w)
{
	static const struct slice addresses[] = { SLICE("192.0.2.7"), SLICE("2001:db8:1:2:3:4:5:6"),
						  SLICE("unix:"), SLICE("::ffff:198.51.100.9") };
	static const struct slice agents[] = { SLICE("Mozilla/5.0 (X11) Firefox/130.0"),
					       SLICE("curl/7.88.1"), SLICE("") };

	w->visit = (struct device_visit){ addresses[any(4)], agents[any(3)],
					  (enum device_policy)any(3) };
	w->delta.visit = &w->visit;
}

static void wish(struct life *l, struct wishes *w)
{
	w->delta = visitor_delta(&l->who);
	w->delta.limits = any(8) == 0 ? wide : narrow;
	w->delta.unseen = any(5) == 0;
	if (any(4) != 0)
		wish_attributes(w);
	if (any(8) == 0)
		w->delta.idle_ms = (int64_t)(1000 + any(2 * IDLE_MS));
	if (any(4) == 0)
		wish_secret(l, w);
	if (any(4) == 0)
		wish_visit(w);
	if (any(4) == 0) {
		w->delta.presented = likely_secret(l);
		w->delta.grace_ms = (int64_t)any(3000);
	}
	if (any(20) == 0)
		w->delta.epoch++;
}

/* --- what must be the same --- */

#define SAME(member)       (a->member == b->member)
#define SAME_TEXT(member)  slice_equal(a->member, b->member)
#define SAME_BYTES(member) (memcmp(a->member, b->member, sizeof(a->member)) == 0)

static bool same_attribute(const struct attribute *a, const struct attribute *b)
{
	return SAME_TEXT(name) && SAME_TEXT(value) && SAME(plain);
}

static bool same_attributes(const struct session *a, const struct session *b)
{
	bool same = SAME(attribute_bytes) && SAME(attribute_count);

	for (size_t i = 0; same && i < a->attribute_count; i++)
		same = same_attribute(&a->attributes[i], &b->attributes[i]);
	return same;
}

static bool same_secrets(const struct session *a, const struct session *b)
{
	bool same = SAME_BYTES(hash) && SAME(rotated_ms) && SAME(replaced_count) && SAME(epoch) &&
		    SAME_BYTES(csrf);

	for (unsigned i = 0; same && i < a->replaced_count; i++)
		same = SAME_BYTES(replaced[i].hash) && SAME(replaced[i].good_until_ms) &&
		       SAME(replaced[i].stale_until_ms);
	return same;
}

static bool same_saves(const struct session *a, const struct session *b)
{
	bool same = SAME(save_count);

	for (unsigned i = 0; same && i < a->save_count; i++)
		same = SAME(save_ids[i]);
	return same;
}

static bool same_times(const struct session *a, const struct session *b)
{
	return SAME(created_ms) && SAME(login_ms) && SAME(seen_ms) && SAME(expires_ms) &&
	       SAME(idle_ms) && SAME(touch_ms) && SAME(idle_chosen) && SAME(remembered);
}

static bool same_origin(const struct session *a, const struct session *b)
{
	return SAME_BYTES(id) && SAME_TEXT(realm) && SAME_TEXT(application) && SAME_TEXT(user) &&
	       SAME_TEXT(host) && SAME(transport) && SAME_TEXT(device.first_ip) &&
	       SAME_TEXT(device.last_ip) && SAME_TEXT(device.user_agent);
}

static void expect_same_record(const struct session *a, const struct session *b)
{
	cr_assert(same_attributes(a, b), "seed %u: attributes", seed);
	cr_assert(same_secrets(a, b), "seed %u: secrets", seed);
	cr_assert(same_times(a, b), "seed %u: times", seed);
	cr_assert(same_origin(a, b), "seed %u: origin", seed);
	cr_assert(SAME(version), "seed %u: version", seed);
	cr_assert(same_saves(a, b), "seed %u: saves", seed);
}

static void expect_same_answer(struct answer a, struct answer b)
{
	cr_assert_eq(a.status, b.status, "seed %u: %s, the other: %s", seed,
		     store_status_text(a.status), store_status_text(b.status));
	cr_assert_eq(a.cause, b.cause, "seed %u", seed);
	cr_assert_eq(a.session != NULL, b.session != NULL, "seed %u", seed);
	if (a.session != NULL)
		expect_same_record(a.session, b.session);
	answer_fini(&a);
	answer_fini(&b);
}

/* --- lives --- */

static void life_saves(struct life *l, const struct delta *d)
{
	expect_same_answer(bench_save(l->one, l->who.id, d), bench_save(l->other, l->who.id, d));
}

/* The same record on both sides: what its visitor knows of it. */
static void life_looks(struct life *l)
{
	struct answer a = bench_find(l->one, l->who.id);

	if (a.status == STORE_OK) {
		l->who.epoch = a.session->epoch;
		memcpy(l->secrets[any(TWIN_SECRETS)], l->who.hash, TOKEN_HASH_BYTES);
		memcpy(l->who.hash, a.session->hash, TOKEN_HASH_BYTES);
	}
	expect_same_answer(a, bench_find(l->other, l->who.id));
}

static void life_passes(struct life *l)
{
	if (l->one->fixture->pass == NULL)
		return;
	l->one->fixture->pass((int64_t)any(3 * TOUCH_MS));
	if (any(20) == 0)
		l->one->fixture->pass(IDLE_MS);
	if (any(10) == 0)
		cr_assert_eq(bench_expire(l->one, 1000), bench_expire(l->other, 1000),
			     "seed %u: who has ended", seed);
}

static void life_begins(struct life *l)
{
	struct change first = { SLICE("first"), SLICE("1") };
	const struct session *born;

	visitor_init(&l->who);
	born = visitor_session(&l->who, l->one, any(2) == 0 ? SLICE("alice") : SLICE(""), &first,
			       1);
	expect_same_answer(bench_create(l->one, born), bench_create(l->other, born));
	session_unref(&born);
	for (size_t i = 0; i < TWIN_SECRETS; i++)
		memcpy(l->secrets[i], l->who.hash, TOKEN_HASH_BYTES);
}

static void life_goes_on(struct life *l)
{
	struct wishes *w = &l->last;

	/* once more what was asked for last: it had no answer, say */
	if (w->delta.save_id == 0 || any(6) != 0) {
		*w = (struct wishes){ .delta = { 0 } };
		wish(l, w);
	}
	life_saves(l, &w->delta);
	life_looks(l);
	life_passes(l);
	if (any(100) == 0)
		expect_same_answer(bench_remove(l->one, l->who.id),
				   bench_remove(l->other, l->who.id));
}

void twins_live(struct bench *one, struct bench *other, unsigned sessions)
{
	seed = (unsigned)some_number();
	srandom(seed);
	for (unsigned i = 0; i < sessions; i++) {
		struct life life = { .one = one, .other = other };

		life_begins(&life);
		for (unsigned k = 0; k < TWIN_SAVES; k++)
			life_goes_on(&life);
	}
}
