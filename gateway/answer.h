/* answer.h - the answers the gateway makes itself (application.md section 10): RFC 9457 problems,
 * as JSON, or as a plain page for browsers.
 * Thread   any. */
#ifndef SG_ANSWER_H
#define SG_ANSWER_H

#include "gateway/head.h"

/* name, slug, status, title */
#define PROBLEMS(X)                                                                              \
	X(BAD_REQUEST, "bad-request", 400, "Bad request")                                        \
	X(SESSION_REQUIRED, "session-required", 401, "Session required")                         \
	X(REAUTHENTICATION_REQUIRED, "reauthentication-required", 401, "Please log in again")    \
	X(BAD_TICKET, "bad-ticket", 401, "No such ticket")                                       \
	X(USER_NOT_ALLOWED, "user-not-allowed", 403, "Not allowed")                              \
	X(USER_BLOCKED, "user-blocked", 403, "This user may not log in")                         \
	X(SESSION_LIMIT, "session-limit", 403, "Logged in too many times")                       \
	X(CROSS_ORIGIN, "cross-origin", 403, "Refused: the request comes from another site")     \
	X(READ_ONLY, "read-only", 403, "This request may not change its session")                \
	X(NO_ROUTE, "no-route", 404, "Not found")                                                \
	X(NOT_FOUND, "not-found", 404, "Not found")                                              \
	X(SESSION_NOT_FOUND, "session-not-found", 404, "No such session")                        \
	X(METHOD_NOT_ALLOWED, "method-not-allowed", 405, "Method not allowed")                   \
	X(REQUEST_TIMEOUT, "request-timeout", 408, "The request took too long to come")          \
	X(SESSION_GONE, "session-gone", 409, "The session has gone")                             \
	X(HEADERS_SENT, "headers-sent", 409, "The header has gone out already")                  \
	X(LENGTH_REQUIRED, "length-required", 411, "Length required")                            \
	X(ALREADY_ADOPTED, "already-adopted", 409, "The old session was taken over before")      \
	X(BODY_TOO_LARGE, "body-too-large", 413, "Body too large")                               \
	X(OVER_LIMIT, "over-limit", 413, "The session would be too large")                       \
	X(BAD_CHANGE, "bad-directive", 422, "No change that a session can take")                 \
	X(TOO_MANY_TOKENS, "too-many-tokens", 429, "Too many unknown tokens")                    \
	X(HEADERS_TOO_LARGE, "headers-too-large", 431, "Request headers too large")              \
	X(INTERNAL, "internal", 500, "Internal error")                                           \
	X(ROLE_NOT_SUPPORTED, "role-not-supported", 501, "Role not supported")                   \
	X(BAD_RESPONSE, "bad-response", 502, "The application answered badly")                   \
	X(BAD_DIRECTIVE, "bad-directive", 502, "The application asked for something impossible") \
	X(APPLICATION_UNAVAILABLE, "application-unavailable", 503,                               \
	  "The application is unavailable")                                                      \
	X(STORE_UNAVAILABLE, "store-unavailable", 503, "The session store is unavailable")       \
	X(SESSION_BUSY, "session-busy", 503, "The session is busy")                              \
	X(OVERLOADED, "overloaded", 503, "Too busy")                                             \
	X(DRAINING, "draining", 503, "Shutting down")                                            \
	X(APPLICATION_TIMEOUT, "application-timeout", 504, "The application did not answer in time")

enum problem {
#define PROBLEM_NAME(name, slug, status, title) PROBLEM_##name,
	PROBLEMS(PROBLEM_NAME)
#undef PROBLEM_NAME
};

/* The slug. */
const char *problem_text(enum problem p);
unsigned problem_status(enum problem p);

/* An answer as head and body; what was in head goes. html: the client prefers a page. 503 and 429 say Retry-After.
 * SG_ENOMEM. */
SG_MUST_CHECK int answer_make(struct head *head, struct buffer *body, enum problem p, bool html,
			      const char *request_id);

/* Only the JSON of one, appended. */
SG_MUST_CHECK int answer_write_problem(struct buffer *body, enum problem p, const char *request_id);

/* The head of an answer with this JSON as its body. */
SG_MUST_CHECK int answer_make_json(struct head *head, const struct buffer *json);
/* The head of an answer without a body. */
SG_MUST_CHECK int answer_make_empty(struct head *head, unsigned status);

/* A problem as whole records, END_REQUEST included, for a request of which nothing is known but its id. */
SG_MUST_CHECK int answer_append_refusal(struct buffer *out, uint16_t id, enum problem p,
					uint8_t protocol_status, const char *request_id);

#endif
