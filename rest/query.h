/* query.h - the parameters of a URL, as forms spell them: + is a space, %2B a plus.
 * Borrow   names and values lie in the arena; a NUL follows each.
 * Thread   one at a time. Pure. */
#ifndef SG_QUERY_H
#define SG_QUERY_H

#include "base/arena.h"
#include "base/error.h"

enum { QUERY_PARAMETERS = 64 }; /* no URL has more */

struct query_parameter {
	struct slice name, value;
};

struct query {
	struct query_parameter *each; /* in their order; a name may come twice */
	size_t count;
};

/* raw: what follows the question mark. SG_EFORMAT: a % without two hex digits behind it, or what is not UTF-8 or holds
 * control characters; SG_ELIMIT: too many; SG_ENOMEM. */
SG_MUST_CHECK int query_read(struct arena *arena, struct slice raw, struct query *out);

/* The first of that name. False: there is none; *value is then empty. */
bool query_get(const struct query *q, const char *name, struct slice *value);

/* One part of a path, decoded; into the arena. As query_read(), and SG_EFORMAT for nothing; a plus stays one. */
SG_MUST_CHECK int query_read_part(struct arena *arena, struct slice raw, struct slice *out);

#endif
