/* network.c - see network.h. */
#include "base/network.h"

#include <arpa/inet.h>

enum { IPV4_BITS_BEFORE = 96, IPV6_BITS = 128 };

static int network_refuse(const char **reason, const char *text)
{
	*reason = text;
	return SG_EFORMAT;
}

bool network_address(int family, struct slice host, void *out)
{
	char text[INET6_ADDRSTRLEN];

	if (host.len == 0 || host.len >= sizeof(text) || memchr(host.ptr, 0, host.len) != NULL)
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	return inet_pton(family, text, out) == 1;
}

/* *first is the bit where its own bits begin. */
static bool network_read_host(struct slice text, uint8_t out[NETWORK_HOST_BYTES], unsigned *first)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (network_address(AF_INET6, text, out)) {
		*first = 0;
		return true;
	}
	if (!network_address(AF_INET, text, out + sizeof(mapped)))
		return false;
	memcpy(out, mapped, sizeof(mapped));
	*first = IPV4_BITS_BEFORE;
	return true;
}

bool network_host(struct slice text, uint8_t out[NETWORK_HOST_BYTES])
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
		return network_refuse(reason, "expected an address or a network such as "
					      "10.0.0.0/8 or fd00::/8");
	bits = IPV6_BITS - first;
	if (has_bits && !slice_number(text, IPV6_BITS - first, &bits))
		return network_refuse(reason, "the prefix length after / is out of range");
	network.bits = first + (unsigned)bits;
	network_mask(&network);
	*out = network;
	return 0;
}

static bool network_is_mapped(const struct network *n)
{
	return n->bits >= IPV4_BITS_BEFORE &&
	       IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)n->prefix);
}

int network_print(const struct network *n, struct buffer *out)
{
	unsigned first = network_is_mapped(n) ? IPV4_BITS_BEFORE : 0;
	char text[INET6_ADDRSTRLEN];
	int rc;

	inet_ntop(first > 0 ? AF_INET : AF_INET6, n->prefix + first / 8, text, sizeof(text));
	rc = buffer_printf(out, "%s", text);
	return rc == 0 && n->bits < IPV6_BITS ? buffer_printf(out, "/%u", n->bits - first) : rc;
}

static bool network_holds(const struct network *n, const uint8_t host[NETWORK_HOST_BYTES])
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;

	if (memcmp(n->prefix, host, whole) != 0)
		return false;
	return rest == 0 || (host[whole] >> (8 - rest)) == (n->prefix[whole] >> (8 - rest));
}

bool network_any_holds(const struct network *networks, size_t count, struct slice text)
{
	uint8_t host[NETWORK_HOST_BYTES];

	if (count == 0 || !network_host(text, host))
		return false;
	for (size_t i = 0; i < count; i++)
		if (network_holds(&networks[i], host))
			return true;
	return false;
}
