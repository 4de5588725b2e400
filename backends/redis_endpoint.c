/* redis_endpoint.c - see redis_endpoint.h. */
#include "backends/redis_endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/un.h>

static int redis_endpoint_refuse(const char **reason, const char *text)
{
	*reason = text;
	return SG_EFORMAT;
}

static void redis_endpoint_fill(struct redis_endpoint *out, struct slice host, uint16_t port)
{
	memcpy(out->host, host.ptr, host.len);
	out->host[host.len] = '\0';
	out->port = port;
}

/* What getaddrinfo() may be asked: letters, digits and -_. of names, and the colons and % of IPv6. */
static bool redis_endpoint_is_host(struct slice host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c != '\0' && strchr("-_.:%", c) != NULL)))
			return false;
	}
	return host.len > 0 && host.len < REDIS_HOST_BYTES;
}

static bool redis_endpoint_is_ipv6(struct slice host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr ignored;

	if (host.len >= sizeof(text))
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET6, text, &ignored) == 1;
}

/* At the front of text: an IPv6 address in brackets, or what stands before a colon. What follows stays. */
static int redis_endpoint_cut_host(struct slice *text, struct slice *host, const char **reason)
{
	const char *colon;

	if (slice_starts(*text, SLICE("["))) {
		*text = slice_after(*text, 1);
		if (!slice_cut(text, ']', host) || !redis_endpoint_is_ipv6(*host))
			return redis_endpoint_refuse(reason, "not an IPv6 address between [ and ]");
		return 0;
	}
	colon = text->len > 0 ? memchr(text->ptr, ':', text->len) : NULL;
	*host = colon != NULL ? slice_of(text->ptr, (size_t)(colon - text->ptr)) : *text;
	*text = slice_after(*text, host->len);
	if (memchr(host->ptr, '%', host->len) != NULL || !redis_endpoint_is_host(*host))
		return redis_endpoint_refuse(reason, "expected a host such as 127.0.0.1, [::1] or "
						     "redis.example.org");
	return 0;
}

int redis_endpoint_read(struct slice text, uint16_t port, struct redis_endpoint *out,
			const char **reason)
{
	uint64_t number = port;
	struct slice host;
	int rc;

	if (text.len == 0 || text.ptr[0] == ':')
		return redis_endpoint_refuse(reason,
					     "a host is missing; in a password / ? # % are written "
					     "%2F %3F %23 %25");
	if ((rc = redis_endpoint_cut_host(&text, &host, reason)) != 0)
		return rc;
	if (text.len > 0 &&
	    (text.ptr[0] != ':' || !slice_number(slice_after(text, 1), UINT16_MAX, &number) ||
	     number == 0))
		return redis_endpoint_refuse(
			reason, "behind a host a port from 1 to 65535 may follow; in a "
				"password / ? # % are written %2F %3F %23 %25");
	redis_endpoint_fill(out, host, (uint16_t)number);
	return 0;
}

int redis_endpoint_set(struct redis_endpoint *out, struct slice host, uint64_t port)
{
	if (!redis_endpoint_is_host(host) || port == 0 || port > UINT16_MAX)
		return SG_EFORMAT;
	redis_endpoint_fill(out, host, (uint16_t)port);
	return 0;
}

int redis_endpoint_set_path(struct redis_endpoint *out, struct slice path, const char **reason)
{
	if (!slice_starts(path, SLICE("/")))
		return redis_endpoint_refuse(reason, "the path of a socket begins with /");
	if (path.len >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return redis_endpoint_refuse(reason,
					     "the path is too long for a socket (107 bytes)");
	if (memchr(path.ptr, '\0', path.len) != NULL)
		return redis_endpoint_refuse(reason, "the path of a socket has no NUL");
	redis_endpoint_fill(out, path, 0);
	return 0;
}

bool redis_endpoint_equal(const struct redis_endpoint *a, const struct redis_endpoint *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

const char *redis_endpoint_text(const struct redis_endpoint *e, char out[REDIS_ENDPOINT_TEXT_BYTES])
{
	if (redis_endpoint_is_unix(e))
		snprintf(out, REDIS_ENDPOINT_TEXT_BYTES, "%s", e->host);
	else if (strchr(e->host, ':') != NULL)
		snprintf(out, REDIS_ENDPOINT_TEXT_BYTES, "[%s]:%u", e->host, (unsigned)e->port);
	else
		snprintf(out, REDIS_ENDPOINT_TEXT_BYTES, "%s:%u", e->host, (unsigned)e->port);
	return out;
}
