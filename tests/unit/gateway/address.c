#include "gateway/address.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct {
	const char *text;
	enum address_kind kind;
	int family;
	unsigned port;
} good[] = {
	{ "unix:/run/x.sock", ADDRESS_UNIX, AF_UNIX, 0 },
	{ "unix:f.sock", ADDRESS_UNIX, AF_UNIX, 0 },
	{ "127.0.0.1:9000", ADDRESS_TCP, AF_INET, 9000 },
	{ "0.0.0.0:65535", ADDRESS_TCP, AF_INET, 65535 },
	{ "[::1]:1", ADDRESS_TCP, AF_INET6, 1 },
	{ "[2001:db8::17]:9000", ADDRESS_TCP, AF_INET6, 9000 },
	{ "fd:0", ADDRESS_FD, AF_UNSPEC, 0 },
	{ "fd:front", ADDRESS_FD, AF_UNSPEC, 0 },
};

static unsigned port_of(const struct address *address)
{
	if (address->socket.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&address->socket)->sin_port);
	if (address->socket.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&address->socket)->sin6_port);
	return 0;
}

Test(address, reads_each_kind)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		struct address address;
		const char *reason = "";
		int rc = address_read(slice_from(good[i].text), &address, &reason);

		cr_assert_eq(rc, 0, "%s: %s", good[i].text, reason);
		cr_expect_eq(address.kind, good[i].kind, "%s", good[i].text);
		cr_expect_eq(address.socket.ss_family, good[i].family, "%s", good[i].text);
		cr_expect_eq(port_of(&address), good[i].port, "%s", good[i].text);
		cr_expect_str_eq(address.text, good[i].text);
	}
}

static const struct {
	const char *text, *says;
} bad[] = {
	{ "", "expected unix:" },
	{ "9000", "expected unix:" },
	{ "localhost:9000", "not looked up" },
	{ "127.0.0.1", "expected unix:" },
	{ "127.0.0.1:", "a port" },
	{ "127.0.0.1:0", "a port" },
	{ "127.0.0.1:65536", "a port" },
	{ "127.0.0.1:90x", "a port" },
	{ "1.2.3:90", "not looked up" },
	{ "::1:9000", "not looked up" },
	{ "[::1]", "a port" },
	{ "[::1:9000", "not an IPv6" },
	{ "[127.0.0.1]:9000", "not an IPv6" },
	{ "[]:9000", "not an IPv6" },
	{ "unix:", "a path is missing" },
	{ "unix:/a\nb", "control" },
	{ "fd:", "is missing" },
	{ "fd:a:b", "colon" },
	{ "unix:/0123456789012345678901234567890123456789012345678901234567890123456789"
	  "01234567890123456789012345678901234567",
	  "too long" },
};

Test(address, refuses_anything_else)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct address address;
		const char *reason = "";
		int rc = address_read(slice_from(bad[i].text), &address, &reason);

		cr_expect_eq(rc, SG_EFORMAT, "%s", bad[i].text);
		cr_expect_not_null(strstr(reason, bad[i].says), "%s: %s", bad[i].text, reason);
	}
}
