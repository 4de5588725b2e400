/* address.c - reading addresses from their text. */
#include "gateway/address.h"

#include "base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

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

	if (!slice_cut(&text, ']', &host) || !network_address(AF_INET6, host, &in6->sin6_addr))
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
	if (!network_address(AF_INET, host, &in->sin_addr))
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

bool address_is_loopback(const struct address *a)
{
	const struct sockaddr_in6 *six = (const void *)&a->socket;
	const struct sockaddr_in *four = (const void *)&a->socket;

	if (a->socket.ss_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}
