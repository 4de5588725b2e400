/* redis_rivals.h - the other sessions of a user, while one more becomes his: those that are live count against his quota,
 * and those that come first go for it; those that are dead are taken off his record.
 * Owner    the login: zero it, and fini.
 * Borrow   one of them, until the next is added or their order changes.
 * Thread   the loop's. */
#ifndef SG_REDIS_RIVALS_H
#define SG_REDIS_RIVALS_H

#include "backends/redis_crowd.h"

/* As his record has it. */
struct redis_rival {
	struct redis_login *login; /* whose rival it is */
	char id[TOKEN_ID_CHARS];
	size_t entry_at, entry_bytes; /* among the texts */
	int64_t since_ms;             /* the least goes first */
	uint64_t listed_us;
	bool live, dead; /* neither: nobody knows */
};

struct redis_rivals {
	struct redis_rival *each;
	size_t count, room;
	struct buffer entries; /* their texts */
};

/* All of some but the one of this id, which is the login's own. SG_ENOMEM. */
SG_MUST_CHECK int redis_rivals_add(struct redis_rivals *r, struct redis_crowd *some,
				   struct redis_login *login, struct slice own);
/* Whoever came twice counts once. */
void redis_rivals_distinct(struct redis_rivals *r);
/* item: the realm, the user, when it was created, when it was seen; "spoiled" in the place of the third: it may be mended.
 * It is live if it is of who. */
void redis_rival_see(struct redis_rival *rival, const struct store_user *who, bool idlest_first,
		     const struct redis_reply *reply, size_t item);
/* The live ones first, in the order in which they go. */
void redis_rivals_sort(struct redis_rivals *r);
size_t redis_rivals_live(const struct redis_rivals *r);
/* The ids and entries of some that are dead: the arguments of a script that takes them off, as long as nobody has listed
 * them anew. */
void redis_rivals_add_dead(const struct redis_rivals *r, struct redis_call *call);
void redis_rivals_fini(struct redis_rivals *r);

#endif
