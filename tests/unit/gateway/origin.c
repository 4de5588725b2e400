/* origin.c - which signs say that a page of the same site asks. */
#include "gateway/origin.h"

#include "gateway/request.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

/* base64url of 32 bytes 0xff */
#define CSRF    "__________________________________________8"
#define OTHER   "__________________________________________4"
#define SHOP    "REQUEST_METHOD=POST|HTTP_HOST=shop.test|"
#define SHOP_81 "REQUEST_METHOD=POST|HTTP_HOST=shop.test:81|"
#define TLS     "REQUEST_METHOD=POST|HTTPS=on|HTTP_HOST=shop.test|"
#define SIX     "REQUEST_METHOD=POST|HTTP_HOST=[2001:db8::1]:81|"
#define UNNAMED "REQUEST_METHOD=POST|SERVER_NAME=shop.test|"
#define PROXY   "REQUEST_METHOD=POST|HTTP_HOST=inner:9000|REMOTE_ADDR=127.0.0.1|"

static const struct {
	const char *name, *params;
	bool permitted;
} rows[] = {
	{ "no sign", SHOP, false },
	{ "GET", "REQUEST_METHOD=GET", true },
	{ "HEAD", "REQUEST_METHOD=HEAD", true },
	{ "OPTIONS", "REQUEST_METHOD=OPTIONS", true },
	{ "TRACE", "REQUEST_METHOD=TRACE", true },
	{ "PUT", "REQUEST_METHOD=PUT", false },
	{ "DELETE", "REQUEST_METHOD=DELETE", false },
	{ "methods have one spelling", "REQUEST_METHOD=get", false },
	{ "no method", "A=1", false },

	{ "same-origin", SHOP "HTTP_SEC_FETCH_SITE=same-origin", true },
	{ "same-site", SHOP "HTTP_SEC_FETCH_SITE=same-site", false },
	{ "cross-site", SHOP "HTTP_SEC_FETCH_SITE=cross-site", false },
	{ "none", SHOP "HTTP_SEC_FETCH_SITE=none", false },
	{ "twice", SHOP "HTTP_SEC_FETCH_SITE=same-origin, cross-site", false },
	{ "another case", SHOP "HTTP_SEC_FETCH_SITE=Same-Origin", false },
	{ "another name", SHOP "HTTP_SEC_FETCH_MODE=same-origin", false },

	{ "own", SHOP "HTTP_ORIGIN=http://shop.test", true },
	{ "own, its port said", SHOP "HTTP_ORIGIN=http://shop.test:80", true },
	{ "own, the host's port said", SHOP_81 "HTTP_ORIGIN=http://shop.test:81", true },
	{ "default port of the host said",
	  "REQUEST_METHOD=POST|HTTP_HOST=shop.test:80|HTTP_ORIGIN=http://shop.test", true },
	{ "another case of host and scheme", SHOP "HTTP_ORIGIN=HTTP://Shop.TEST", true },
	{ "the host in another case",
	  "REQUEST_METHOD=POST|HTTP_HOST=SHOP.test|HTTP_ORIGIN=http://shop.test", true },
	{ "absolute name", "REQUEST_METHOD=POST|HTTP_HOST=shop.test.|HTTP_ORIGIN=http://shop.test.",
	  true },
	{ "https", TLS "HTTP_ORIGIN=https://shop.test", true },
	{ "https, its port said", TLS "HTTP_ORIGIN=https://shop.test:443", true },
	{ "IPv6", SIX "HTTP_ORIGIN=http://[2001:DB8::1]:81", true },
	{ "null", SHOP "HTTP_ORIGIN=null", false },
	{ "null on a host of that name", "REQUEST_METHOD=POST|HTTP_HOST=null|HTTP_ORIGIN=null",
	  false },
	{ "empty", SHOP "HTTP_ORIGIN=", false },
	{ "another host", SHOP "HTTP_ORIGIN=http://evil.test", false },
	{ "a host below", SHOP "HTTP_ORIGIN=http://a.shop.test", false },
	{ "a host above", SHOP "HTTP_ORIGIN=http://test", false },
	{ "a longer host", SHOP "HTTP_ORIGIN=http://shop.test.evil.test", false },
	{ "another scheme", SHOP "HTTP_ORIGIN=https://shop.test", false },
	{ "http for https", TLS "HTTP_ORIGIN=http://shop.test", false },
	{ "the port of the other scheme", TLS "HTTP_ORIGIN=https://shop.test:80", false },
	{ "another port", SHOP "HTTP_ORIGIN=http://shop.test:81", false },
	{ "no port where there is one", SHOP_81 "HTTP_ORIGIN=http://shop.test", false },
	{ "IPv6, another port", SIX "HTTP_ORIGIN=http://[2001:db8::1]", false },
	{ "no scheme", SHOP "HTTP_ORIGIN=shop.test", false },
	{ "no host", "REQUEST_METHOD=POST|HTTP_ORIGIN=http://", false },
	{ "a path", SHOP "HTTP_ORIGIN=http://shop.test/", false },
	{ "a path behind the port", SHOP "HTTP_ORIGIN=http://shop.test:80/", false },
	{ "a user", SHOP "HTTP_ORIGIN=http://shop.test@evil.test", false },
	{ "a user of that name", SHOP "HTTP_ORIGIN=http://shop.test:80@evil.test", false },
	{ "two", SHOP "HTTP_ORIGIN=http://shop.test, http://evil.test", false },
	{ "no ports on both sides",
	  "REQUEST_METHOD=POST|HTTP_HOST=shop.test:x|HTTP_ORIGIN=http://shop.test:x", false },
	{ "Origin decides alone",
	  SHOP "HTTP_SEC_FETCH_SITE=cross-site|HTTP_ORIGIN=http://shop.test", true },

	{ "no host said", UNNAMED "HTTP_ORIGIN=http://shop.test", true },
	{ "no host said, but the port",
	  UNNAMED "SERVER_PORT=8080|HTTP_ORIGIN=http://shop.test:8080", true },
	{ "no host said, another port", UNNAMED "SERVER_PORT=8080|HTTP_ORIGIN=http://shop.test",
	  false },
	{ "the port of the server's own is not the visitor's",
	  SHOP "SERVER_PORT=8080|HTTP_ORIGIN=http://shop.test", true },
	{ "nor counts beside it", SHOP "SERVER_PORT=8080|HTTP_ORIGIN=http://shop.test:8080",
	  false },

	{ "a proxy that is not ours",
	  SHOP "HTTP_X_FORWARDED_HOST=evil.test|HTTP_ORIGIN=http://evil.test", false },
	{ "a proxy of ours", PROXY "HTTP_X_FORWARDED_HOST=shop.test|HTTP_ORIGIN=http://shop.test",
	  true },
	{ "a proxy of ours, with a port",
	  PROXY "HTTP_X_FORWARDED_HOST=shop.test:81|HTTP_ORIGIN=http://shop.test:81", true },
	{ "a proxy of ours, the inner port",
	  PROXY "HTTP_X_FORWARDED_HOST=shop.test|HTTP_ORIGIN=http://shop.test:9000", false },
	{ "a proxy of ours that ends TLS",
	  PROXY
	  "HTTP_X_FORWARDED_HOST=shop.test|HTTP_X_FORWARDED_PROTO=https|HTTP_ORIGIN=https://shop.test",
	  true },
	{ "the inner host behind a proxy",
	  PROXY "HTTP_X_FORWARDED_HOST=shop.test|HTTP_ORIGIN=http://inner:9000", false },

	{ "the CSRF value", SHOP "HTTP_X_CSRF_TOKEN=" CSRF, true },
	{ "another value", SHOP "HTTP_X_CSRF_TOKEN=" OTHER, false },
	{ "a shorter value", SHOP "HTTP_X_CSRF_TOKEN=__", false },
	{ "a longer value", SHOP "HTTP_X_CSRF_TOKEN=" CSRF "_", false },
	{ "an empty value", SHOP "HTTP_X_CSRF_TOKEN=", false },
};

