/* ending.h - sessions that are ended, several at a time.
 * Owner    the call, in its arena.
 * Thread   the admin API's. */
#ifndef SG_ENDING_H
#define SG_ENDING_H

#include "rest/call.h"

enum { ENDING_AT_ONCE = 16, ENDING_TRIES = 20 };

struct ending_item {
	char id[TOKEN_ID_CHARS + 1];
	bool owned; /* only if it is its owner's still */
	struct store_user owner;
	bool failed;
};

struct ending;

/* One that is being ended. */
struct ending_slot {
	struct ending *ending;
	struct store_op *op;
	struct ending_item *item;
	unsigned tries;
};

struct ending {
	struct call *call;
	struct ending_item *items;
	size_t count;
	bool looks;  /* whether the caller may see each is not known yet */
	bool spares; /* only that is found out, and counted */
	/* called for each that is spared; NULL: nothing is. Not 0: it counts as failed */
	int (*visit)(struct ending *e, const struct session *s);
	call_fn *done; /* when all have been tried */

	size_t next;  /* of items: not begun yet */
	size_t ended; /* were there, and seen; with spares: are */
	size_t busy;
	struct ending_slot slots[ENDING_AT_ONCE];
};

/* All above the blank line is filled in, the rest is zero. done comes later. */
void ending_start(struct ending *e);
/* Nothing more is asked for; what was sent may be done. */
void ending_stop(struct ending *e);

/* One more item of a session as it was found. SG_ENOMEM: of the arena. */
SG_MUST_CHECK int ending_fill(struct ending_item *item, struct arena *arena,
			      const struct session *s);

#endif
