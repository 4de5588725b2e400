/* config_syntax.c - the forms of names, paths, hosts and the like. */
#include "gateway/config_syntax.h"

#include "gateway/fold.h"
#include "session/user.h"

#include "backends/backend.h"
#include "backends/seal.h"
#include "rest/cors.h"
#include "rest/grant.h"

#include <grp.h>
#include <pwd.h>

enum { NAME_CHARS = 32, SYSTEM_NAME_BYTES = 64 };

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Is text not empty, and of ASCII letters, digits and the characters of others alone? */
static bool consists_of(struct slice text, const char *others)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_alnum(text.ptr[i]) &&
		    (text.ptr[i] == '\0' || strchr(others, text.ptr[i]) == NULL))
			return false;
	return text.len > 0;
}

static bool has_any(struct slice text, const char *chars)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr(chars, text.ptr[i]) != NULL)
			return true;
	return false;
}

static bool is_lower(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z')
			return false;
	return true;
}

const char *syntax_name(struct slice text)
{
	if (text.len > NAME_CHARS || !is_lower(text) || !consists_of(text, "-"))
		return "a name is 1 to 32 characters of a-z, 0-9 and -";
	return NULL;
}

const char *syntax_cookie_name(struct slice text)
{
	if (!slice_is_token(text) || text.len > 128)
		return "a cookie's name has 1 to 128 letters, digits and !#$%&'*+-.^_`|~";
	return NULL;
}

const char *syntax_cookie_path(struct slice text)
{
	if (!slice_starts(text, SLICE("/")))
		return "a cookie's path begins with /";
	if (slice_has_control(text) || has_any(text, "; ,") || !slice_is_utf8(text))
		return "a cookie's path has no control characters, spaces, commas and semicolons";
	return NULL;
}

const char *syntax_cookie_domain(struct slice text)
{
	if (text.len == 0)
		return NULL;
	if (text.len > 253 || !consists_of(text, "-.") || text.ptr[0] == '-' ||
	    slice_starts(text, SLICE("..")) || text.ptr[text.len - 1] == '.')
		return "expected a domain such as example.org";
	return NULL;
}

const char *syntax_header_name(struct slice text)
{
	static const char *const taken[] = {
		"COOKIE",     "SET_COOKIE",        "HOST",
		"CONNECTION", "CONTENT_LENGTH",    "CONTENT_TYPE",
		"STATUS",     "LOCATION",          "CACHE_CONTROL",
		"VARY",       "TRANSFER_ENCODING", "PROXY",
		"UPGRADE",    "X_REQUEST_ID",
	};

	if (!slice_is_token(text) || text.len > 128)
		return "not the name of a header field (RFC 9110)";
	if (fold_starts(text, SLICE("X_SESSION_")))
		return "X-Session-... is how applications speak to the gateway";
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (fold_equal(text, slice_from(taken[i])))
			return "this header field has a meaning of its own";
	return NULL;
}

/* Requests are matched by a path that is clean: another one would never be met. */
static bool is_clean_path(struct slice path)
{
	return memmem(path.ptr, path.len, "//", 2) == NULL &&
	       memmem(path.ptr, path.len, "/./", 3) == NULL &&
	       memmem(path.ptr, path.len, "/../", 4) == NULL;
}

const char *syntax_route_path(struct slice text)
{
	if (!slice_starts(text, SLICE("/")))
		return "a path begins with /";
	if (slice_has_control(text) || has_any(text, "?#"))
		return "a path has no control characters, no ? and no #";
	if (!is_clean_path(text))
		return "a path with //, /./ or /../ matches nothing";
	return NULL;
}

const char *syntax_service_path(struct slice text)
{
	const char *reason = syntax_route_path(text);

	if (reason != NULL)
		return reason;
	return text.ptr[text.len - 1] == '/' ? "expected a path without a slash at its end" : NULL;
}

const char *syntax_route_host(struct slice text)
{
	struct slice host = slice_starts(text, SLICE("*.")) ? slice_after(text, 2) : text;

	if (slice_starts(host, SLICE("[")))
		return host.len == text.len && consists_of(host, "[]:.") ? NULL : "expected [::1]";
	if (memchr(host.ptr, ':', host.len) != NULL)
		return "a host is given without a port";
	if (host.len > 253 || !consists_of(host, "-._") || host.ptr[0] == '.')
		return "expected a host such as www.example.org, or *.example.org";
	return NULL;
}

const char *syntax_method(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] >= 'a' && text.ptr[i] <= 'z')
			return "methods are written in capitals, such as GET";
	return slice_is_token(text) ? NULL : "not a method of HTTP";
}

const char *syntax_user(struct slice text)
{
	return user_is_name(text) ? NULL
				  : "a user is 1 to 255 bytes of UTF-8 without control characters, "
				    "and without white space at either end";
}

const char *syntax_attribute_path(struct slice text)
{
	struct slice rest = text, name;

	while (rest.len > 0) {
		slice_cut(&rest, '.', &name);
		if (name.len == 0)
			return "names with a dot between each two";
	}
	return text.len > 0 && text.ptr[text.len - 1] == '.' ? "a name is missing behind the dot"
							     : NULL;
}