static bool permits(struct sample *s, const char *text, const struct session *session,
		    struct presented presented)
{
	struct generation generation = { .config = &s->config };
	struct request r = { .generation = &generation, .route = &s->route };

	r.params = sample_params(s, text);
	r.method = params_get(&r.params, SLICE("REQUEST_METHOD"));
	r.lookup.session = session;
	r.lookup.presented = presented;
	cr_assert_eq(visitor_read(&r.params, &s->config, &r.visitor), 0);
	return origin_permits(&r);
}

static struct session session_with_csrf(void)
{
	struct session session = { 0 };

	memset(session.csrf, 0xff, sizeof(session.csrf));
	return session;
}

Test(origin, signs_of_a_page_of_the_same_site)
{
	struct session session = session_with_csrf();

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct sample s;

		sample_init(&s);
		cr_expect_eq(permits(&s, rows[i].params, &session,
				     (struct presented){ .carrier = CARRIER_COOKIE, .count = 1 }),
			     rows[i].permitted, "%s", rows[i].name);
		sample_fini(&s);
	}
}

Test(origin, no_csrf_value_matches_without_a_session)
{
	struct sample s;

	sample_init(&s);
	cr_expect_not(permits(&s, SHOP "HTTP_X_CSRF_TOKEN=" CSRF, NULL, (struct presented){ 0 }));
	sample_fini(&s);
}

Test(origin, a_token_in_a_header_is_sign_enough)
{
	struct presented token = { .carrier = CARRIER_HEADER, .count = 1 };
	struct presented none = { .carrier = CARRIER_HEADER, .malformed = true };
	struct sample s;

	sample_init(&s);
	cr_expect(permits(&s, SHOP, NULL, token), "also one whose session is gone");
	cr_expect_not(permits(&s, SHOP, NULL, none), "what is malformed is none");
	sample_fini(&s);
}
