/* own_cookie.c - see own_cookie.h. */
#include "gateway/own_cookie.h"

static const struct slice own_cookie_names[] = {
	{ "rack.session", 12 },      { "session", 7 },      { "phpMyAdmin", 10 },
	{ "phpMyAdmin_https", 16 },  { "DokuWiki", 8 },     { "CAKEPHP", 7 },
	{ "beaker.session.id", 17 }, { "adminer_sid", 11 },
};

/* PHPSESSID, JSESSIONID, CGISESSID, ASP.NET_SessionId, sessionid, _session_id, roundcube_sessid, connect.sid,
 * laravel_session, ci_session, _shop_session, wiki_session */
static const struct slice own_cookie_ends[] = {
	{ "_session", 8 },    { "sessid", 6 },       { "sessionid", 9 },
	{ "session_id", 10 }, { "connect.sid", 11 },
};

enum { DRUPAL_HEX = 32 };

static bool own_cookie_is_hex(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') || (s.ptr[i] >= 'a' && s.ptr[i] <= 'f')))
			return false;
	return true;
}

/* SESS and SSESS with a hash behind it. */
static bool own_cookie_is_drupal(struct slice name)
{
	if (slice_starts(name, SLICE("SSESS")))
		name = slice_after(name, 1);
	return name.len == DRUPAL_HEX + 4 && slice_starts(name, SLICE("SESS")) &&
	       own_cookie_is_hex(slice_after(name, 4));
}

bool own_cookie_is_session(struct slice name)
{
	size_t i;

	for (i = 0; i < sizeof(own_cookie_names) / sizeof(own_cookie_names[0]); i++)
		if (slice_equal(name, own_cookie_names[i]))
			return true;
	for (i = 0; i < sizeof(own_cookie_ends) / sizeof(own_cookie_ends[0]); i++)
		if (name.len >= own_cookie_ends[i].len &&
		    slice_equal_nocase(slice_after(name, name.len - own_cookie_ends[i].len),
				       own_cookie_ends[i]))
			return true;
	return slice_starts(name, SLICE("MoodleSession")) || own_cookie_is_drupal(name);
}

static struct own_cookie own_cookie_pair(struct slice pair)
{
	struct own_cookie cookie = { .name = { NULL, 0 } };

	slice_cut(&pair, '=', &cookie.name);
	cookie.name = slice_trim(cookie.name);
	cookie.value = slice_trim(pair);
	return cookie;
}

struct own_cookie own_cookie_find(struct slice cookies, struct slice preferred)
{
	struct own_cookie found = { .name = { NULL, 0 } };
	struct slice pair;

	while (cookies.len > 0) {
		struct own_cookie cookie;

		slice_cut(&cookies, ';', &pair);
		cookie = own_cookie_pair(pair);
		if (cookie.name.len == 0 || cookie.value.len == 0)
			continue;
		if (preferred.len > 0 && slice_equal(cookie.name, preferred))
			return cookie;
		if (found.name.len == 0 && own_cookie_is_session(cookie.name))
			found = cookie;
	}
	return found;
}

static bool own_cookie_expires_now(struct slice attribute)
{
	struct slice name;

	slice_cut(&attribute, '=', &name);
	attribute = slice_trim(attribute);
	return slice_equal_nocase(slice_trim(name), SLICE("Max-Age")) && attribute.len > 0 &&
	       (attribute.ptr[0] == '0' || attribute.ptr[0] == '-');
}

bool own_cookie_read(struct slice set_cookie, struct own_cookie *out, bool *cleared,
		     bool *http_only)
{
	struct slice part;

	slice_cut(&set_cookie, ';', &part);
	*out = own_cookie_pair(part);
	*cleared = out->value.len == 0 || slice_equal(out->value, SLICE("deleted"));
	*http_only = false;
	while (set_cookie.len > 0) {
		slice_cut(&set_cookie, ';', &part);
		*http_only |= slice_equal_nocase(slice_trim(part), SLICE("HttpOnly"));
		*cleared |= own_cookie_expires_now(part);
	}
	return out->name.len > 0;
}
