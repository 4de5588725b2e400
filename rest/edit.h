/* edit.h - one change of one session, made only if it is still what the caller has read: found, judged by his If-Match,
 * and saved under the version that was found. Somebody was quicker: all of it once more.
 * Owner    the call, in its arena.
 * Thread   the admin API's. */
#ifndef SG_EDIT_H
#define SG_EDIT_H

#include "rest/call.h"
#include "session/delta.h"

enum edit_outcome { EDIT_SAVES, EDIT_NOTHING, EDIT_REFUSED };

struct edit;

struct edit {
	struct call *call;
	/* What is to be changed of s: into d, which borrows from the arena. EDIT_NOTHING: it is so already; EDIT_REFUSED: the
	 * call was refused. */
	enum edit_outcome (*make)(struct edit *e, const struct session *s, struct delta *d);
	bool unconditional; /* whatever he has read */
	/* Answer the call: that is how it stands now. */
	void (*done)(struct edit *e, const struct session *s);

	const struct settings_realm *realm; /* of the session */
	struct delta delta;
};

/* The call's subject is the session's id. make and done are filled in, the rest is zero. */
void edit_start(struct edit *e);

#endif
