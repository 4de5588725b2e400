/* url.c - see url.h. */
#include "base/url.h"

static bool url_is_scheme(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= 'a' && c <= 'z') &&
		    (i == 0 || (!(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.')))
			return false;
	}
	return s.len > 0;
}

/* Of the hosts' part: what stands before its last @. A host has none. */
static void url_split_user(struct slice *hosts, struct url *out)
{
	const char *at = memrchr(hosts->ptr, '@', hosts->len);
	struct slice rest;

	if (at == NULL)
		return;
	rest = slice_of(hosts->ptr, (size_t)(at - hosts->ptr));
	*hosts = slice_after(*hosts, rest.len + 1);
	out->has_password = slice_cut(&rest, ':', &out->user);
	out->password = rest;
}

int url_split(struct slice text, struct url *out)
{
	const char *colon = text.len > 0 ? memmem(text.ptr, text.len, "://", 3) : NULL;
	struct url url = { 0 };
	struct slice rest, before;
	size_t path;

	if (colon == NULL || slice_has_control(text) || memchr(text.ptr, '#', text.len) != NULL)
		return SG_EFORMAT;
	url.scheme = slice_of(text.ptr, (size_t)(colon - text.ptr));
	if (!url_is_scheme(url.scheme))
		return SG_EFORMAT;
	rest = slice_after(text, url.scheme.len + 3);
	slice_cut(&rest, '?', &before);
	url.query = rest;
	for (path = 0; path < before.len && before.ptr[path] != '/'; path++)
		;
	url.path = slice_after(before, path);
	url.hosts = slice_of(before.ptr, path);
	if (url.hosts.len > 0)
		url_split_user(&url.hosts, &url);
	*out = url;
	return 0;
}

bool url_next_parameter(struct slice *query, struct slice *name, struct slice *value)
{
	struct slice parameter;

	if (query->len == 0)
		return false;
	slice_cut(query, '&', &parameter);
	slice_cut(&parameter, '=', name);
	*value = parameter;
	return true;
}

static const struct slice hidden = { "***", 3 };

/* Of what stands between :// and the last @: the end is the whole text's, since a password with a slash in it that was
 * not encoded is a password all the same. */
static int url_mask_user(struct slice *rest, struct buffer *out)
{
	const char *at = rest->len > 0 ? memrchr(rest->ptr, '@', rest->len) : NULL;
	struct slice password, user;
	int rc;

	if (at == NULL)
		return 0;
	password = slice_of(rest->ptr, (size_t)(at - rest->ptr));
	*rest = slice_after(*rest, password.len);
	if (!slice_cut(&password, ':', &user))
		return buffer_append_slice(out, user);
	if ((rc = buffer_append_slice(out, user)) != 0 || (rc = buffer_append(out, ":", 1)) != 0)
		return rc;
	return buffer_append_slice(out, hidden);
}

static bool url_is_secret(struct slice name)
{
	static const struct slice word = { "password", 8 };

	return name.len >= word.len &&
	       slice_equal_nocase(slice_after(name, name.len - word.len), word);
}

static int url_mask_query(struct slice query, struct buffer *out)
{
	struct slice name, value;
	char before = '?';
	int rc = 0;

	while (rc == 0 && url_next_parameter(&query, &name, &value)) {
		rc = buffer_printf(out, "%c%.*s=%.*s", before, SLICE_ARGS(name),
				   SLICE_ARGS(url_is_secret(name) ? hidden : value));
		before = '&';
	}
	return rc;
}

static int url_mask_rest(struct slice rest, struct buffer *out)
{
	struct slice before;
	int rc;

	if ((rc = url_mask_user(&rest, out)) != 0)
		return rc;
	slice_cut(&rest, '?', &before);
	if ((rc = buffer_append_slice(out, before)) != 0)
		return rc;
	return url_mask_query(rest, out);
}

int url_mask(struct slice text, struct buffer *out)
{
	const char *colon = text.len > 0 ? memmem(text.ptr, text.len, "://", 3) : NULL;
	size_t begin = buffer_len(out), scheme;
	int rc;

	if (colon == NULL)
		return buffer_append_slice(out, text);
	scheme = (size_t)(colon - text.ptr) + 3;
	rc = buffer_append(out, text.ptr, scheme);
	if (rc == 0)
		rc = url_mask_rest(slice_after(text, scheme), out);
	if (rc != 0)
		buffer_truncate(out, begin);
	return rc;
}
