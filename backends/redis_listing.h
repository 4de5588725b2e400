/* redis_listing.h - that a session is a user's, as his record says it, for as long as it is true.
 * Owner    by value; all slices are borrowed for the call. Operations that nobody waits for end by themselves.
 * Thread   the loop's. */
#ifndef SG_REDIS_LISTING_H
#define SG_REDIS_LISTING_H

#include "backends/redis_store.h"

enum { REDIS_LISTING_CHARS = 16 }; /* of what a login is called in records */

struct redis_listing {
	struct store_user who;
	struct slice id, listed; /* the session, and the login by which it is his */
	int64_t lifetime_ms;
	int64_t since_ms; /* when it was listed; 0: now */
};

/* What a new login is called. SG_ERANDOM. */
SG_MUST_CHECK int redis_listing_name(char out[REDIS_LISTING_CHARS + 1]);

/* The keys of a script on his record. */
void redis_listing_add_keys(struct redis_op *op, const struct store_user *who);
/* The next call of the operation is such a script, and these its first arguments: who, id, listed. */
void redis_listing_ask(struct redis_op *op, const struct redis_listing *listing,
		       enum redis_script_name script, redis_step_fn *step);

/* The next call of the operation, ready to be sent: if his record does not say so, it does from then on. OK; BLOCKED, and
 * it does not. */
void redis_listing_ask_assert(struct redis_op *op, const struct redis_listing *listing,
			      redis_step_fn *step);
/* It is his, for so long at most: if his record does not say so, it does from now on; while he is blocked, the session
 * ends. Nobody waits for that. */
void redis_listing_assert(struct redis_store *st, const struct redis_listing *listing);

/* It is his no more: if that login still stands for it in his record, it is taken off. Nobody waits for that. */
void redis_listing_remove(struct redis_store *st, const struct store_user *who, struct slice id,
			  struct slice listed);
/* The same of a session that has ended, as its end's answer says whose it was. */
void redis_listing_remove_answered(struct redis_op *op, const struct redis_answer *answer);

#endif
