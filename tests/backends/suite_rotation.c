/* suite_rotation.c - secrets that are replaced while the old ones stay good for a while. */
#include "tests/backends/suite.h"
#include "tests/backends/visitor.h"

#include <criterion/criterion.h>

enum { GRACE_MS = 1000 };

struct rotated {
	struct visitor v;
	uint8_t hash[TOKEN_HASH_BYTES]; /* of the secret as this side knows it */
};

static void rotated_look(struct rotated *r, struct bench *b)
{
	struct answer a = bench_find(b, r->v.id);

	cr_assert_eq(a.status, STORE_OK);
	memcpy(r->hash, a.session->hash, sizeof(r->hash));
	answer_fini(&a);
}

static void rotated_arrives(struct rotated *r, struct bench *b)
{
	visitor_arrives(&r->v, b, SLICE("alice"));
	rotated_look(r, b);
}

static struct rotation rotation_to(const struct rotated *r, uint8_t new_byte)
{
	struct rotation rotation = { .hash = { new_byte } };

	memcpy(rotation.expected, r->hash, sizeof(rotation.expected));
	return rotation;
}

static struct answer rotated_rotates(const struct rotated *r, struct bench *b,
				     const struct rotation *rotation)
{
	struct delta d = visitor_delta(&r->v);

	d.rotation = rotation;
	return bench_save(b, r->v.id, &d);
}

/* Presents the current secret. */
static struct answer rotated_presents(const struct rotated *r, struct bench *b)
{
	struct delta d = visitor_delta(&r->v);

	d.presented = r->hash;
	d.grace_ms = GRACE_MS;
	return bench_save(b, r->v.id, &d);
}

static enum session_secret secret_now(struct bench *b, struct slice id, const uint8_t *hash)
{
	struct answer a = bench_find(b, id);
	enum session_secret secret;

	cr_assert_eq(a.status, STORE_OK);
	secret = session_secret(a.session, hash, b->fixture->now());
	answer_fini(&a);
	return secret;
}

void suite_rotation_keeps_the_old_secret_until_the_new_one_is_seen(struct bench *b)
{
	struct rotated r, old;
	struct rotation rotation;
	struct answer a;

	rotated_arrives(&r, b);
	memcpy(old.hash, r.hash, sizeof(old.hash));
	rotation = rotation_to(&r, 7);
	a = rotated_rotates(&r, b, &rotation);
	cr_expect_eq(a.status, STORE_OK);
	cr_expect_eq(a.session->version, 2);
	cr_expect(session_unseen(a.session));
	answer_fini(&a);
	b->fixture->pass(3 * GRACE_MS);
	cr_expect_eq(secret_now(b, r.v.id, old.hash), SECRET_OLD);
	cr_expect_eq(secret_now(b, r.v.id, rotation.hash), SECRET_CURRENT);
	rotated_look(&r, b);
	a = rotated_presents(&r, b);
	cr_expect_eq(a.session->version, 2, "it is a touch");
	cr_expect_not(session_unseen(a.session));
	answer_fini(&a);
	cr_expect_eq(secret_now(b, r.v.id, old.hash), SECRET_OLD);
	b->fixture->pass(GRACE_MS + 100);
	cr_expect_eq(secret_now(b, r.v.id, old.hash), SECRET_STALE);
}

void suite_of_two_rotations_one_wins(struct bench *b)
{
	const struct change change = { SLICE("a"), SLICE("1") };
	struct rotation first, second;
	struct rotated r;
	struct delta d;
	struct answer a;

	rotated_arrives(&r, b);
	first = rotation_to(&r, 7);
	second = rotation_to(&r, 8);
	a = rotated_rotates(&r, b, &first);
	answer_fini(&a);
	a = rotated_rotates(&r, b, &second);
	cr_expect_eq(a.status, STORE_OK);
	cr_expect(token_hash_equal(a.session->hash, first.hash));
	cr_expect_eq(a.session->version, 2, "the loser changed nothing");
	answer_fini(&a);
	d = visitor_delta(&r.v);
	d.rotation = &second;
	d.changes = &change;
	d.change_count = 1;
	a = bench_save(b, r.v.id, &d);
	cr_expect(token_hash_equal(a.session->hash, first.hash));
	cr_expect_eq(a.session->version, 3);
	answer_fini(&a);
	expect_attribute(b, &r.v, SLICE("a"), SLICE("1"));
}

void suite_rotation_repeated_is_applied_once(struct bench *b)
{
	struct rotation rotation;
	struct rotated r;
	struct answer a;

	rotated_arrives(&r, b);
	rotation = rotation_to(&r, 7);
	for (unsigned i = 0; i < 3; i++) {
		a = rotated_rotates(&r, b, &rotation);
		cr_expect_eq(a.status, STORE_OK);
		cr_expect(token_hash_equal(a.session->hash, rotation.hash));
		cr_expect_eq(a.session->version, 2);
		answer_fini(&a);
	}
}

