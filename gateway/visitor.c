/* visitor.c - where a request comes from: as the web server says, or, where its peer is a proxy that
 * we trust, as that proxy says. */
#include "gateway/visitor.h"

#include "gateway/authority.h"

#include <arpa/inet.h>

static bool visitor_trusts(const struct config *config, struct slice address)
{
	return network_any_holds(config->trusted_proxies, config->trusted_proxy_count, address);
}

/* Cut the last member off a comma-separated list: a proxy appends, so what comes last is what the
 * one nearest to us saw. False when nothing is left. */
static bool list_cut_last(struct slice *list, struct slice *last)
{
	size_t at = list->len;

	if (list->len == 0)
		return false;
	while (at > 0 && list->ptr[at - 1] != ',')
		at--;
	*last = slice_trim(slice_after(*list, at));
	list->len = at > 0 ? at - 1 : 0;
	return true;
}

static struct slice list_last(struct slice list)
{
	struct slice last = { NULL, 0 };

	return list_cut_last(&list, &last) ? last : list;
}

/* "192.0.2.1:4711" and "[2001:db8::1]:4711" without what is around the address. */
static struct slice visitor_bare_address(struct slice text)
{
	const char *colon = text.len > 0 ? memchr(text.ptr, ':', text.len) : NULL;
	const char *bracket = text.len > 0 ? memchr(text.ptr, ']', text.len) : NULL;

	if (bracket != NULL && text.ptr[0] == '[')
		return slice_of(text.ptr + 1, (size_t)(bracket - text.ptr) - 1);
	if (colon != NULL && memrchr(text.ptr, ':', text.len) == colon)
		text.len = (size_t)(colon - text.ptr);
	return text;
}

static bool is_address(struct slice text)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr parsed;

	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return inet_pton(AF_INET, copy, &parsed) == 1 || inet_pton(AF_INET6, copy, &parsed) == 1;
}

/* The last address that is not a proxy of ours; with none but ours the first. What is no address
 * ends the search: nothing to its left was said by somebody we trust. */
static struct slice visitor_forwarded_for(const struct params *p, const struct config *config,
					  struct slice address)
{
	struct slice list, member;

	if (!visitor_trusts(config, address))
		return address;
	list = params_get(p, SLICE("HTTP_X_FORWARDED_FOR"));
	while (visitor_trusts(config, address) && list_cut_last(&list, &member)) {
		member = visitor_bare_address(member);
		if (!is_address(member))
			break;
		address = member;
	}
	return address;
}

static bool visitor_https(const struct params *p, bool trusted)
{
	struct slice https = params_known(p, PARAM_HTTPS), forwarded = { NULL, 0 };

	if (trusted)
		forwarded = list_last(params_get(p, SLICE("HTTP_X_FORWARDED_PROTO")));
	if (forwarded.len > 0)
		return slice_equal_nocase(forwarded, SLICE("https"));
	return slice_equal_nocase(https, SLICE("on")) || slice_equal(https, SLICE("1")) ||
	       slice_equal_nocase(params_known(p, PARAM_REQUEST_SCHEME), SLICE("https"));
}

/* As the browser said it; empty when nobody says. */
static struct slice visitor_authority(const struct params *p, bool trusted)
{
	struct slice said = { NULL, 0 };

	if (trusted)
		said = list_last(params_get(p, SLICE("HTTP_X_FORWARDED_HOST")));
	return said.len > 0 ? said : slice_trim(params_known(p, PARAM_HTTP_HOST));
}

static int visitor_host(const struct params *p, bool trusted, struct slice *host)
{
	struct slice said = visitor_authority(p, trusted), copy;
	char *text;

	if (said.len == 0)
		said = params_known(p, PARAM_SERVER_NAME);
	/* without the dot, "example.org." must not get past the routes of "example.org" */
	if ((copy = arena_copy(p->arena, authority_host(said))).ptr == NULL)
		return SG_ENOMEM;
	text = (char *)copy.ptr;
	for (size_t i = 0; i < copy.len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
	*host = copy;
	return 0;
}

/* How much a media type is wanted, in thousandths (RFC 9110 section 12.4.2). */
static unsigned read_quality(struct slice text)
{
	unsigned quality = 0, digit = 100;

	if (text.len == 0 || text.ptr[0] != '0')
		return 1000;
	for (size_t i = 2; i < text.len && digit > 0; i++, digit /= 10) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			break;
		quality += (unsigned)(text.ptr[i] - '0') * digit;
	}
	return quality;
}

static unsigned range_quality(struct slice parameters)
{
	struct slice parameter, name;

	while (parameters.len > 0) {
		slice_cut(&parameters, ';', &parameter);
		slice_cut(&parameter, '=', &name);
		if (slice_equal_nocase(slice_trim(name), SLICE("q")))
			return read_quality(slice_trim(parameter));
	}
	return 1000;
}

/* A type's quality by its most specific range: itself, its family, anything. */
struct wanted {
	struct slice type, family;
	int rank; /* of the range that spoke last: 1 anything, 2 family, 3 itself; 0: none */
	unsigned quality;
};

static void wanted_hear(struct wanted *w, struct slice range, unsigned quality)
{
	int rank = slice_equal_nocase(range, w->type)     ? 3
		   : slice_equal_nocase(range, w->family) ? 2
		   : slice_equal(range, SLICE("*/*"))     ? 1
							  : 0;

	if (rank > w->rank) {
		w->rank = rank;
		w->quality = quality;
	}
}

bool visitor_prefers_html(struct slice accept)
{
	struct wanted html = { SLICE("text/html"), SLICE("text/*"), 0, 0 };
	struct wanted json = { SLICE("application/json"), SLICE("application/*"), 0, 0 };
	struct wanted problem = { SLICE("application/problem+json"), SLICE("application/*"), 0, 0 };
	struct slice member, range;

	while (accept.len > 0) {
		unsigned quality;

		slice_cut(&accept, ',', &member);
		slice_cut(&member, ';', &range);
		range = slice_trim(range);
		quality = range_quality(member);
		wanted_hear(&html, range, quality);
		wanted_hear(&json, range, quality);
		wanted_hear(&problem, range, quality);
	}
	return html.rank == 3 && html.quality > 0 && html.quality >= json.quality &&
	       html.quality >= problem.quality;
}

unsigned visitor_default_port(const struct visitor *v)
{
	return v->https ? 443 : 80;
}

unsigned visitor_port(const struct params *p, const struct config *config, const struct visitor *v)
{
	bool trusted = visitor_trusts(config, params_known(p, PARAM_REMOTE_ADDR));
	struct slice said = visitor_authority(p, trusted);
	uint64_t number = visitor_default_port(v);

	if (said.len > 0)
		return authority_port(said, visitor_default_port(v));
	slice_number(params_get(p, SLICE("SERVER_PORT")), UINT16_MAX, &number);
	return (unsigned)number;
}

int visitor_read(const struct params *p, const struct config *config, struct visitor *out)
{
	struct slice address = params_known(p, PARAM_REMOTE_ADDR);
	bool trusted = visitor_trusts(config, address);
	struct visitor v = { .address = visitor_forwarded_for(p, config, address) };
	int rc;

	if ((rc = visitor_host(p, trusted, &v.host)) != 0)
		return rc;
	v.https = visitor_https(p, trusted);
	v.accept = params_known(p, PARAM_HTTP_ACCEPT);
	*out = v;
	return 0;
}
