/* carrier.c - how tokens travel, by cookie or by header. */
#include "gateway/carrier.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

#define COOKIE_A "HTTP_COOKIE=sg_session=" TOKEN_A
#define HEADER_B "HTTP_X_AUTH_TOKEN=" TOKEN_B

static const struct {
	const char *name;
	enum route_token token;
	enum route_session session;
	bool https;
	const char *params;
	enum carrier carrier;
	char kept; /* the first letter of the token; 0: none */
	bool malformed;
} rows[] = {
	{ "cookie", TOKEN_COOKIE, ROUTE_SESSION_ON, false, COOKIE_A, CARRIER_COOKIE, 'A', false },
	{ "cookie of the other scheme", TOKEN_COOKIE, ROUTE_SESSION_ON, true, COOKIE_A,
	  CARRIER_NONE, 0, false },
	{ "https cookie", TOKEN_COOKIE, ROUTE_SESSION_ON, true,
	  "HTTP_COOKIE=__Host-sg_session=" TOKEN_C, CARRIER_COOKIE, 'C', false },
	{ "peek reads too", TOKEN_COOKIE, ROUTE_SESSION_PEEK, false, COOKIE_A, CARRIER_COOKIE, 'A',
	  false },
	{ "observe only takes out", TOKEN_COOKIE, ROUTE_SESSION_OBSERVE, false,
	  COOKIE_A "|" HEADER_B, CARRIER_NONE, 0, false },
	{ "off only takes out", TOKEN_COOKIE, ROUTE_SESSION_OFF, false, COOKIE_A "|" HEADER_B,
	  CARRIER_NONE, 0, false },
	{ "cookie, not header", TOKEN_COOKIE, ROUTE_SESSION_ON, false, COOKIE_A "|" HEADER_B,
	  CARRIER_COOKIE, 'A', false },
	{ "header, not cookie", TOKEN_HEADER, ROUTE_SESSION_ON, false, COOKIE_A "|" HEADER_B,
	  CARRIER_HEADER, 'B', false },
	{ "header absent", TOKEN_HEADER, ROUTE_SESSION_ON, false, COOKIE_A, CARRIER_NONE, 0,
	  false },
	{ "either: the header wins", TOKEN_EITHER, ROUTE_SESSION_ON, false, COOKIE_A "|" HEADER_B,
	  CARRIER_HEADER, 'B', false },
	{ "either: a malformed header wins", TOKEN_EITHER, ROUTE_SESSION_ON, false,
	  COOKIE_A "|HTTP_X_AUTH_TOKEN=x", CARRIER_HEADER, 0, true },
	{ "either: the cookie without a header", TOKEN_EITHER, ROUTE_SESSION_ON, false, COOKIE_A,
	  CARRIER_COOKIE, 'A', false },
};

Test(carrier, take_reads_as_the_route_says_and_leaves_nothing)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct presented got;
		struct sample s;
		struct params p;

		sample_init(&s);
		s.route.token = rows[i].token;
		s.route.session = rows[i].session;
		p = sample_params(&s, rows[i].params);
		cr_assert_eq(carrier_take(&p, &s.config, &s.route, rows[i].https, &got), 0);
		cr_expect_eq(got.carrier, rows[i].carrier, "%s: carrier", rows[i].name);
		cr_expect_eq(got.count > 0 ? got.tokens[0].text[0] : '\0', rows[i].kept,
			     "%s: token", rows[i].name);
		cr_expect_eq(got.malformed, rows[i].malformed, "%s: malformed", rows[i].name);
		cr_expect_str_eq(sample_text(&s, &p), "", "%s", rows[i].name);
		presented_wipe(&got);
		sample_fini(&s);
	}
}

Test(carrier, take_without_a_route)
{
	struct presented got;
	struct sample s;
	struct params p;

	sample_init(&s);
	p = sample_params(&s, COOKIE_A "; a=1|" HEADER_B "|HTTP-COOKIE=sg_session=x");
	cr_assert_eq(carrier_take(&p, &s.config, NULL, false, &got), 0);
	cr_expect_eq(got.count, 0);
	cr_expect_str_eq(sample_text(&s, &p), "HTTP_COOKIE=a=1");
	sample_fini(&s);
}

enum step { SET, CLEAR, NO_STORE };

