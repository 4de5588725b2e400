/* directive.h - what an application says about its session: the X-Session-* headers of one
 * response, taken out of it and made one wish (application.md section 3).
 * Owner    the request; all of it in its arena. Thread: the worker's. */
#ifndef SG_DIRECTIVE_H
#define SG_DIRECTIVE_H

#include "gateway/config.h"
#include "gateway/head.h"
#include "session/delta.h"

/* Does a field's name, at the front of text, begin as all directives' do? */
bool directive_named(struct slice text);

struct directives {
	bool any;               /* the response carried one that counts */
	struct change *changes; /* Set, Update, Unset in their order */
	size_t change_count;
	bool stores; /* one of them sets something */
	bool login;
	struct slice user;  /* with login, decoded */
	bool remember;      /* with login */
	bool logout;        /* self, or all; wins over everything */
	bool logout_others; /* others, or all */
	bool rotate;        /* 1; wins over grace */
	bool rotate_grace;
	int64_t idle_ms;      /* 0: not said */
	struct slice adapter; /* what the application's adapter says of itself; empty: nothing */
	bool release;         /* the lock goes back already; only the session API can say so */
	const uint8_t *
		adopt; /* SHA-256 of the id that the session had elsewhere; NULL: none. Nor can others */
};

/* What the raw fields of one response may take together: four times what a session may hold. */
size_t directives_max_bytes(const struct config_realm *realm);

/* Take every X-Session-* field out of head and read those in allowed (enum config_directive bits);
 * the others, and unknown ones, are logged under who and dropped. SG_EFORMAT malformed, or what PHP would unserialize
 * without DIRECTIVE_SERIALIZED, SG_ELIMIT
 * over one of the limits of names, values or the raw size (four times limits->max_bytes): the
 * response is a 502; *reason names header and cause, never the value. SG_ENOMEM. */
SG_MUST_CHECK int directives_read(struct head *head, unsigned allowed,
				  const struct config_realm *realm, const char *who,
				  struct directives *out, const char **reason);
/* The same as one JSON object, {"update":{"a":1},"rotate":true}, which *out borrows from; what is no directive, or
 * not a known one, is refused. Errors as above; *reason is a cause alone. */
SG_MUST_CHECK int directives_read_object(struct slice text, unsigned allowed,
					 const struct config_realm *realm, const char *who,
					 struct arena *arena, struct directives *out,
					 const char **reason);
/* Take them out unread, for session: peek; each is logged under who. */
void directives_drop(struct head *head, const char *why, const char *who);

#endif
