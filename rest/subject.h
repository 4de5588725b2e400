/* subject.h - the user whom a path speaks of, in the realm that the URL says (or the realm "default").
 * Borrow   as long as the call.
 * Thread   the admin API's. */
#ifndef SG_SUBJECT_H
#define SG_SUBJECT_H

#include "rest/call.h"

/* False: refused, since the caller does not see him. */
bool subject_read(struct call *c, struct store_user *out);
/* False: nobody is called that, in whatever realm, and no store knows him. */
bool subject_can_be(const struct store_user *who);
/* Can he log in here, so that it makes sense to say what shall happen then? His realm must be one that is configured, or a
 * slip of the pen would look like a success; and nobody can have a name that is none. False: refused. What there is already
 * may be of a realm that only another gateway's configuration has, or an earlier one. */
bool subject_check_known(struct call *c, const struct store_user *who);

#endif