/* given and fields: "Name: value\n" lines. */
static const struct {
	const char *name;
	enum step step;
	enum carrier carrier;
	enum route_token token;
	enum route_private private_;
	const char *given, *fields;
} responses[] = {
	{ "a first one, by cookie", SET, CARRIER_NONE, TOKEN_EITHER, PRIVATE_AUTO, "",
	  "Set-Cookie: sg_session=" TOKEN_A "; Path=/; HttpOnly; SameSite=Lax\n"
	  "Cache-Control: no-store\nVary: X-Auth-Token, Cookie\n" },
	{ "a first one, by header", SET, CARRIER_NONE, TOKEN_HEADER, PRIVATE_AUTO, "",
	  "X-Auth-Token: " TOKEN_A "\nCache-Control: no-store\nVary: X-Auth-Token\n" },
	{ "the way it came", SET, CARRIER_HEADER, TOKEN_EITHER, PRIVATE_AUTO, "",
	  "X-Auth-Token: " TOKEN_A "\nCache-Control: no-store\nVary: X-Auth-Token, Cookie\n" },
	{ "what is read decides, not what came", NO_STORE, CARRIER_COOKIE, TOKEN_EITHER,
	  PRIVATE_AUTO, "Vary: A, cookie\n",
	  "Vary: A, cookie, X-Auth-Token\nCache-Control: no-store\n" },
	{ "cleared", CLEAR, CARRIER_COOKIE, TOKEN_COOKIE, PRIVATE_AUTO, "",
	  "Set-Cookie: sg_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax\n"
	  "Cache-Control: no-store\nVary: Cookie\n" },
	{ "ended, by header", CLEAR, CARRIER_HEADER, TOKEN_HEADER, PRIVATE_AUTO, "",
	  "X-Auth-Token: \nCache-Control: no-store\nVary: X-Auth-Token\n" },
	{ "the application's own Cache-Control", NO_STORE, CARRIER_COOKIE, TOKEN_COOKIE,
	  PRIVATE_AUTO, "cache-control: private\n", "cache-control: private\nVary: Cookie\n" },
	{ "the application's Vary", NO_STORE, CARRIER_COOKIE, TOKEN_COOKIE, PRIVATE_ALWAYS,
	  "vary: Accept\n", "vary: Accept, Cookie\nCache-Control: no-store\n" },
	{ "the last of two", NO_STORE, CARRIER_COOKIE, TOKEN_COOKIE, PRIVATE_AUTO,
	  "Vary: A\nVary: B\n", "Vary: A\nVary: B, Cookie\nCache-Control: no-store\n" },
	{ "varies already", NO_STORE, CARRIER_COOKIE, TOKEN_COOKIE, PRIVATE_AUTO,
	  "Vary: A, cookie\nVary: B\n", "Vary: A, cookie\nVary: B\nCache-Control: no-store\n" },
	{ "varies by everything", NO_STORE, CARRIER_COOKIE, TOKEN_COOKIE, PRIVATE_AUTO, "Vary: *\n",
	  "Vary: *\nCache-Control: no-store\n" },
	{ "an empty Vary", NO_STORE, CARRIER_COOKIE, TOKEN_COOKIE, PRIVATE_AUTO, "Vary: \n",
	  "Vary: Cookie\nCache-Control: no-store\n" },
	{ "never", NO_STORE, CARRIER_COOKIE, TOKEN_COOKIE, PRIVATE_NEVER, "", "" },
	{ "the token goes out even then", CLEAR, CARRIER_HEADER, TOKEN_HEADER, PRIVATE_NEVER, "",
	  "X-Auth-Token: \n" },
};

static void add_fields(struct head *head, struct slice lines)
{
	struct slice line, name;

	while (slice_cut(&lines, '\n', &line)) {
		slice_cut(&line, ':', &name);
		cr_assert_eq(head_add(head, name, slice_trim(line)), 0);
	}
}

static const char *fields_text(struct sample *s, const struct head *head)
{
	struct buffer b = { 0 };
	const char *text;

	for (size_t i = 0; i < head->count; i++)
		cr_assert_eq(buffer_printf(&b, "%.*s: %.*s\n", SLICE_ARGS(head->fields[i].name),
					   SLICE_ARGS(head->fields[i].value)),
			     0);
	text = arena_text(&s->arena, buffer_content(&b));
	buffer_fini(&b);
	return text;
}

static int take_step(struct head *head, const struct sample *s, enum step step,
		     enum carrier carrier)
{
	struct token token = { .text = TOKEN_A };

	switch (step) {
	case SET:
		return carrier_set(head, &s->route, false, carrier, &token, -1);
	case CLEAR:
		return carrier_clear(head, &s->route, false, carrier);
	case NO_STORE:
		break;
	}
	return carrier_no_store(head, &s->route);
}

Test(carrier, set_clear_and_no_store)
{
	for (size_t i = 0; i < ROWS(responses); i++) {
		struct sample s;
		struct head head;

		sample_init(&s);
		s.route.token = responses[i].token;
		s.route.private_ = responses[i].private_;
		head_init(&head, &s.arena);
		add_fields(&head, slice_from(responses[i].given));
		cr_assert_eq(take_step(&head, &s, responses[i].step, responses[i].carrier), 0);
		cr_expect_str_eq(fields_text(&s, &head), responses[i].fields, "%s: %s",
				 responses[i].name, fields_text(&s, &head));
		sample_fini(&s);
	}
}

Test(carrier, guard_drops_cookies_of_our_names)
{
	struct sample s;
	struct head head;

	sample_init(&s);
	head_init(&head, &s.arena);
	add_fields(&head,
		   SLICE("Set-Cookie: a=1\nset-cookie: sg_session=x\nX: sg_session=x\n"
			 "Set-Cookie: __Host-sg_session=y; Path=/\nSet-Cookie: intranet=z\n"));
	cr_expect_eq(carrier_guard(&head, &s.config), 3);
	cr_expect_str_eq(fields_text(&s, &head), "Set-Cookie: a=1\nX: sg_session=x\n");
	sample_fini(&s);
}

Test(carrier, guard_drops_tokens_in_headers)
{
	struct sample s;
	struct head head;

	sample_init(&s);
	head_init(&head, &s.arena);
	add_fields(&head,
		   SLICE("X-Auth-Token: " TOKEN_A "\nx_auth.token: " TOKEN_A "\nX-Auth-Token: \n"
			 "X-Auth-Token: its own\nX-Auth-Tokens: " TOKEN_A "\n"));
	cr_expect_eq(carrier_guard(&head, &s.config), 3);
	cr_expect_str_eq(fields_text(&s, &head),
			 "X-Auth-Token: its own\nX-Auth-Tokens: " TOKEN_A "\n");
	sample_fini(&s);
}
