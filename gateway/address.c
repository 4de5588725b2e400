/* address.c - reading addresses and networks from their text. */
#include "gateway/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

enum { IPV4_BITS_BEFORE = 96, IPV6_BITS = 128 };

static int address_refuse(const char **reason, const char *text)
{
	*reason = text;
	return SG_EFORMAT;
}

static int address_read_unix(struct slice path, struct address *out, const char **reason)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&out->socket;

	if (path.len == 0)
		return address_refuse(reason, "a path is missing after unix:");
	if (path.len >= sizeof(un->sun_path))
		return address_refuse(reason, "the path is too long for a socket (107 bytes)");
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path.ptr, path.len);
	out->kind = ADDRESS_UNIX;
	out->socket_len = sizeof(*un);
	return 0;
}

static int address_read_fd(struct slice name, struct address *out, const char **reason)
{
	if (name.len == 0)
		return address_refuse(reason, "a number or a name is missing after fd:");
	if (name.len >= sizeof(out->fd_name))
		return address_refuse(reason, "the name after fd: is too long (63 bytes)");
	if (memchr(name.ptr, ':', name.len) != NULL)
		return address_refuse(reason, "the name after fd: has a colon");
	memcpy(out->fd_name, name.ptr, name.len);
	out->kind = ADDRESS_FD;
	return 0;
}

/* inet_pton() wants a NUL behind the text. */
static bool address_pton(int family, struct slice host, void *out)
{
	char text[INET6_ADDRSTRLEN];

	if (host.len == 0 || host.len >= sizeof(text) || memchr(host.ptr, 0, host.len) != NULL)
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	return inet_pton(family, text, out) == 1;
}

static bool address_read_port(struct slice text, in_port_t *out)
{
	uint64_t port;

	if (!slice_number(text, UINT16_MAX, &port) || port == 0)
		return false;
	*out = htons((uint16_t)port);
	return true;
}

static int address_read_ipv6(struct slice text, struct address *out, const char **reason)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->socket;
	struct slice host;

	if (!slice_cut(&text, ']', &host) || !address_pton(AF_INET6, host, &in6->sin6_addr))
		return address_refuse(reason, "not an IPv6 address between [ and ]");
	if (text.len == 0 || text.ptr[0] != ':' ||
	    !address_read_port(slice_after(text, 1), &in6->sin6_port))
		return address_refuse(reason, "a port from 1 to 65535 must follow the address");
	in6->sin6_family = AF_INET6;
	out->kind = ADDRESS_TCP;
	out->socket_len = sizeof(*in6);
	return 0;
}

static int address_read_ipv4(struct slice text, struct address *out, const char **reason)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&out->socket;
	struct slice host;

	if (!slice_cut(&text, ':', &host))
		return address_refuse(reason, "expected unix:/path, 127.0.0.1:9000, [::1]:9000 "
					      "or fd:0");
	if (!address_pton(AF_INET, host, &in->sin_addr))
		return address_refuse(reason,
				      "expected unix:/path, 127.0.0.1:9000, [::1]:9000 or fd:0; "
				      "host names are not looked up");
	if (!address_read_port(text, &in->sin_port))
		return address_refuse(reason, "a port from 1 to 65535 must follow the address");
	in->sin_family = AF_INET;
	out->kind = ADDRESS_TCP;
	out->socket_len = sizeof(*in);
	return 0;
}

static int address_read_kind(struct slice text, struct address *out, const char **reason)
{
	if (slice_starts(text, SLICE("unix:")))
		return address_read_unix(slice_after(text, 5), out, reason);
	if (slice_starts(text, SLICE("fd:")))
		return address_read_fd(slice_after(text, 3), out, reason);
	if (slice_starts(text, SLICE("[")))
		return address_read_ipv6(slice_after(text, 1), out, reason);
	return address_read_ipv4(text, out, reason);
}

int address_read(struct slice text, struct address *out, const char **reason)
{
	struct address address = { .kind = ADDRESS_TCP };
	int rc;

	if (text.len >= sizeof(address.text))
		return address_refuse(reason, "too long for an address");
	if (slice_has_control(text))
		return address_refuse(reason, "an address has no control characters");
	if ((rc = address_read_kind(text, &address, reason)) != 0)
		return rc;
	if (text.len > 0)
		memcpy(address.text, text.ptr, text.len);
	*out = address;
	return 0;
}

/* *first is the bit where its own bits begin. */
static bool network_read_host(struct slice text, uint8_t out[ADDRESS_HOST_BYTES], unsigned *first)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (address_pton(AF_INET6, text, out)) {
		*first = 0;
		return true;
	}
	if (!address_pton(AF_INET, text, out + sizeof(mapped)))
		return false;
	memcpy(out, mapped, sizeof(mapped));
	*first = IPV4_BITS_BEFORE;
	return true;
}

bool address_host(struct slice text, uint8_t out[ADDRESS_HOST_BYTES])
{
	unsigned first;

	return network_read_host(text, out, &first);
}

static void network_mask(struct network *n)
{
	for (unsigned bit = n->bits; bit < IPV6_BITS; bit++)
		n->prefix[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

int network_read(struct slice text, struct network *out, const char **reason)
{
	struct network network;
	struct slice host;
	bool has_bits = slice_cut(&text, '/', &host);
	unsigned first;
	uint64_t bits;

	if (!network_read_host(host, network.prefix, &first))
		return address_refuse(reason, "expected an address or a network such as "
					      "10.0.0.0/8 or fd00::/8");
	bits = IPV6_BITS - first;
	if (has_bits && !slice_number(text, IPV6_BITS - first, &bits))
		return address_refuse(reason, "the prefix length after / is out of range");
	network.bits = first + (unsigned)bits;
	network_mask(&network);
	*out = network;
	return 0;
}

static bool network_holds(const struct network *n, const uint8_t host[16])
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;

	if (memcmp(n->prefix, host, whole) != 0)
		return false;
	return rest == 0 || (host[whole] >> (8 - rest)) == (n->prefix[whole] >> (8 - rest));
}

bool network_any_holds(const struct network *networks, size_t count, struct slice text)
{
	uint8_t host[16];

	if (count == 0 || !address_host(text, host))
		return false;
	for (size_t i = 0; i < count; i++)
		if (network_holds(&networks[i], host))
			return true;
	return false;
}
