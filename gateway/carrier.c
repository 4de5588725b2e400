/* carrier.c - which carrier a token comes and goes by, and what caches are told about it. */
#include "gateway/carrier.h"

#include "gateway/cookie.h"
#include "gateway/header.h"

enum { CLEARED = 0 }; /* Max-Age */

int carrier_take(struct params *p, const struct config *config, const struct config_route *route,
		 bool https, struct presented *out)
{
	bool reads = route != NULL && config_route_has_sessions(route);
	bool header = reads && route->token != TOKEN_COOKIE;
	bool cookie = reads && route->token != TOKEN_HEADER;
	struct slice name = { NULL, 0 };

	*out = (struct presented){ .carrier = CARRIER_NONE };
	header_take(p, config, header ? &route->realm->header : NULL, out);
	if (cookie && out->carrier == CARRIER_NONE) /* no fallback from a header that came */
		name = cookie_name(&route->realm->cookie, https);
	return cookie_take(p, config, name, out);
}

void presented_add(struct presented *p, enum carrier carrier, struct slice value)
{
	p->carrier = carrier;
	if (p->count == CARRIER_TOKENS && token_well_formed(value))
		p->more = true;
	else if (p->count < CARRIER_TOKENS && token_read(&p->tokens[p->count], value))
		p->count++;
	else
		p->malformed = true;
}

void presented_wipe(struct presented *p)
{
	while (p->count > 0)
		token_wipe(&p->tokens[--p->count]);
}

enum carrier carrier_resolve(const struct config_route *route, enum carrier carrier)
{
	if (carrier != CARRIER_NONE)
		return carrier;
	return route->token == TOKEN_HEADER ? CARRIER_HEADER : CARRIER_COOKIE;
}

static int carrier_send(struct head *head, const struct config_route *route, bool https,
			enum carrier carrier, struct slice value, int64_t max_age_s)
{
	int rc;

	if (carrier_resolve(route, carrier) == CARRIER_HEADER)
		rc = header_set(head, &route->realm->header, value);
	else
		rc = cookie_set(head, &route->realm->cookie, https, value, max_age_s);
	return rc == 0 ? carrier_no_store(head, route) : rc;
}

int carrier_set(struct head *head, const struct config_route *route, bool https,
		enum carrier carrier, const struct token *token, int64_t age_s)
{
	return carrier_send(head, route, https, carrier, slice_of(token->text, TOKEN_CHARS), age_s);
}

int carrier_clear(struct head *head, const struct config_route *route, bool https,
		  enum carrier carrier)
{
	return carrier_send(head, route, https, carrier, SLICE(""), CLEARED);
}

/* Is name, or "*", among the members of a Vary? */
static bool vary_has(struct slice members, struct slice name)
{
	struct slice member;

	while (members.len > 0) {
		slice_cut(&members, ',', &member);
		member = slice_trim(member);
		if (slice_equal(member, SLICE("*")) || slice_equal_nocase(member, name))
			return true;
	}
	return false;
}

/* Does a Vary field name it already, or "*"? If not, *last is the last of them, NULL without any. */
static bool head_varies(const struct head *head, struct slice name, struct head_field **last)
{
	*last = NULL;
	for (size_t i = 0; i < head->count; i++) {
		struct head_field *field = &head->fields[i];

		if (!slice_equal_nocase(field->name, SLICE("Vary")))
			continue;
		if (vary_has(field->value, name))
			return true;
		*last = field;
	}
	return false;
}

static int carrier_add_vary(struct head *head, struct slice name)
{
	struct head_field *vary;
	char *text;
	size_t len;

	if (head_varies(head, name, &vary))
		return 0;
	if (vary == NULL)
		return head_add(head, SLICE("Vary"), name);
	if (vary->value.len == 0) {
		vary->value = name;
		return 0;
	}
	len = vary->value.len + 2 + name.len;
	if ((text = arena_alloc(head->arena, len)) == NULL)
		return SG_ENOMEM;
	memcpy(text, vary->value.ptr, vary->value.len);
	memcpy(text + vary->value.len, ", ", 2);
	memcpy(text + vary->value.len + 2, name.ptr, name.len);
	vary->value = slice_of(text, len);
	return 0;
}

int carrier_no_store(struct head *head, const struct config_route *route)
{
	int rc;

	if (route->private_ == PRIVATE_NEVER)
		return 0;
	if (head_get(head, SLICE("Cache-Control")).ptr == NULL &&
	    (rc = head_add(head, SLICE("Cache-Control"), SLICE("no-store"))) != 0)
		return rc;
	if (route->token != TOKEN_COOKIE &&
	    (rc = carrier_add_vary(head, slice_from(route->realm->header.name))) != 0)
		return rc;
	return route->token != TOKEN_HEADER ? carrier_add_vary(head, SLICE("Cookie")) : 0;
}

static bool field_bears_token(const struct config *config, const struct head_field *field)
{
	if (slice_equal_nocase(field->name, SLICE("Set-Cookie")))
		return cookie_is_ours(config, field->value);
	return header_is_ours(config, field);
}

size_t carrier_guard(struct head *head, const struct config *config)
{
	size_t kept = 0, before = head->count;

	for (size_t i = 0; i < head->count; i++)
		if (!field_bears_token(config, &head->fields[i]))
			head->fields[kept++] = head->fields[i];
	head->count = kept;
	return before - kept;
}