/* Its successor never arrived: it goes, and the one before stays good. */
void suite_lost_secret_is_replaced(struct bench *b)
{
	struct rotation lost, next;
	struct rotated r, old;
	struct answer a;

	rotated_arrives(&r, b);
	memcpy(old.hash, r.hash, sizeof(old.hash));
	lost = rotation_to(&r, 7);
	a = rotated_rotates(&r, b, &lost);
	answer_fini(&a);
	rotated_look(&r, b);
	next = rotation_to(&r, 8);
	next.lost = true;
	a = rotated_rotates(&r, b, &next);
	cr_expect(token_hash_equal(a.session->hash, next.hash));
	answer_fini(&a);
	cr_expect_eq(secret_now(b, r.v.id, old.hash), SECRET_OLD);
	cr_expect_eq(secret_now(b, r.v.id, lost.hash), SECRET_WRONG);
}

/* It was seen after all, between the load and the save. */
void suite_secret_that_arrived_is_not_replaced_as_lost(struct bench *b)
{
	struct rotation late, next;
	struct rotated r;
	struct answer a;

	rotated_arrives(&r, b);
	late = rotation_to(&r, 7);
	a = rotated_rotates(&r, b, &late);
	answer_fini(&a);
	rotated_look(&r, b);
	next = rotation_to(&r, 8);
	next.lost = true;
	a = rotated_presents(&r, b);
	answer_fini(&a);
	a = rotated_rotates(&r, b, &next);
	cr_expect(token_hash_equal(a.session->hash, late.hash));
	answer_fini(&a);
}

void suite_renewal_that_expects_another_secret_changes_nothing(struct bench *b)
{
	struct renewal renewal = some_renewal();
	struct rotation rotation;
	struct rotated r;
	struct delta d;
	struct answer a;

	rotated_arrives(&r, b);
	rotation = rotation_to(&r, 7);
	a = rotated_rotates(&r, b, &rotation);
	answer_fini(&a);
	d = visitor_delta(&r.v);
	renewal.expected = r.hash;
	d.renewal = &renewal;
	a = bench_save(b, r.v.id, &d);
	cr_expect_eq(a.status, STORE_OK);
	cr_expect(token_hash_equal(a.session->hash, rotation.hash));
	cr_expect_eq(a.session->epoch, r.v.epoch);
	answer_fini(&a);
}

void suite_login_kills_all_secrets_before_it(struct bench *b)
{
	struct rotation rotation;
	struct rotated r;
	struct answer a;

	rotated_arrives(&r, b);
	rotation = rotation_to(&r, 7);
	a = rotated_rotates(&r, b, &rotation);
	answer_fini(&a);
	a = visitor_logs_in(&r.v, b, SLICE("alice"));
	answer_fini(&a);
	cr_expect_eq(secret_now(b, r.v.id, r.hash), SECRET_STALE);
	cr_expect_eq(secret_now(b, r.v.id, rotation.hash), SECRET_STALE);
}

/* Who leaves keeps what there is, and the absolute end. */
void suite_session_without_its_user_goes_on(struct bench *b)
{
	struct renewal renewal = some_renewal();
	struct login nobody = { .idle_ms = IDLE_MS / 2, .absolute_ms = 1, .touch_ms = TOUCH_MS };
	struct rotated r;
	struct delta d;
	struct answer before, a;

	rotated_arrives(&r, b);
	before = bench_find(b, r.v.id);
	d = visitor_delta(&r.v);
	d.renewal = &renewal;
	d.login = &nobody;
	a = bench_save(b, r.v.id, &d);
	cr_expect_eq(a.status, STORE_OK);
	cr_expect_not(session_authenticated(a.session));
	cr_expect_eq(a.session->login_ms, 0);
	cr_expect_eq(a.session->expires_ms, before.session->expires_ms);
	cr_expect_eq(a.session->idle_ms, IDLE_MS / 2);
	cr_expect_eq(a.session->attribute_count, 1);
	answer_fini(&a);
	answer_fini(&before);
}

void suite_unseen_touch_moves_nothing(struct bench *b)
{
	struct delta d;
	struct rotated r;
	struct answer before, a;

	rotated_arrives(&r, b);
	before = bench_find(b, r.v.id);
	b->fixture->pass(2 * TOUCH_MS);
	d = visitor_delta(&r.v);
	d.unseen = true;
	a = bench_save(b, r.v.id, &d);
	cr_expect_eq(a.session->seen_ms, before.session->seen_ms);
	cr_expect_eq(a.session->version, before.session->version);
	answer_fini(&a);
	answer_fini(&before);
}
