/* network.c - tests of base/network.c. */
#include "base/network.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

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

Test(network, holds_its_hosts)
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

Test(network, refuses_what_is_none)
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

Test(network, is_printed_as_it_is_read)
{
	static const struct {
		const char *written, *printed;
	} rows[] = {
		{ "10.9.9.9/8", "10.0.0.0/8" },
		{ "192.0.2.7", "192.0.2.7" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "192.0.2.7/32", "192.0.2.7" },
		{ "::/0", "::/0" },
		{ "::1", "::1" },
		{ "FD00::1/8", "fd00::/8" },
		{ "::ffff:10.0.0.0/104", "10.0.0.0/8" },
		{ "::ffff:0:0/95", "::fffe:0:0/95" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct network network;
		struct buffer out = { 0 };
		const char *reason = "";

		cr_assert_eq(network_read(slice_from(rows[i].written), &network, &reason), 0);
		cr_assert_eq(network_print(&network, &out), 0);
		cr_expect(slice_equal(buffer_content(&out), slice_from(rows[i].printed)),
			  "%s: %.*s", rows[i].written, SLICE_ARGS(buffer_content(&out)));
		buffer_fini(&out);
	}
}
