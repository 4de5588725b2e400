/* visitor.c - what a request says about where it comes from. */
#include "gateway/visitor.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

static struct visitor read_visitor(struct sample *s, const char *text)
{
	struct params p = sample_params(s, text);
	struct visitor v;

	cr_assert_eq(visitor_read(&p, &s->config, &v), 0);
	return v;
}

#define PROXY "REMOTE_ADDR=127.0.0.1|HTTP_X_FORWARDED_FOR="

static const struct {
	const char *name, *params, *address;
} addresses[] = {
	{ "nobody says", "A=1", "" },
	{ "the web server's", "REMOTE_ADDR=192.0.2.1", "192.0.2.1" },
	{ "forwarded, not trusted", "REMOTE_ADDR=192.0.2.1|HTTP_X_FORWARDED_FOR=203.0.113.9",
	  "192.0.2.1" },
	{ "trusted, nothing forwarded", "REMOTE_ADDR=127.0.0.1", "127.0.0.1" },
	{ "trusted, forwarded", PROXY "203.0.113.9", "203.0.113.9" },
	{ "the last that is not ours", PROXY "203.0.113.1, 203.0.113.9,127.0.0.2 , 127.0.0.3",
	  "203.0.113.9" },
	{ "none but ours: the first", PROXY "127.0.0.2, 127.0.0.3", "127.0.0.2" },
	{ "with a port", PROXY "203.0.113.9:4711", "203.0.113.9" },
	{ "IPv6", PROXY "2001:db8::1", "2001:db8::1" },
	{ "IPv6 with a port", PROXY "[2001:db8::1]:4711", "2001:db8::1" },
	{ "no address", PROXY "203.0.113.1, unknown, 127.0.0.9", "127.0.0.9" },
	{ "empty", PROXY, "127.0.0.1" },
	{ "commas only", PROXY ",,", "127.0.0.1" },
};

Test(visitor, address_is_the_last_one_that_somebody_trusted_saw)
{
	for (size_t i = 0; i < ROWS(addresses); i++) {
		struct sample s;
		struct visitor v;

		sample_init(&s);
		v = read_visitor(&s, addresses[i].params);
		cr_expect(slice_equal(v.address, slice_from(addresses[i].address)), "%s: %.*s",
			  addresses[i].name, SLICE_ARGS(v.address));
		sample_fini(&s);
	}
}

static const struct {
	const char *name, *params;
	bool https;
} schemes[] = {
	{ "nobody says", "A=1", false },
	{ "on", "HTTPS=on", true },
	{ "On", "HTTPS=On", true },
	{ "1", "HTTPS=1", true },
	{ "off", "HTTPS=off", false },
	{ "empty", "HTTPS=", false },
	{ "scheme", "REQUEST_SCHEME=https", true },
	{ "http", "REQUEST_SCHEME=http", false },
	{ "forwarded, not trusted", "REMOTE_ADDR=192.0.2.1|HTTP_X_FORWARDED_PROTO=https", false },
	{ "forwarded", "REMOTE_ADDR=127.0.0.1|HTTP_X_FORWARDED_PROTO=https", true },
	{ "forwarded http over https", "REMOTE_ADDR=127.0.0.1|HTTPS=on|HTTP_X_FORWARDED_PROTO=http",
	  false },
	{ "the last", "REMOTE_ADDR=127.0.0.1|HTTP_X_FORWARDED_PROTO=http, HTTPS", true },
	{ "the last is not the first", "REMOTE_ADDR=127.0.0.1|HTTP_X_FORWARDED_PROTO=https, http",
	  false },
};

Test(visitor, https_as_the_front_says)
{
	for (size_t i = 0; i < ROWS(schemes); i++) {
		struct sample s;

		sample_init(&s);
		cr_expect_eq(read_visitor(&s, schemes[i].params).https, schemes[i].https, "%s",
			     schemes[i].name);
		sample_fini(&s);
	}
}

