/* header.c - tokens in headers. */
#include "gateway/header.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

enum { DEFAULT, BEARER, NOBODY }; /* whose header is read */

static const struct {
	const char *name;
	int reads;
	const char *params, *left;
	char token; /* the first letter; 0: none */
	bool malformed;
} rows[] = {
	{ "none came", DEFAULT, "A=1", "A=1", 0, false },
	{ "bare token", DEFAULT, "A=1|HTTP_X_AUTH_TOKEN=" TOKEN_A, "A=1", 'A', false },
	{ "white space around", DEFAULT, "HTTP_X_AUTH_TOKEN= \t" TOKEN_A " ", "", 'A', false },
	{ "malformed", DEFAULT, "HTTP_X_AUTH_TOKEN=abc", "", 0, true },
	{ "two, joined", DEFAULT, "HTTP_X_AUTH_TOKEN=" TOKEN_A "|HTTP_X_AUTH_TOKEN=" TOKEN_B, "", 0,
	  true },
	{ "Bearer in a bare header", DEFAULT, "HTTP_X_AUTH_TOKEN=Bearer " TOKEN_A, "", 0, true },
	{ "empty is none", DEFAULT, "HTTP_X_AUTH_TOKEN=", "", 0, false },
	{ "nobody reads", NOBODY,
	  "HTTP_X_AUTH_TOKEN=" TOKEN_A "|HTTP_AUTHORIZATION=Bearer " TOKEN_B, "", 0, false },
	{ "other spellings go unread", DEFAULT,
	  "http_x_auth_token=" TOKEN_A "|HTTP-X-AUTH.TOKEN=" TOKEN_B
	  "|http_authorization=Bearer " TOKEN_A,
	  "", 0, false },
	{ "so do those before a redirect", DEFAULT,
	  "REDIRECT_HTTP_X_AUTH_TOKEN=" TOKEN_A "|REDIRECT_REDIRECT_HTTP_X_AUTH_TOKEN=" TOKEN_B
	  "|REDIRECT_HTTP_AUTHORIZATION=Bearer " TOKEN_B "|REDIRECT_STATUS=200",
	  "REDIRECT_STATUS=200", 0, false },
	{ "other credentials stay, however they are spelled", BEARER,
	  "http_authorization=Basic x|REDIRECT_HTTP_AUTHORIZATION=Basic y",
	  "http_authorization=Basic x|REDIRECT_HTTP_AUTHORIZATION=Basic y", 0, false },
	{ "bearer", BEARER, "A=1|HTTP_AUTHORIZATION=Bearer " TOKEN_A, "A=1", 'A', false },
	{ "bearer, any case and space", BEARER, "HTTP_AUTHORIZATION=bEARER   " TOKEN_A " ", "", 'A',
	  false },
	{ "bearer, any white space", BEARER, "HTTP_AUTHORIZATION=Bearer\t " TOKEN_A, "", 'A',
	  false },
	{ "bearer without any", BEARER, "HTTP_AUTHORIZATION=Bearer" TOKEN_A,
	  "HTTP_AUTHORIZATION=Bearer" TOKEN_A, 0, false },
	{ "ours among several", BEARER,
	  "HTTP_AUTHORIZATION=Basic x|HTTP_AUTHORIZATION=Bearer " TOKEN_A, "", 0, true },
	{ "several of ours", BEARER,
	  "HTTP_AUTHORIZATION=Bearer " TOKEN_B "|HTTP_AUTHORIZATION=Bearer " TOKEN_A, "", 0, true },
	{ "several, not ours", BEARER, "HTTP_AUTHORIZATION=Digest a=b|HTTP_AUTHORIZATION=Basic x",
	  "HTTP_AUTHORIZATION=Digest a=b, Basic x", 0, false },
	{ "another bearer's", BEARER, "HTTP_AUTHORIZATION=Bearer abc.def",
	  "HTTP_AUTHORIZATION=Bearer abc.def", 0, false },
	{ "basic", BEARER, "HTTP_AUTHORIZATION=Basic " TOKEN_A, "HTTP_AUTHORIZATION=Basic " TOKEN_A,
	  0, false },
	{ "no scheme", BEARER, "HTTP_AUTHORIZATION=" TOKEN_A, "HTTP_AUTHORIZATION=" TOKEN_A, 0,
	  false },
	{ "the other realm's bearer", DEFAULT, "HTTP_AUTHORIZATION=Bearer " TOKEN_A, "", 0, false },
	{ "the other realm's header", BEARER, "HTTP_X_AUTH_TOKEN=" TOKEN_A, "", 0, false },
};

Test(header, take_keeps_what_the_route_reads)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct presented got = { .count = 0 };
		struct sample s;
		struct params p;
		char token;

		sample_init(&s);
		p = sample_params(&s, rows[i].params);
		header_take(&p, &s.config,
			    rows[i].reads == NOBODY ? NULL : &s.realms[rows[i].reads].header, &got);
		token = got.count > 0 ? got.tokens[0].text[0] : '\0';
		cr_expect_eq(token, rows[i].token, "%s: token", rows[i].name);
		cr_expect_eq(got.malformed, rows[i].malformed, "%s: malformed", rows[i].name);
		cr_expect_eq(got.carrier, token || got.malformed ? CARRIER_HEADER : CARRIER_NONE,
			     "%s: carrier", rows[i].name);
		cr_expect_str_eq(sample_text(&s, &p), rows[i].left, "%s", rows[i].name);
		sample_fini(&s);
	}
}

Test(header, take_leaves_authorization_where_no_realm_reads_it)
{
	struct presented got = { .count = 0 };
	struct sample s;
	struct params p;

	sample_init(&s);
	s.config.bearer = false;
	p = sample_params(&s, "HTTP_AUTHORIZATION=Bearer " TOKEN_A);
	header_take(&p, &s.config, &s.realms[0].header, &got);
	cr_expect_str_eq(sample_text(&s, &p), "HTTP_AUTHORIZATION=Bearer " TOKEN_A);
	cr_expect_eq(got.count, 0);
	sample_fini(&s);
}

Test(header, set_answers_authorization_in_another)
{
	struct sample s;
	struct head head;

	sample_init(&s);
	head_init(&head, &s.arena);
	cr_assert_eq(header_set(&head, &s.realms[1].header, SLICE(TOKEN_A)), 0);
	cr_expect_eq(head.count, 1);
	cr_expect(slice_equal(head_get(&head, SLICE("X-Auth-Token")), SLICE(TOKEN_A)));
	cr_assert_eq(header_set(&head, &s.realms[0].header, SLICE("")), 0);
	cr_expect_eq(head.count, 1);
	cr_expect(head_get(&head, SLICE("X-Auth-Token")).ptr != NULL &&
		  head_get(&head, SLICE("X-Auth-Token")).len == 0);
	sample_fini(&s);
}
