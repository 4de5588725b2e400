/* authority.c - host and port apart. */
#include "gateway/authority.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

enum { NONE_SAID = 80 };

static const struct {
	const char *name, *text, *host;
	unsigned port;
} rows[] = {
	{ "host", "example.org", "example.org", NONE_SAID },
	{ "host and port", "example.org:8080", "example.org", 8080 },
	{ "absolute name", "example.org.:8080", "example.org", 8080 },
	{ "a dot alone stays", ".", ".", NONE_SAID },
	{ "empty port", "example.org:", "example.org", NONE_SAID },
	{ "port 65535", "a:65535", "a", 65535 },
	{ "port too large", "a:65536", "a", 0 },
	{ "port 0", "a:0", "a", 0 },
	{ "no number", "a:http", "a", 0 },
	{ "signed", "a:+80", "a", 0 },
	{ "two ports", "a:80:80", "a", 0 },
	{ "a path behind the port", "a:80/", "a", 0 },
	{ "address", "192.0.2.1:81", "192.0.2.1", 81 },
	{ "IPv6", "[2001:db8::1]", "[2001:db8::1]", NONE_SAID },
	{ "IPv6 and port", "[2001:db8::1]:8443", "[2001:db8::1]", 8443 },
	{ "IPv6 without brackets", "2001:db8::1", "2001", 0 },
	{ "bracket that never closes", "[::1", "[::1", NONE_SAID },
	{ "text behind the bracket", "[::1]x:1", "[::1]x", 1 },
	{ "port alone", ":80", "", 80 },
	{ "nothing", "", "", NONE_SAID },
};

Test(authority, host_and_port)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct slice text = slice_from(rows[i].text), host = authority_host(text);
		unsigned port = authority_port(text, NONE_SAID);

		cr_expect(slice_equal(host, slice_from(rows[i].host)), "%s: %.*s", rows[i].name,
			  SLICE_ARGS(host));
		cr_expect_eq(port, rows[i].port, "%s: %u", rows[i].name, port);
	}
}
