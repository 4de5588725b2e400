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

static const struct {
	const char *network, *host;
	bool holds;
} networks[] = {
	{ "10.0.0.0/8", "10.1.2.3", true },
	{ "10.0.0.0/8", "11.1.2.3", false },
	{ "10.9.9.9/8", "10.1.2.3", true },
	{ "10.0.0.0/9", "10.128.0.1", false },
	{ "192.0.2.7", "192.0.2.7", true },
	{ "192.0.2.7", "192.0.2.8", false },
	{ "0.0.0.0/0", "8.8.8.8", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
	{ "fd00::/8", "fd12::1", true },
	{ "fd00::/8", "fe00::1", false },
	{ "::1", "::1", true },
	{ "::/0", "10.0.0.1", true },
	{ "10.0.0.0/8", "", false },
	{ "10.0.0.0/8", "10.1.2.3:80", false },
	{ "10.0.0.0/8", "unix", false },
};

Test(address, a_network_holds_its_hosts)
{
	for (size_t i = 0; i < COUNT(networks); i++) {
		struct network network;
		const char *reason = "";

		cr_assert_eq(network_read(slice_from(networks[i].network), &network, &reason), 0,
			     "%s: %s", networks[i].network, reason);
		cr_expect_eq(network_any_holds(&network, 1, slice_from(networks[i].host)),
			     networks[i].holds, "%s %s", networks[i].network, networks[i].host);
	}
}

Test(address, refuses_what_is_no_network)
{
	static const char *const texts[] = {
		"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0/8", "host",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct network network;
		const char *reason;

		cr_expect_eq(network_read(slice_from(texts[i]), &network, &reason), SG_EFORMAT,
			     "%s", texts[i]);
	}
}
