/* decision.h - what was decided of one request's session: that it had none, lost it, or was not let through with the one it
 * had; and why, in words that a help desk understands. Never a token, never a value.
 * Borrow   the slices, from whoever made it.
 * Thread   any. */
#ifndef SG_DECISION_H
#define SG_DECISION_H

#include "base/slice.h"

/* what became of it, the cause in a word, and in a sentence without its dot. The words are part of the API: causes of
 * ends are spelled as sessiongate_sessions_ended_total spells them, refusals as the problem that was answered. */
/* clang-format off */
#define DECISION_REASONS(X)											\
	X(NO_TOKEN, "none", "no-token",										\
	  "no token came, neither in the cookie nor in the header that the route reads")			\
	X(MALFORMED, "none", "malformed", "what came in the place of a token has not the form of one")		\
	X(UNKNOWN, "none", "unknown",										\
	  "the store does not know the session: it ended more than 5 minutes ago, or never was")		\
	X(UNTRUSTED, "none", "unknown",										\
	  "the store does not know the session, and has not been whole for long enough to know all that there was: " \
	  "it was started, emptied or restored lately")								\
	X(WRONG_SECRET, "none", "wrong-secret",									\
	  "the session is there, but the token's secret is not its: it was replaced more than a minute ago, "	\
	  "or somebody made it up")										\
	X(OTHER_REALM, "none", "other-realm", "the session is one of another realm than the route's")		\
	X(STALE, "none", "stale",										\
	  "the token's secret had been replaced less than a minute before, by another request's login or rotation") \
	X(ENDED, "none", "ended", "the session had ended")							\
	X(EXPIRED, "none", "expired", "the session had ended by itself: idle for too long, or as old as one may be") \
	X(LOGGED_OUT, "none", "logout", "the session had ended: its user had logged out")			\
	X(EVICTED, "none", "evicted",										\
	  "the session had ended: its user had logged in elsewhere, beyond per_user_limit")			\
	X(REVOKED, "none", "revoked", "the session had ended: somebody had revoked it")				\
	X(BLOCKED, "none", "blocked", "the session had ended: its user had been blocked")			\
	X(UNAVAILABLE, "none", "unavailable", "the store did not say whose the token is: it failed, or took too long") \
	X(MEANWHILE, "none", "ended", "the session ended while the application worked for the request")	\
	X(BUSY, "refused", "session-busy", "other requests held the session's lock for longer than lock_wait")	\
	X(TOO_MANY_TOKENS, "refused", "too-many-tokens",							\
	  "more different unknown tokens came from the visitor's address than limits.unknown_tokens allows")	\
	X(SESSION_REQUIRED, "refused", "session-required",							\
	  "the route requires a session or a login, and the visitor had none")					\
	X(REAUTHENTICATION, "refused", "reauthentication-required",						\
	  "the login is older than the route's max_login_age")							\
	X(USER_NOT_ALLOWED, "refused", "user-not-allowed", "the user is not among the route's allow_users")	\
	X(CROSS_ORIGIN, "refused", "cross-origin",								\
	  "nothing showed that a page of the same site asked, which the route's csrf: check wants")		\
	X(USER_BLOCKED, "denied", "user-blocked", "the login was refused: the user is blocked")			\
	X(SESSION_LIMIT, "denied", "session-limit",								\
	  "the login was refused: the user has as many sessions as per_user_limit allows")			\
	X(UNSAVED, "unsaved", "unavailable",									\
	  "what the application did to the session was not saved: the store failed, or took too long")		\
	X(LATE_ENDED, "unsaved", "late-save",									\
	  "the session ended while the application worked, so what it did to it was dropped")			\
	X(LATE_MOVED, "unsaved", "late-save",									\
	  "somebody logged in to the session while the application worked, so what it did to it was dropped")	\
	X(LATE_LOCK, "unsaved", "late-save",									\
	  "the session's lock passed on while the application worked, so what it did to it was dropped")	\
	X(LOGOUT, "ended", "logout", "the application or the visitor asked for a logout")
/* clang-format on */

enum decision_reason {
#define DECISION_REASON(name, what, cause, detail) DECISION_##name,
	DECISION_REASONS(DECISION_REASON)
#undef DECISION_REASON
		DECISION_REASON_COUNT
};

const char *decision_what(enum decision_reason reason);
const char *decision_cause(enum decision_reason reason);
const char *decision_detail(enum decision_reason reason);

/* Where: lasts as long as whoever keeps the decision. */
struct decision_place {
	struct slice realm, application, route; /* application: empty where the route has none */
};

struct decision {
	enum decision_reason reason;
	int64_t at_ms;
	bool bare;                           /* no token came along */
	bool other_realm, other_application; /* the session's are others than the place's */
	struct decision_place place;
	struct slice request, session, user; /* the latter two may be empty */
};

#endif
