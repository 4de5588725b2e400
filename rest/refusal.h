/* refusal.h - why a call is not answered as it was asked: the problems of RFC 9457 that the admin API knows.
 * Thread   any. */
#ifndef SG_REFUSAL_H
#define SG_REFUSAL_H

#include "base/buffer.h"

/* clang-format off */
#define REFUSALS(X) /* name, slug, status, title */						\
	X(INVALID_PARAMETER, "invalid-parameter", 400, "Invalid parameter")			\
	X(INVALID_JSON, "invalid-json", 400, "Invalid JSON")					\
	X(INVALID_CURSOR, "invalid-cursor", 400, "Invalid cursor")				\
	X(INVALID_SELECTION, "invalid-selection", 400, "Invalid selection")			\
	X(FILTER_REQUIRED, "filter-required", 400, "Say which sessions")			\
	X(TOKEN_IN_URL, "token-in-url", 400, "A token does not belong in a URL")		\
	X(UNAUTHENTICATED, "unauthenticated", 401, "Unauthenticated")				\
	X(INSUFFICIENT_SCOPE, "insufficient-scope", 403, "Insufficient scope")			\
	X(NOT_FOUND, "not-found", 404, "Not found")						\
	X(SESSION_NOT_FOUND, "session-not-found", 404, "No such session")			\
	X(METHOD_NOT_ALLOWED, "method-not-allowed", 405, "Method not allowed")			\
	X(NOT_ACCEPTABLE, "not-acceptable", 406, "Not acceptable")				\
	X(CONFIRMATION_REQUIRED, "confirmation-required", 409, "Confirmation required")		\
	X(PRECONDITION_FAILED, "precondition-failed", 412, "Precondition failed")		\
	X(BODY_TOO_LARGE, "body-too-large", 413, "Body too large")				\
	X(UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", 415, "Unsupported media type")	\
	X(INVALID_CONFIG, "invalid-config", 422, "Invalid configuration")			\
	X(ATTRIBUTE_TOO_LARGE, "attribute-too-large", 422, "The session would be too large")	\
	X(TOO_MANY_ATTRIBUTES, "too-many-attributes", 422, "Too many attributes")		\
	X(INVALID_ATTRIBUTE_NAME, "invalid-attribute-name", 422, "Invalid attribute name")	\
	X(PRECONDITION_REQUIRED, "precondition-required", 428, "Precondition required")		\
	X(RATE_LIMITED, "rate-limited", 429, "Too many failures")				\
	X(INTERNAL, "internal", 500, "Internal error")						\
	X(STORE_UNAVAILABLE, "store-unavailable", 503, "The session store is unavailable")	\
	X(DRAINING, "draining", 503, "The gateway ends")					\
	X(STORE_TIMEOUT, "store-timeout", 504, "The session store did not answer in time")
/* clang-format on */

enum refusal {
#define REFUSAL_NAME(name, slug, status, title) REFUSAL_##name,
	REFUSALS(REFUSAL_NAME)
#undef REFUSAL_NAME
};

/* What is wrong with one parameter, one member of a body, or one setting. */
struct refusal_error {
	struct slice parameter;
	const char *
		detail; /* goes on where the parameter's name ends: "must be 1 to 500"; of a setting it is whole */
};

unsigned refusal_status(enum refusal r);

/* Append the JSON. detail says what to do, and holds no secret. SG_ENOMEM. */
SG_MUST_CHECK int refusal_write(struct buffer *out, enum refusal r, struct slice detail,
				const char *request_id, const struct refusal_error *errors,
				size_t error_count);

#endif
