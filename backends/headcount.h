/* headcount.h - how many sessions each application has, with a user and without: kept up as they come and go, so that
 * nobody looks at a million to know.
 * Owner    who it lies in, zeroed; headcount_fini().
 * Memory   want of it is no failure of whoever changes a session: the count is lost for good, and says so.
 * Thread   one at a time. */
#ifndef SG_HEADCOUNT_H
#define SG_HEADCOUNT_H

#include "session/filter.h"

struct headcount_of {
	char *application; /* not ended by a NUL */
	size_t application_bytes;
	size_t sessions[2]; /* without a user, with one */
};

struct headcount {
	struct headcount_of *each;
	size_t count;
	bool lost;
};

void headcount_fini(struct headcount *h);

/* headcount_change()'s, of what does count. */
void headcount_move(struct headcount *h, const struct session *old, const struct session *session);

/* A session was old and is session now; NULL: it was not, or is not, there. Its application is the one that it was
 * created by: only logins, and the end, move it. */
static inline void headcount_change(struct headcount *h, const struct session *old,
				    const struct session *session)
{
	if (old == NULL || session == NULL || (old->user.len > 0) != (session->user.len > 0))
		headcount_move(h, old, session);
}

/* So many more. SG_ENOMEM. */
SG_MUST_CHECK int headcount_add(struct headcount *h, struct slice application, bool authenticated,
				size_t sessions);
/* All that the other one has; what that has lost is lost. SG_ENOMEM. */
SG_MUST_CHECK int headcount_add_all(struct headcount *h, const struct headcount *other);

/* Of a filter that asks for applications and states alone. */
size_t headcount_matching(const struct headcount *h, const struct filter *f);

#endif