static const struct {
	const char *name, *params, *host;
} hosts[] = {
	{ "nobody says", "A=1", "" },
	{ "lower case, no port", "HTTP_HOST=Shop.Example.ORG:8080|SERVER_NAME=x",
	  "shop.example.org" },
	{ "server name", "SERVER_NAME=Example.org", "example.org" },
	{ "empty host", "HTTP_HOST=|SERVER_NAME=example.org", "example.org" },
	{ "IPv6", "HTTP_HOST=[2001:DB8::1]", "[2001:db8::1]" },
	{ "IPv6 and port", "HTTP_HOST=[2001:db8::1]:443", "[2001:db8::1]" },
	{ "bracket that never closes", "HTTP_HOST=[::1", "[::1" },
	{ "absolute name", "HTTP_HOST=example.org.:80", "example.org" },
	{ "forwarded, not trusted", "HTTP_HOST=a|REMOTE_ADDR=192.0.2.1|HTTP_X_FORWARDED_HOST=b",
	  "a" },
	{ "forwarded", "HTTP_HOST=a|REMOTE_ADDR=127.0.0.1|HTTP_X_FORWARDED_HOST=c, B:81", "b" },
};

Test(visitor, host_without_port_in_lower_case)
{
	for (size_t i = 0; i < ROWS(hosts); i++) {
		struct sample s;
		struct visitor v;

		sample_init(&s);
		v = read_visitor(&s, hosts[i].params);
		cr_expect(slice_equal(v.host, slice_from(hosts[i].host)), "%s: %.*s", hosts[i].name,
			  SLICE_ARGS(v.host));
		sample_fini(&s);
	}
}

static const struct {
	const char *name, *accept;
	bool html;
} accepts[] = {
	{ "browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true },
	{ "anything", "*/*", false },
	{ "nothing", "", false },
	{ "program", "application/json", false },
	{ "both alike", "application/json, text/html", true },
	{ "rather JSON", "text/html;q=0.5, application/json", false },
	{ "rather a problem", "text/html;q=0.8, application/problem+json;q=0.9", false },
	{ "rather anything else", "text/html;q=0.5, */*;q=0.8", false },
	{ "rather application", "text/html;q=0.5, application/*", false },
	{ "rather HTML", "Text/HTML; level=1; Q=0.5, */*;q=0.1", true },
	{ "never", "text/html;q=0", false },
	{ "never, exactly", "text/html;q=0.000, application/json;q=0", false },
	{ "family only", "text/*", false },
	{ "rubbish", ";;,,=;q=,q", false },
};

Test(visitor, html_is_for_those_who_ask_for_it)
{
	for (size_t i = 0; i < ROWS(accepts); i++) {
		struct sample s;
		struct params p;
		struct visitor v;

		sample_init(&s);
		p = sample_params(&s, "A=1");
		cr_assert_eq(params_set(&p, SLICE("HTTP_ACCEPT"), slice_from(accepts[i].accept)),
			     0);
		cr_assert_eq(visitor_read(&p, &s.config, &v), 0);
		cr_expect_eq(visitor_prefers_html(v.accept), accepts[i].html, "%s",
			     accepts[i].name);
		sample_fini(&s);
	}
}

static void read_all(void *ctx, struct slice bytes)
{
	static const char *const names[] = { "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO",
					     "HTTP_X_FORWARDED_HOST", "HTTP_HOST", "HTTP_ACCEPT" };
	struct sample s;

	(void)ctx;
	sample_init(&s);
	for (size_t i = 0; i < ROWS(names); i++) {
		struct params p = sample_params(&s, "REMOTE_ADDR=127.0.0.1");
		struct visitor v;

		cr_assert_eq(params_set(&p, slice_from(names[i]), bytes), 0);
		cr_expect_eq(visitor_read(&p, &s.config, &v), 0);
	}
	sample_fini(&s);
}

Test(visitor, read_survives_every_mutation)
{
	sample_mutate(SLICE("[::1]:80,text/html;q=0.5, 127.0.0.1"), read_all, NULL);
}
