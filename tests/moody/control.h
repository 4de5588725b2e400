/* control.h - a Unix socket on which a test commands a moody store: one line a connection, one line back, "ok …" or
 * "error …".
 *
 *	mood KIND|all MOOD [after MS] [next N]	from now on, or for the next N operations alone
 *	counts					how often each kind was asked for: "ok find=3 create=1 …"
 *	remove ID				the rest at the store behind, whatever the moods: as an administrator would,
 *	remove_user REALM USER			and the answer is the store's word
 *	block UNTIL_MS REALM USER		0: until it is lifted
 *	unblock REALM USER
 *	look ID NAME				what is stored as that attribute's value, in hexadecimal digits
 *	put ID NAME DIGITS			the same the other way
 *
 * Owner    control_open(), control_close(). The moods and the store behind must outlive it.
 * Thread   one of its own. */
#ifndef SG_TESTS_MOODY_CONTROL_H
#define SG_TESTS_MOODY_CONTROL_H

#include "backends/backend.h"
#include "tests/moody/moods.h"

struct control;

/* SG_ESYSTEM, SG_ENOMEM; *out is then untouched. */
SG_MUST_CHECK int control_open(const char *path, struct moods *moods, struct backend *behind,
			       struct control **out);
void control_close(struct control **control); /* *control may be NULL, becomes NULL */

#endif
