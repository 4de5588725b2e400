/* cookie.c - tokens in cookies. */
#include "gateway/cookie.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

/* What is read is under the name sg_session. */
static const struct {
	const char *name, *cookies, *left; /* left NULL: no param */
	const char *tokens;                /* the first letters of the tokens that were kept */
	bool malformed;
} rows[] = {
	{ "none", "a=1; b=2", "a=1; b=2", "", false },
	{ "untouched without ours", " a=1;;b =2 ; ", " a=1;;b =2 ; ", "", false },
	{ "alone", "sg_session=" TOKEN_A, NULL, "A", false },
	{ "first", "sg_session=" TOKEN_A "; a=1", "a=1", "A", false },
	{ "last", "a=1; sg_session=" TOKEN_A, "a=1", "A", false },
	{ "between", "a=1; sg_session=" TOKEN_A "; b=\"x\"", "a=1; b=\"x\"", "A", false },
	{ "no space", "a=1;sg_session=" TOKEN_A ";b=2", "a=1;b=2", "A", false },
	{ "white space around", "a=1; \tsg_session = " TOKEN_A " ; b=2", "a=1; b=2", "A", false },
	{ "two", "sg_session=" TOKEN_A "; a=1; sg_session=" TOKEN_B, "a=1", "AB", false },
	{ "joined by commas", "sg_session=" TOKEN_A ", sg_session=" TOKEN_B, NULL, "AB", false },
	{ "comma before", "a=1, sg_session=" TOKEN_A, "a=1", "A", false },
	{ "comma behind", "sg_session=" TOKEN_A ", a=1; b=2", "a=1; b=2", "A", false },
	{ "commas on both sides", "a=1, sg_session=" TOKEN_A ", b=2", "a=1; b=2", "A", false },
	{ "white space that only some know", "a=1;\v\f\x1fsg_session=" TOKEN_A "; b=2", "a=1; b=2",
	  "A", false },
	{ "behind white space", "a=1 sg_session=" TOKEN_A, "a=1", "A", false },
	{ "behind any of it, and commas", "a=1 ,\v, \tsg_session=" TOKEN_A "; b=2", "a=1; b=2", "A",
	  false },
	{ "white space in another cookie", "a=1 2  3; b= 4 ", "a=1 2  3; b= 4 ", "", false },
	{ "white space in ours", "sg_session=" TOKEN_A " b=2; c=3", "c=3", "", true },
	{ "separators alone", "a=1; , \v,, ; sg_session=" TOKEN_A, "a=1; , \v,, ", "A", false },
	{ "comma in another cookie", "a=1, 2; sg_session=" TOKEN_A, "a=1, 2", "A", false },
	{ "the https name is taken out unread", "__Host-sg_session=" TOKEN_A "; a=1", "a=1", "",
	  false },
	{ "so is another realm's", "intranet=" TOKEN_A "; sg_session=" TOKEN_B, NULL, "B", false },
	{ "others of similar names",
	  "sg_session2=" TOKEN_A "; xsg_session=1; SG_SESSION=2; intranet-x=3",
	  "sg_session2=" TOKEN_A "; xsg_session=1; SG_SESSION=2; intranet-x=3", "", false },
	{ "a name without a value", "sg_session; a=1", "sg_session; a=1", "", false },
	{ "quoted", "sg_session=\"" TOKEN_A "\"", NULL, "", true },
	{ "empty", "sg_session=", NULL, "", true },
	{ "too short", "sg_session=abc; sg_session=" TOKEN_A, NULL, "A", true },
	{ "too long", "sg_session=" TOKEN_A "x", NULL, "", true },
	{ "id begins with -", "sg_session=-AAAAAAAAAAAAAAAAAAAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  NULL, "", true },
	{ "malformed under another name", "intranet=abc", NULL, "", false },
	{ "four at most",
	  "sg_session=" TOKEN_A "; sg_session=x; sg_session=" TOKEN_B "; sg_session=" TOKEN_C
	  "; sg_session=" TOKEN_A "; sg_session=" TOKEN_B,
	  NULL, "ABCA", true },
	{ "blank around ours", "; sg_session=" TOKEN_A " ;  ", NULL, "A", false },
	{ "nothing at all", "", "", "", false },
};

static void expect_row(size_t i)
{
	struct presented got = { .count = 0 };
	char first[CARRIER_TOKENS + 1] = "";
	struct slice left;
	struct sample s;
	struct params p;

	sample_init(&s);
	p = sample_params(&s, "A=1");
	cr_assert_eq(params_set(&p, SLICE("HTTP_COOKIE"), slice_from(rows[i].cookies)), 0);
	cr_assert_eq(cookie_take(&p, &s.config, SLICE("sg_session"), &got), 0);
	left = params_get(&p, SLICE("HTTP_COOKIE"));
	for (size_t t = 0; t < got.count; t++)
		first[t] = got.tokens[t].text[0];
	cr_expect_eq(left.ptr == NULL, rows[i].left == NULL, "%s: there or not", rows[i].name);
	cr_expect(slice_equal(left, slice_from(rows[i].left)), "%s: left %.*s", rows[i].name,
		  SLICE_ARGS(left));
	cr_expect_str_eq(first, rows[i].tokens, "%s: tokens %s", rows[i].name, first);
	cr_expect_eq(got.malformed, rows[i].malformed, "%s: malformed", rows[i].name);
	cr_expect_eq(got.carrier, got.count > 0 || got.malformed ? CARRIER_COOKIE : CARRIER_NONE,
		     "%s", rows[i].name);
	sample_fini(&s);
}

Test(cookie, take_leaves_the_others_as_they_were)
{
	for (size_t i = 0; i < ROWS(rows); i++)
		expect_row(i);
}

Test(cookie, take_reads_nothing_under_no_name)
{
	struct presented got = { .count = 0 };
	struct sample s;
	struct params p;

	sample_init(&s);
	p = sample_params(&s, "HTTP_COOKIE=sg_session=" TOKEN_A "; intranet=x");
	cr_assert_eq(cookie_take(&p, &s.config, SLICE(""), &got), 0);
	cr_expect(got.count == 0 && !got.malformed && got.carrier == CARRIER_NONE);
	cr_expect_str_eq(sample_text(&s, &p), "");
	sample_fini(&s);
}

static void take_all(void *ctx, struct slice bytes)
{
	struct presented got = { .count = 0 };
	struct slice left;
	struct sample s;
	struct params p;

	(void)ctx;
	sample_init(&s);
	p = sample_params(&s, "A=1");
	cr_assert_eq(params_set(&p, SLICE("HTTP_COOKIE"), bytes), 0);
	cr_assert_eq(cookie_take(&p, &s.config, SLICE("sg_session"), &got), 0);
	left = params_get(&p, SLICE("HTTP_COOKIE"));
	cr_expect(left.len <= bytes.len && got.count <= CARRIER_TOKENS);
	/* What is left holds none of ours, however often it is looked at. */
	got = (struct presented){ .count = 0 };
	cr_assert_eq(cookie_take(&p, &s.config, SLICE("sg_session"), &got), 0);
	cr_expect(got.count == 0 && !got.malformed, "%.*s", SLICE_ARGS(bytes));
	cr_expect(slice_equal(left, params_get(&p, SLICE("HTTP_COOKIE"))), "%.*s",
		  SLICE_ARGS(bytes));
	sample_fini(&s);
}

Test(cookie, take_survives_every_mutation)
{
	sample_mutate(
		SLICE("a=1, sg_session=" TOKEN_A ", b=2; intranet=x;sg_session=" TOKEN_B " ;c"),
		take_all, NULL);
}

static const struct {
	const char *name;
	struct config_cookie cookie;
	bool https;
	int64_t max_age_s;
	const char *written;
} written[] = {
	{ "http",
	  { .path = "/", .domain = "", .http_only = true, .http_name = "sg_session" },
	  false,
	  -1,
	  "sg_session=v; Path=/; HttpOnly; SameSite=Lax" },
	{ "https",
	  { .path = "/", .domain = "", .http_only = true, .https_name = "__Host-sg_session" },
	  true,
	  -1,
	  "__Host-sg_session=v; Path=/; Secure; HttpOnly; SameSite=Lax" },
	{ "everything",
	  { .path = "/shop",
	    .domain = "example.org",
	    .http_only = true,
	    .partitioned = true,
	    .same_site = SAME_SITE_NONE,
	    .https_name = "__Secure-sg_session" },
	  true,
	  0,
	  "__Secure-sg_session=v; Max-Age=0; Path=/shop; Domain=example.org; Secure; HttpOnly; "
	  "SameSite=None; Partitioned" },
	{ "secure never",
	  { .path = "/",
	    .domain = "",
	    .same_site = SAME_SITE_STRICT,
	    .secure = SECURE_NEVER,
	    .https_name = "s" },
	  true,
	  -1,
	  "s=v; Path=/; SameSite=Strict" },
	{ "secure always",
	  { .path = "/", .domain = "", .secure = SECURE_ALWAYS, .http_name = "s" },
	  false,
	  -1,
	  "s=v; Path=/; Secure; SameSite=Lax" },
	{ "a prefix asks for Secure",
	  { .path = "/", .domain = "", .http_name = "__Secure-s" },
	  false,
	  -1,
	  "__Secure-s=v; Path=/; Secure; SameSite=Lax" },
};

Test(cookie, set_writes_the_parts_that_apply)
{
	for (size_t i = 0; i < ROWS(written); i++) {
		struct sample s;
		struct head head;
		struct slice got;

		sample_init(&s);
		head_init(&head, &s.arena);
		cr_assert_eq(cookie_set(&head, &written[i].cookie, written[i].https, SLICE("v"),
					written[i].max_age_s),
			     0);
		got = head_get(&head, SLICE("Set-Cookie"));
		cr_expect(slice_equal(got, slice_from(written[i].written)), "%s: %.*s",
			  written[i].name, SLICE_ARGS(got));
		sample_fini(&s);
	}
}

static const struct {
	const char *set_cookie;
	bool ours;
} set_cookies[] = {
	{ "sg_session=x; Path=/", true },
	{ "  sg_session = x", true },
	{ "__Host-sg_session=", true },
	{ "intranet=1", true },
	{ "=sg_session=x", true },
	{ " = \tsg_session=x", true },
	{ "sg_session2=x", false },
	{ "a=sg_session=x", false },
	{ "SG_SESSION=x", false },
	{ "", false },
	/* what browsers send back is read as two cookies */
	{ "a=b, sg_session=x", true },
	{ "a,sg_session=x; Path=/", true },
	{ "a=\"b, intranet=x\"", true },
	{ "=a=1,2, sg_session =x", true },
	{ "a=b sg_session=x; Path=/", true },
	{ "a=b,\t,sg_session=x", true },
	{ "a=b, sg_session2=x", false },
	{ "a=b; Comment=c, sg_session=x", false },
	{ "a=\"b sg_session\"", false },
};

Test(cookie, is_ours_knows_every_name)
{
	struct sample s;

	sample_init(&s);
	for (size_t i = 0; i < ROWS(set_cookies); i++)
		cr_expect_eq(cookie_is_ours(&s.config, slice_from(set_cookies[i].set_cookie)),
			     set_cookies[i].ours, "%s", set_cookies[i].set_cookie);
	sample_fini(&s);
}
