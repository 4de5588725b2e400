/* device.c - see device.h. */
#include "session/device.h"

#include <arpa/inet.h>

enum {
	DEVICE_IPV4_KEPT = 3, /* bytes of an address that truncation keeps */
	DEVICE_IPV6_KEPT = 6,
	DEVICE_FAMILY_BYTES = 64, /* of a name that is not known */
};
_Static_assert((int)DEVICE_IP_BYTES >= (int)INET6_ADDRSTRLEN, "each address has room");

/* --- user agents --- */

/* In this order: most name, beside themselves, those they want to be taken for. */
static const struct {
	const char *product, *family;
} device_families[] = {
	{ "Edg/", "Edge" },
	{ "EdgA/", "Edge" },
	{ "EdgiOS/", "Edge" },
	{ "Edge/", "Edge" },
	{ "OPR/", "Opera" },
	{ "OPT/", "Opera" },
	{ "Opera/", "Opera" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "YaBrowser/", "Yandex" },
	{ "Vivaldi/", "Vivaldi" },
	{ "Firefox/", "Firefox" },
	{ "FxiOS/", "Firefox" },
	{ "Chromium/", "Chrome" },
	{ "HeadlessChrome/", "Chrome" },
	{ "CriOS/", "Chrome" },
	{ "Chrome/", "Chrome" },
	{ "MSIE ", "Internet Explorer" },
	{ "Trident/", "Internet Explorer" },
	{ "Safari/", "Safari" },
};
enum { DEVICE_FAMILIES = sizeof(device_families) / sizeof(device_families[0]) };

/* At the beginning of a word. */
static bool agent_has(struct slice agent, const char *product)
{
	struct slice rest = agent, name = slice_from(product);
	const char *at;

	while ((at = memmem(rest.ptr, rest.len, name.ptr, name.len)) != NULL) {
		if (at == agent.ptr || at[-1] == ' ' || at[-1] == '(' || at[-1] == ';')
			return true;
		rest = slice_after(rest, (size_t)(at - rest.ptr) + 1);
	}
	return false;
}

/* "curl" of "curl/7.88.1". */
static struct slice agent_first_product(struct slice agent)
{
	size_t len = 0, step = 1;

	while (step > 0 && len < agent.len && len < DEVICE_FAMILY_BYTES && agent.ptr[len] != '/' &&
	       agent.ptr[len] != ' ' && agent.ptr[len] != '(') {
		step = slice_utf8_char(slice_after(agent, len));
		len += step;
	}
	return slice_of(agent.ptr, len);
}

struct slice device_family(struct slice user_agent)
{
	if (user_agent.len == 0)
		return user_agent;
	for (size_t i = 0; i < DEVICE_FAMILIES; i++)
		if (slice_equal(user_agent, slice_from(device_families[i].family)))
			return user_agent; /* it is one already */
	for (size_t i = 0; i < DEVICE_FAMILIES; i++)
		if (agent_has(user_agent, device_families[i].product))
			return slice_from(device_families[i].family);
	return agent_first_product(user_agent);
}

struct slice device_clean(struct slice text, char *out, size_t room)
{
	size_t kept = 0;

	while (text.len > 0) {
		size_t len = slice_utf8_char(text);
		bool belongs = len > 0 && !slice_has_control(slice_of(text.ptr, len));

		if (belongs && kept + len > room)
			break;
		if (belongs) {
			memcpy(out + kept, text.ptr, len);
			kept += len;
		}
		text = slice_after(text, len > 0 ? len : 1);
	}
	return slice_of(out, kept);
}

static struct slice agent_keep(struct slice agent, enum device_policy policy, char *out)
{
	struct slice kept = device_clean(slice_trim(agent), out, DEVICE_AGENT_BYTES);

	return policy == DEVICE_TRUNCATED ? device_family(kept) : kept;
}

/* --- addresses --- */

static bool ip_is_mapped(const uint8_t ip[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(ip, mapped, sizeof(mapped)) == 0;
}

static struct slice ip_write(int family, uint8_t *ip, size_t kept, char out[DEVICE_IP_BYTES])
{
	size_t bytes = family == AF_INET ? 4 : 16;

	if (kept < bytes)
		memset(ip + kept, 0, bytes - kept);
	/* there is room for each address, and nothing else that could fail */
	return inet_ntop(family, ip, out, DEVICE_IP_BYTES) != NULL ? slice_from(out) : SLICE("");
}

/* Empty for what is no address, such as "unix:". */
static struct slice ip_keep(struct slice address, enum device_policy policy,
			    char out[DEVICE_IP_BYTES])
{
	bool whole = policy == DEVICE_FULL;
	char text[DEVICE_IP_BYTES];
	uint8_t ip[16];

	if (address.len == 0 || address.len >= sizeof(text))
		return SLICE("");
	memcpy(text, address.ptr, address.len);
	text[address.len] = '\0';
	if (inet_pton(AF_INET, text, ip) == 1)
		return ip_write(AF_INET, ip, whole ? 4 : DEVICE_IPV4_KEPT, out);
	if (inet_pton(AF_INET6, text, ip) != 1)
		return SLICE("");
	if (ip_is_mapped(ip))
		return ip_write(AF_INET, ip + 12, whole ? 4 : DEVICE_IPV4_KEPT, out);
	return ip_write(AF_INET6, ip, whole ? 16 : DEVICE_IPV6_KEPT, out);
}

/* --- devices --- */

struct device device_new(const struct device_visit *visit, struct device_text *text)
{
	struct device device = { 0 };

	if (visit->policy == DEVICE_OFF)
		return device;
	device.first_ip = device.last_ip = ip_keep(visit->ip, visit->policy, text->first_ip);
	device.user_agent = agent_keep(visit->user_agent, visit->policy, text->user_agent);
	return device;
}

struct device device_follow(const struct device *before, const struct device_visit *visit,
			    struct device_text *text)
{
	struct device device = *before;
	struct slice ip;

	if (visit->policy == DEVICE_OFF)
		return (struct device){ 0 };
	/* what is kept would be kept again as it is: so it is with nearly all saves */
	if (visit->policy == DEVICE_FULL && slice_equal(visit->ip, before->last_ip))
		return device;
	ip = ip_keep(visit->ip, visit->policy, text->last_ip);
	if (visit->policy == DEVICE_TRUNCATED) {
		device.first_ip = ip_keep(before->first_ip, DEVICE_TRUNCATED, text->first_ip);
		device.user_agent = device_family(before->user_agent);
		if (ip.len == 0)
			ip = ip_keep(before->last_ip, DEVICE_TRUNCATED, text->last_ip);
	}
	if (ip.len > 0)
		device.last_ip = ip;
	return device;
}
