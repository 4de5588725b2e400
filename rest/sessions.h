/* sessions.h - lists of sessions, whoever asks for them.
 * Thread   the admin API's. */
#ifndef SG_SESSIONS_H
#define SG_SESSIONS_H

#include "rest/selector.h"

/* Answer with a page of those that the selector is of; limit, cursor, sort and include are the URL's. */
void sessions_list(struct call *c, const struct selector *selector);

#endif
