/* cookie.h - tokens in cookies: carrier.c's hands for HTTP_COOKIE, Set-Cookie.
 * Thread   the worker's. */
#ifndef SG_COOKIE_H
#define SG_COOKIE_H

#include "gateway/carrier.h"

/* The name that requests of this scheme carry. */
struct slice cookie_name(const struct config_cookie *cookie, bool https);

/* Take our cookies, of all realms and both schemes, out of HTTP_COOKIE; keep the tokens of those
 * under name (empty: of none) in *out. The other cookies stay byte for byte; without any the param
 * goes. Cut at ";", and, because Apache and Caddy join headers with ", ", also at a comma before a
 * cookie of ours and at the first one in its value; at white space before one of ours too, since there are
 * applications that would find it there. A param that is HTTP_COOKIE only folded ("http-cookie"), or before an
 * internal redirect, is dropped: merged, it could bring a token in. SG_ENOMEM. */
SG_MUST_CHECK int cookie_take(struct params *p, const struct config *config, struct slice name,
			      struct presented *out);

/* A Set-Cookie that carries value; max_age_s -1: until the browser closes. SG_ENOMEM. */
SG_MUST_CHECK int cookie_set(struct head *head, const struct config_cookie *cookie, bool https,
			     struct slice value, int64_t max_age_s);

/* Would a Set-Cookie with that value set a cookie of ours, or one that comes back as one? */
bool cookie_is_ours(const struct config *config, struct slice set_cookie);

#endif
