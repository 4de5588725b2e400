/* cookies.c - tokens in cookies and headers: found, taken out, never anything but tokens.
 * Input: a byte of choices, then lines: HTTP_COOKIE; X-Auth-Token and Authorization, or, after a "~", the
 * same by other spellings; Set-Cookie as often as it comes. */
#include "gateway/carrier.h"
#include "gateway/cookie.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/jar.h"
#include "tests/fuzz/settings.h"

#include <stdlib.h>

enum { EFFORT_MS = 1000, COOKIE_BYTES = 60000 };

enum choice { CHOICE_HTTPS = 1, CHOICE_ROUTE = 12 };

static const struct config *config;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	config = settings_load(
		"listen: 127.0.0.1:1\n"
		"applications: {a: {servers: 127.0.0.1:2}}\n"
		"realms: {intra: {cookie: {name: intra}, header: {name: Authorization}}}\n"
		"routes:\n"
		"- {path: /, application: a}\n"
		"- {path: /e, application: a, token: either}\n"
		"- {path: /h, application: a, token: header, realm: intra}\n"
		"- {path: /i, application: a, token: either, realm: intra}\n");
	return 0;
}

static struct slice get(const struct params *p, const char *name)
{
	return params_get(p, slice_from(name));
}

/* As the contract spells one: 52 characters of the alphabet, the first no hyphen. */
static bool is_token(struct slice s)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	if (s.len != 52 || s.ptr[0] == '-')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (memchr(alphabet, s.ptr[i], sizeof(alphabet) - 1) == NULL)
			return false;
	return true;
}

static void expect_presented(const struct presented *p, struct slice came)
{
	CLAIM(p->count <= CARRIER_TOKENS && (!p->more || p->count == CARRIER_TOKENS));
	CLAIM((p->carrier == CARRIER_NONE) == (p->count == 0 && !p->malformed));
	for (size_t i = 0; i < p->count; i++) {
		struct slice token = slice_from(p->tokens[i].text);

		CLAIM(is_token(token), "%s", p->tokens[i].text);
		CLAIM(memmem(came.ptr, came.len, token.ptr, token.len) != NULL, "made up");
	}
}

static void put_pair(struct buffer *pairs, const char *name, struct slice value)
{
	CLAIM(pairs_append_one(pairs, slice_from(name), value) == 0);
}

/* The pairs of a request's params; spelling: the value of names that only folding makes ours. */
static struct buffer make_pairs(struct slice cookie, struct slice header,
				struct slice authorization, struct slice spelling)
{
	struct buffer pairs = { 0 };

	put_pair(&pairs, "REQUEST_METHOD", SLICE("GET"));
	put_pair(&pairs, "HTTP_COOKIE", cookie);
	put_pair(&pairs, "HTTP_X_AUTH_TOKEN", header);
	put_pair(&pairs, "HTTP_AUTHORIZATION", authorization);
	if (spelling.len > 0) {
		put_pair(&pairs, "http-cookie", spelling);
		put_pair(&pairs, "HTTP_X-Auth.Token", spelling);
		put_pair(&pairs, "REDIRECT_HTTP_COOKIE", spelling);
		put_pair(&pairs, "REDIRECT_REDIRECT_HTTP_AUTHORIZATION", spelling);
	}
	return pairs;
}

/* Does an Authorization, or one of several that were joined, bear a token? */
static bool bears_token(struct slice value)
{
	struct slice member, token;

	while (value.len > 0) {
		slice_cut(&value, ',', &member);
		member = slice_trim(member);
		if (!slice_starts_nocase(member, SLICE("Bearer")))
			continue;
		token = slice_trim(slice_after(member, 6));
		if (token.len < member.len - 6 && is_token(token))
			return true;
	}
	return false;
}

/* Nothing of ours is left, and what is left is left alone when it is looked at again. */
static void expect_clean(struct params *p, const struct config_route *route, bool https)
{
	struct slice cookie = get(p, "HTTP_COOKIE");
	struct presented again;

	CLAIM(!jar_shows_ours(cookie), "left: %.*s", SLICE_ARGS(cookie));
	CLAIM(get(p, "HTTP_X_AUTH_TOKEN").ptr == NULL && get(p, "http-cookie").ptr == NULL &&
	      get(p, "HTTP_X-Auth.Token").ptr == NULL &&
	      get(p, "REDIRECT_HTTP_COOKIE").ptr == NULL);
	CLAIM(!bears_token(get(p, "HTTP_AUTHORIZATION")) &&
	      !bears_token(get(p, "REDIRECT_REDIRECT_HTTP_AUTHORIZATION")));
	CLAIM(carrier_take(p, config, route, https, &again) == 0);
	CLAIM(again.carrier == CARRIER_NONE);
	CLAIM(slice_equal(get(p, "HTTP_COOKIE"), cookie), "%.*s became %.*s", SLICE_ARGS(cookie),
	      SLICE_ARGS(get(p, "HTTP_COOKIE")));
}

static void expect_set_cookie(struct slice set_cookie)
{
	CLAIM(cookie_is_ours(config, set_cookie) || !jar_sets_ours(set_cookie), "%.*s",
	      SLICE_ARGS(set_cookie));
}

/* The cookies of others survive byte for byte when none of ours came. */
static void expect_untouched(const struct params *p, struct slice came)
{
	if (!jar_shows_ours(came) && came.len > 0)
		CLAIM(slice_equal(get(p, "HTTP_COOKIE"), came), "%.*s became %.*s",
		      SLICE_ARGS(came), SLICE_ARGS(get(p, "HTTP_COOKIE")));
}

/* pairs that are refused have been looked at before any cookie is. */
static void take(struct slice pairs, struct slice cookie, struct slice came, unsigned choices)
{
	const struct config_route *route = &config->routes[(choices & CHOICE_ROUTE) / 4];
	bool https = choices & CHOICE_HTTPS;
	struct presented presented;
	struct arena arena = { 0 };
	const char *reason;
	struct params p;

	if (params_read(pairs, config, &arena, &p, &reason) == 0) {
		CLAIM(carrier_take(&p, config, route, https, &presented) == 0);
		expect_presented(&presented, came);
		expect_untouched(&p, cookie);
		expect_clean(&p, route, https);
		presented_wipe(&presented);
	}
	arena_fini(&arena);
}

static void take_lines(struct slice in, struct slice cookie, unsigned choices)
{
	struct slice came = in, header = { 0 }, authorization = { 0 }, spelling = { 0 };
	struct buffer pairs;

	input_line(&in, '\n');
	if (in.len > 0 && in.ptr[0] == '~') {
		spelling = input_line(&in, '\n');
	} else {
		header = input_line(&in, '\n');
		authorization = input_line(&in, '\n');
	}
	pairs = make_pairs(cookie, header, authorization, spelling);
	take(buffer_content(&pairs), cookie, came, choices);
	while (in.len > 0)
		expect_set_cookie(input_line(&in, '\n'));
	buffer_fini(&pairs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of((const char *)data, size), rest, first;
	unsigned choices = input_byte(&in);
	struct effort effort = effort_begin();
	size_t len, times = input_repeats(choices) ? COOKIE_BYTES : 1;
	char *cookie;

	rest = in;
	first = input_line(&rest, '\n');
	cookie = input_repeat(first, times, first.len > COOKIE_BYTES ? first.len : COOKIE_BYTES,
			      &len);
	take_lines(in, slice_of(len > 0 ? cookie : "", len), choices);
	free(cookie);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
