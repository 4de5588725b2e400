/* wish.h - what a request asks of its session, from whatever side that comes: the application's directives, its own
 * attributes (login_from), and the age of the secret (rotate_every).
 * Owner    the request, by value; slices borrow from directives, session and arena.
 * Thread   the worker's. */
#ifndef SG_WISH_H
#define SG_WISH_H

#include "gateway/directive.h"
#include "gateway/lookup.h"

enum wish_user {
	WISH_USER_STAYS,
	WISH_USER_LOGS_IN,
	WISH_USER_LEAVES, /* the session goes on without one */
};

enum wish_secret {
	WISH_SECRET_STAYS,
	WISH_SECRET_ROTATES, /* the old one stays good for a while */
	WISH_SECRET_RENEWED, /* the old one is dead at once, and the epoch moves */
};

struct wish {
	enum wish_user user_goes;
	enum wish_secret secret;
	struct slice user;  /* with WISH_USER_LOGS_IN */
	bool remember;      /* with it */
	bool logout;        /* this session ends, and nothing else counts */
	bool logout_others; /* the others of its user do */
	const struct change *changes;
	size_t change_count;
	bool stores;     /* one of the changes sets something */
	int64_t idle_ms; /* 0: not said */
	bool asked;      /* the application wants something: if that fails, so does the request */
	bool unseen;     /* the request is no visit, whatever its route: last_seen stays */
	const struct store_mark
		*mark; /* the session is made of one that lived elsewhere; NULL: of nothing */
	bool arrived; /* a new secret was presented for the first time, as far as the store knows */
};

/* now_ms: the wall clock's. SG_EFORMAT: the value at login_from can be nobody's name. SG_ENOMEM. */
SG_MUST_CHECK int wish_make(const struct config_route *route, const struct lookup *lookup,
			    const struct directives *directives, struct arena *arena,
			    int64_t now_ms, struct wish *out);

/* What nobody has asked for: a secret that has become too old is replaced, by a request that can still say so. */
void wish_grow_old(const struct config_route *route, const struct lookup *lookup, int64_t now_ms,
		   struct wish *w);

/* Of a request that may not change its session, whoever answers it: no more than that its secret has arrived. */
void wish_nothing(const struct lookup *lookup, struct wish *out);

#endif
