/* auth.c - whose call it is. */
#include "rest/auth.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <openssl/sha.h>
#include <unistd.h>

enum { NOW_MS = 1000 };

static struct network near = { .bits = 0 };

static void hash(struct grant *g, const char *token)
{
	SHA256((const uint8_t *)token, strlen(token), g->hash);
}

static const struct {
	const char *name, *authorization;
	struct auth_peer peer;
	enum auth_verdict verdict;
	const char *who;
} rows[] = {
	{ "nobody", NULL, { "192.0.2.1", false, 0, "" }, AUTH_NONE, NULL },
	{ "another scheme", "Basic eA==", { "192.0.2.1", false, 0, "" }, AUTH_NONE, NULL },
	{ "a longer scheme", "Bearers one", { "192.0.2.1", false, 0, "" }, AUTH_NONE, NULL },
	{ "no token", "Bearer", { "192.0.2.1", false, 0, "" }, AUTH_BAD, NULL },
	{ "a token", "Bearer one", { "192.0.2.1", false, 0, "" }, AUTH_GRANTED, "first" },
	{ "small letters", "bearer  one ", { "192.0.2.1", false, 0, "" }, AUTH_GRANTED, "first" },
	{ "another's", "Bearer two", { "192.0.2.1", false, 0, "" }, AUTH_GRANTED, "second" },
	{ "more than a token", "Bearer one two", { "192.0.2.1", false, 0, "" }, AUTH_BAD, NULL },
	{ "expired", "Bearer old", { "192.0.2.1", false, 0, "" }, AUTH_BAD, NULL },
	{ "from near", "Bearer near", { "192.0.2.1", false, 0, "" }, AUTH_GRANTED, "near" },
	{ "from a socket", "Bearer near", { "", true, 0, "" }, AUTH_BAD, NULL },
	{ "root", NULL, { "", true, 0, "" }, AUTH_GRANTED, "uid:0" },
	{ "another user", NULL, { "", true, 4711, "" }, AUTH_NONE, NULL },
	{ "an unknown peer", NULL, { "", false, 0, "" }, AUTH_NONE, NULL },
	{ "a certificate",
	  NULL,
	  { "192.0.2.1", false, 0, "x.test\0y.test\0" },
	  AUTH_GRANTED,
	  "san" },
	{ "another one", NULL, { "192.0.2.1", false, 0, "x.test\0y.test.x\0" }, AUTH_NONE, NULL },
	{ "a token and a certificate",
	  "Bearer one",
	  { "192.0.2.1", false, 0, "y.test\0" },
	  AUTH_GRANTED,
	  "first" },
	{ "a bad one and a certificate",
	  "Bearer none",
	  { "192.0.2.1", false, 0, "y.test\0" },
	  AUTH_BAD,
	  NULL },
	{ "root with a bad token", "Bearer none", { "", true, 0, "" }, AUTH_BAD, NULL },
};

Test(auth, judges)
{
	struct grant grants[] = { { .name = "first", .scopes = SCOPE_ALL },
				  { .name = "second", .scopes = SCOPE_ALL },
				  { .name = "old", .not_after_ms = NOW_MS },
				  { .name = "near", .networks = &near, .network_count = 1 },
				  { .name = "san", .certificate_san = "y.test" } };
	const struct settings settings = { .grants = grants, .grant_count = ROWS(grants) };
	struct failures failures = { .count = 0 };

	hash(&grants[0], "one");
	hash(&grants[1], "two");
	hash(&grants[2], "old");
	hash(&grants[3], "near");
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct auth auth = { .grant = NULL };
		enum auth_verdict verdict =
			auth_judge(&auth, &settings, &failures, &rows[i].peer,
				   slice_from(rows[i].authorization), NOW_MS, NOW_MS);

		cr_expect_eq(verdict, rows[i].verdict, "%s: %d", rows[i].name, (int)verdict);
		if (verdict == AUTH_GRANTED && rows[i].who != NULL)
			cr_expect_str_eq(auth.grant->name, rows[i].who, "%s", rows[i].name);
	}
}

/* The whole hash counts, whichever bit of it is another. */
Test(auth, a_hash_that_is_nearly_the_same_is_another)
{
	struct grant grant = { .name = "ops", .scopes = SCOPE_ALL };
	const struct settings settings = { .grants = &grant, .grant_count = 1 };
	const struct auth_peer peer = { .address = "192.0.2.1" };
	struct auth auth = { .grant = NULL };

	for (size_t i = 0; i < sizeof(grant.hash); i++) {
		hash(&grant, "one");
		grant.hash[i] ^= 1;
		cr_expect_eq(auth_judge(&auth, &settings, NULL, &peer, SLICE("Bearer one"), NOW_MS,
					NOW_MS),
			     AUTH_BAD, "byte %zu", i);
	}
}
