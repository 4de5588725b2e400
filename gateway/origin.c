/* origin.c - see origin.h. */
#include "gateway/origin.h"

#include "base/base64url.h"
#include "gateway/authority.h"
#include "gateway/method.h"
#include "gateway/request.h"

#include <openssl/crypto.h>

/* A token that came in a header, whatever became of its session. */
static bool origin_shows_token(const struct presented *presented)
{
	return presented->carrier == CARRIER_HEADER && presented->count > 0;
}

/* Is it the scheme, host and port that the request itself is for? "null", which sandboxed pages say, never is. */
static bool origin_is_own(const struct request *r, struct slice origin)
{
	const struct visitor *v = &r->visitor;
	struct slice scheme = v->https ? SLICE("https://") : SLICE("http://");
	unsigned port;

	if (v->host.len == 0 || !slice_starts_nocase(origin, scheme))
		return false;
	origin = slice_after(origin, scheme.len);
	port = authority_port(origin, visitor_default_port(v));
	return port != 0 && slice_equal_nocase(authority_host(origin), v->host) &&
	       port == visitor_port(&r->params, r->generation->config, v);
}

static bool origin_knows_csrf(const struct session *session, struct slice said)
{
	char csrf[BASE64URL_CHARS(SESSION_CSRF_BYTES)];

	if (session == NULL || said.len != sizeof(csrf))
		return false;
	base64url_encode(session->csrf, SESSION_CSRF_BYTES, csrf);
	return CRYPTO_memcmp(csrf, said.ptr, sizeof(csrf)) == 0;
}

bool origin_permits(const struct request *r)
{
	const struct params *p = &r->params;

	if (method_is_safe(r->method) || origin_shows_token(&r->lookup.presented))
		return true;
	return slice_equal(params_get(p, SLICE("HTTP_SEC_FETCH_SITE")), SLICE("same-origin")) ||
	       origin_is_own(r, params_get(p, SLICE("HTTP_ORIGIN"))) ||
	       origin_knows_csrf(r->lookup.session, params_get(p, SLICE("HTTP_X_CSRF_TOKEN")));
}
