/* cookie.c - the cookie that carries a token: found among those of the application, written whole. */
#include "gateway/cookie.h"

#include "base/word.h"

struct slice cookie_name(const struct config_cookie *cookie, bool https)
{
	return slice_from(https ? cookie->https_name : cookie->http_name);
}

/* White space to anybody: PHP skips also vertical tabs and form feeds. */
static bool is_blank(char c)
{
	return (uint8_t)c <= ' ';
}

static struct slice skip_blanks(struct slice s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = slice_after(s, 1);
	return s;
}

/* Is the cookie at the front of text, "name=value", one of ours? *name then borrows from config,
 * *value from text; it ends at a comma and has no white space around it. Looks no further than a
 * name of ours reaches, since it is asked behind every separator that others send. */
static bool cookie_at(const struct config *config, struct slice text, struct slice *name,
		      struct slice *value)
{
	text = skip_blanks(text);
	for (size_t i = 0; i < config->cookie_name_count; i++) {
		struct slice rest;

		if (!slice_starts(text, config->cookie_names[i]))
			continue;
		rest = skip_blanks(slice_after(text, config->cookie_names[i].len));
		if (rest.len == 0 || rest.ptr[0] != '=')
			continue;
		rest = slice_after(rest, 1);
		slice_cut(&rest, ',', value);
		*value = slice_trim(*value);
		*name = config->cookie_names[i];
		return true;
	}
	return false;
}

static bool is_separator(char c)
{
	return is_blank(c) || c == ',';
}

/* The first separator at or behind at; the end of text when there is none. */
static size_t separator_from(struct slice text, size_t at)
{
	for (; text.len - at >= WORD_BYTES; at += WORD_BYTES) {
		uint64_t word = word_load(text.ptr + at);

		if (word_has_below(word, ' ' + 1) || word_has(word, ','))
			break;
	}
	while (at < text.len && !is_separator(text.ptr[at]))
		at++;
	return at;
}

/* Where in text, which does not begin with a cookie of ours, one begins all the same: behind a comma, as Apache and
 * Caddy join headers, or behind white space, at which Python cuts. The end of text when there is none. */
static size_t others_length(const struct config *config, struct slice text)
{
	struct slice name, value;
	size_t at = separator_from(text, 0);

	while (at < text.len) {
		while (at < text.len && is_separator(text.ptr[at]))
			at++;
		if (cookie_at(config, slice_after(text, at), &name, &value))
			return at;
		at = separator_from(text, at);
	}
	return text.len;
}

/* Without the separators at its end. */
static struct slice cut_separators(struct slice s)
{
	while (s.len > 0 && is_separator(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* HTTP_COOKIE on its way through. What is kept goes to text, which has room for all of it: each
 * separator that is written stands for one that was read. */
struct cookie_reading {
	const struct config *config;
	struct slice name; /* the one that is read */
	struct presented *out;
	char *text;
	size_t len;
	bool found; /* one of ours, so the param changes */
};

static void cookie_keep(struct cookie_reading *r, struct slice piece)
{
	if (r->len == 0)
		piece = skip_blanks(piece);
	if (skip_blanks(piece).len == 0)
		return;
	if (r->len > 0)
		r->text[r->len++] = ';';
	memcpy(r->text + r->len, piece.ptr, piece.len);
	r->len += piece.len;
}

/* piece is what stands between two semicolons. */
static void cookie_take_piece(struct cookie_reading *r, struct slice piece)
{
	while (piece.len > 0) {
		struct slice name, value, others;

		if (cookie_at(r->config, piece, &name, &value)) {
			r->found = true;
			if (slice_equal(name, r->name))
				presented_add(r->out, CARRIER_COOKIE, value);
			slice_cut(&piece, ',', &value);
			continue;
		}
		others = slice_of(piece.ptr, others_length(r->config, piece));
		piece = slice_after(piece, others.len);
		cookie_keep(r, piece.len > 0 ? cut_separators(others) : others);
	}
}

int cookie_take(struct params *p, const struct config *config, struct slice name,
		struct presented *out)
{
	struct cookie_reading r = { .config = config, .name = name, .out = out };
	struct slice cookies, piece;

	params_remove_respelled(p, SLICE("HTTP_COOKIE"), NULL);
	cookies = params_known(p, PARAM_HTTP_COOKIE);
	if (cookies.len == 0)
		return 0;
	if ((r.text = arena_room(p->arena, cookies.len)) == NULL)
		return SG_ENOMEM;
	while (cookies.len > 0) {
		slice_cut(&cookies, ';', &piece);
		cookie_take_piece(&r, piece);
	}
	if (!r.found)
		return 0;
	if (r.len > 0)
		return params_set_known(p, PARAM_HTTP_COOKIE, slice_of(r.text, r.len));
	params_remove_known(p, PARAM_HTTP_COOKIE);
	return 0;
}

static bool cookie_secure(const struct config_cookie *cookie, struct slice name, bool https)
{
	if (slice_starts_nocase(name, SLICE("__Host-")) ||
	    slice_starts_nocase(name, SLICE("__Secure-")))
		return true; /* browsers refuse these names without it */
	return cookie->secure == SECURE_ALWAYS || (cookie->secure == SECURE_AUTO && https);
}

static const char *same_site_text(enum same_site same_site)
{
	switch (same_site) {
	case SAME_SITE_STRICT:
		return "Strict";
	case SAME_SITE_NONE:
		return "None";
	case SAME_SITE_LAX:
		break;
	}
	return "Lax";
}

static int cookie_write(struct buffer *out, const struct config_cookie *cookie, bool https,
			struct slice value, int64_t max_age_s)
{
	struct slice name = cookie_name(cookie, https);
	int rc = buffer_printf(out, "%.*s=%.*s", SLICE_ARGS(name), SLICE_ARGS(value));

	if (rc == 0 && max_age_s >= 0)
		rc = buffer_printf(out, "; Max-Age=%lld", (long long)max_age_s);
	if (rc == 0)
		rc = buffer_printf(out, "; Path=%s", cookie->path);
	if (rc == 0 && cookie->domain[0] != '\0')
		rc = buffer_printf(out, "; Domain=%s", cookie->domain);
	if (rc != 0)
		return rc;
	return buffer_printf(
		out, "%s%s; SameSite=%s%s", cookie_secure(cookie, name, https) ? "; Secure" : "",
		cookie->http_only ? "; HttpOnly" : "", same_site_text(cookie->same_site),
		cookie->partitioned ? "; Partitioned" : "");
}

int cookie_set(struct head *head, const struct config_cookie *cookie, bool https,
	       struct slice value, int64_t max_age_s)
{
	struct buffer text = { 0 };
	struct slice field = { NULL, 0 };
	int rc = cookie_write(&text, cookie, https, value, max_age_s);

	if (rc == 0)
		field = arena_copy(head->arena, buffer_content(&text));
	buffer_wipe(&text); /* a token is in it */
	if (rc == 0)
		rc = field.ptr != NULL ? head_add(head, SLICE("Set-Cookie"), field) : SG_ENOMEM;
	return rc;
}

bool cookie_is_ours(const struct config *config, struct slice set_cookie)
{
	struct slice pair, name, value;

	slice_cut(&set_cookie, ';', &pair);
	/* A cookie without a name, "=sg_session=x", comes back from browsers as "sg_session=x". */
	while (pair.len > 0 && strchr("= \t", pair.ptr[0]) != NULL)
		pair = slice_after(pair, 1);
	/* "a=b, sg_session=x" comes back as it is, and is read as two. */
	return cookie_at(config, pair, &name, &value) || others_length(config, pair) < pair.len;
}
