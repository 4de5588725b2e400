/* login_from.h - who a session belongs to by its own attributes: login_from, for applications that keep their user
 * in the session and cannot be changed (application.md section 3).
 * Thread   the worker's. */
#ifndef SG_LOGIN_FROM_H
#define SG_LOGIN_FROM_H

#include "base/arena.h"
#include "session/session.h"

/* The user that the value at path ("user", "auth.name") of the attributes tells: the text of a string, the digits of an
 * integer. Before the changes and after them, which differ when somebody logs in, or out. Empty: nobody. Borrowed
 * from session, changes and the arena. */
struct login_from {
	struct slice before, after;
};

/* session may be NULL. Only if one of the changes can matter are the values read at all; without one both are empty.
 * SG_EFORMAT when what is after can be nobody's name (see user.h); SG_ENOMEM. */
SG_MUST_CHECK int login_from_read(struct slice path, const struct session *session,
				  const struct change *changes, size_t change_count,
				  struct arena *arena, struct login_from *out);

#endif
