/* carrier.h - how tokens travel: in a cookie (cookie.c) or in a header (header.c).
 * Taking them out of the params is the same call as reading them, so that no route can forget it. */
#ifndef SG_CARRIER_H
#define SG_CARRIER_H

#include "gateway/head.h"
#include "gateway/params.h"
#include "session/token.h"

enum carrier { CARRIER_NONE, CARRIER_COOKIE, CARRIER_HEADER };

enum { CARRIER_TOKENS = 4 }; /* so many cookies of our name are tried */

/* What came along. */
struct presented {
	struct token tokens[CARRIER_TOKENS];
	size_t count;   /* well-formed ones, in their order */
	bool more;      /* there were others, which nobody looks at */
	bool malformed; /* one of our name came that is none */
	enum carrier
		carrier; /* what the tokens came in, else the malformed one; NONE for nothing */
};

/* Take the tokens of every realm out of p; keep in *out those that the route reads. route may be
 * NULL, or have session off: then nothing is kept. Other spellings of these params, such as
 * "http-cookie", which only a folding application would take for them, are dropped unread. SG_ENOMEM. */
SG_MUST_CHECK int carrier_take(struct params *p, const struct config *config,
			       const struct config_route *route, bool https, struct presented *out);
/* One more of our name, in its order. */
void presented_add(struct presented *p, enum carrier carrier, struct slice value);
void presented_wipe(struct presented *p);

/* What a token travels in: the way it came, a first one (CARRIER_NONE) as the route says. */
enum carrier carrier_resolve(const struct config_route *route, enum carrier carrier);

/* Put a token on the response, which a browser is to keep for age_s (-1: until it ends), the way it is to travel: carrier CARRIER_NONE is a first one, which
 * goes as the route says (header for token: header, else a cookie). Adds Cache-Control and Vary too
 * (application.md section 1, Caching) unless the route says private: never. SG_ENOMEM. */
SG_MUST_CHECK int carrier_set(struct head *head, const struct config_route *route, bool https,
			      enum carrier carrier, const struct token *token, int64_t age_s);
/* An ended session: the cookie cleared, or the header with an empty value. */
SG_MUST_CHECK int carrier_clear(struct head *head, const struct config_route *route, bool https,
				enum carrier carrier);
/* Only Cache-Control and Vary, for a response that carried directives or is private: always. It varies by whatever
 * the route reads, both with token: either: without a header the cookie decides. */
SG_MUST_CHECK int carrier_no_store(struct head *head, const struct config_route *route);

/* Drop each Set-Cookie of the application's with a name of ours, and each token header that bears a token or its
 * end: only we say those. How many. */
size_t carrier_guard(struct head *head, const struct config *config);

#endif
