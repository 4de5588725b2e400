/* session_attributes.h - the attributes that a session will have: those of the one before it, with changes, within limits.
 * Owner    the caller, from attributes_make() to attributes_fini().
 * Borrow   names and values, from the session and the changes that they come from.
 * Errors   SG_ENOMEM; SG_ELIMIT.
 * Thread   any. Pure. */
#ifndef SG_SESSION_ATTRIBUTES_H
#define SG_SESSION_ATTRIBUTES_H

#include "session/session.h"

/* What an outcome is measured by. */
struct measure {
	const struct session_limits *limits;
	size_t overhead; /* of each value, which does not count */
};

/* The attributes that will be: as in most sessions there are few, they fit into few. */
struct attributes {
	struct attribute *items, few[32];
	size_t count, bytes;
};

/* Those that follow from before's, sorted; before is an empty session for none. Over a limit, and not merely left so by a
 * record made under wider ones: SG_ELIMIT. After an error there is nothing to end. */
SG_MUST_CHECK int attributes_make(struct attributes *a, const struct session *before,
				  const struct change *changes, size_t change_count,
				  const struct measure *measure);
void attributes_fini(struct attributes *a);

/* The bytes of so many names and values that count. There may be a value without the overhead among them, from before
 * there was a cipher. */
size_t attributes_counted_bytes(size_t bytes, size_t count, size_t overhead);

/* As struct attribute has it. */
bool attribute_is_plain(struct slice name, struct slice value);

#endif