const char *syntax_login_url(struct slice text)
{
	bool is_path = slice_starts(text, SLICE("/")) && !slice_starts(text, SLICE("//"));
	bool is_url = (slice_starts(text, SLICE("http://")) && text.len > 7) ||
		      (slice_starts(text, SLICE("https://")) && text.len > 8);

	if (!is_path && !is_url)
		return "expected a path such as /login, or an http or https URL";
	if (slice_has_control(text) || has_any(text, " \\\"<>#"))
		return "no control characters, spaces, quotes, backslashes and # here";
	return NULL;
}

const char *syntax_param_name(struct slice text)
{
	if (text.len == 0 || text.len > 256)
		return "a param's name has 1 to 256 bytes";
	if (slice_has_control(text) || has_any(text, "="))
		return "a param's name has no control characters and no =";
	return NULL;
}

const char *syntax_own_param_name(struct slice text)
{
	const char *reason = syntax_param_name(text);

	if (reason != NULL)
		return reason;
	if (fold_starts(text, SLICE("SESSION_")) || fold_starts(text, SLICE("HTTP_X_SESSION_")))
		return "SESSION_... and HTTP_X_SESSION_... are the gateway's own";
	if (fold_equal(text, SLICE("HTTP_PROXY")))
		return "HTTP_PROXY never reaches an application";
	if (fold_equal(text, SLICE("CONTENT_LENGTH")))
		return "CONTENT_LENGTH is the length of each request's own body";
	return NULL;
}

const char *syntax_folder(struct slice text)
{
	if (text.len > 0 && text.ptr[0] != '/')
		return "expected the absolute path of a directory, or \"\"";
	return slice_has_control(text) ? "a path has no control characters" : NULL;
}

const char *syntax_save_path(struct slice text)
{
	if (slice_has_control(text) || !slice_is_utf8(text))
		return "expected UTF-8 without control characters";
	return NULL;
}

const char *syntax_adapter_file(struct slice text)
{
	if (text.len > 0 && text.ptr[0] != '/')
		return "expected the absolute path of sessiongate.php, auto, or \"\"";
	if (slice_has_control(text) || has_any(text, "\"'\\$"))
		return "PHP's settings cannot name a path with quotes, backslashes, dollars or control characters";
	return NULL;
}

const char *syntax_log_target(struct slice text)
{
	if (slice_equal(text, SLICE("stderr")) || slice_equal(text, SLICE("syslog")))
		return NULL;
	if (!slice_starts(text, SLICE("/")))
		return "expected stderr, syslog or the absolute path of a file";
	return slice_has_control(text) ? "a path has no control characters" : NULL;
}

const char *syntax_audit_file(struct slice text)
{
	if (text.len == 0 || slice_equal(text, SLICE("syslog")))
		return NULL;
	if (!slice_starts(text, SLICE("/")))
		return "expected syslog or the absolute path of a file";
	return slice_has_control(text) ? "a path has no control characters" : NULL;
}

const char *syntax_webhook_secret(struct slice text)
{
	return text.len == 0 ? "an empty secret signs nothing" : NULL;
}

const char *syntax_webhook_url(struct slice text)
{
	struct slice http = SLICE("http://"), https = SLICE("https://");

	if ((!slice_starts(text, http) || text.len == http.len) &&
	    (!slice_starts(text, https) || text.len == https.len))
		return "expected http://… or https://…";
	return slice_has_control(text) ? "a URL has no control characters" : NULL;
}

const char *syntax_store_url(struct slice text)
{
	const char *reason = "not the URL of a store";

	return backend_knows(text, &reason) ? NULL : reason;
}

const char *syntax_namespace(struct slice text)
{
	enum { MAX = 64 };

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' ||
		    has_any(slice_of(text.ptr + i, 1), "{}"))
			return "expected printable ASCII without spaces and braces";
	return text.len > 0 && text.len <= MAX ? NULL : "expected 1 to 64 characters";
}

const char *syntax_origin(struct slice text)
{
	return cors_is_origin(text) ? NULL : "expected an origin such as https://admin.example.org";
}

const char *syntax_sha256(struct slice text)
{
	uint8_t hash[GRANT_HASH_BYTES];

	return grant_read_hash(text, hash) ? NULL : "expected 64 hexadecimal digits";
}

const char *syntax_encryption_key(struct slice text)
{
	return seal_key_complaint(text);
}

static bool system_name(struct slice text, char out[SYSTEM_NAME_BYTES])
{
	if (text.len == 0 || text.len >= SYSTEM_NAME_BYTES)
		return false;
	memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return true;
}

const char *syntax_system_user(struct slice text)
{
	char name[SYSTEM_NAME_BYTES];

	return system_name(text, name) && getpwnam(name) != NULL ? NULL
								 : "this system has no such user";
}

const char *syntax_system_group(struct slice text)
{
	char name[SYSTEM_NAME_BYTES];

	return system_name(text, name) && getgrnam(name) != NULL ? NULL
								 : "this system has no such group";
}
