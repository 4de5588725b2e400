/* login.h - a login to the memory store: the step in which a session becomes a user's. It holds the user's lock, that
 * of the session's shard and, when sessions must go for it, those of the shards where the user's others are, so that
 * nobody ever finds more of them than the quota allows.
 *
 *	login_begin ──► login_admit ──► (the record is made) ──► login_write ──► login_end
 *
 * Until login_write() nothing has ended, so that a login that fails costs nobody his session.
 * Owner    the caller: the struct; login_end() comes after the shards' locks are of no more use, and gives back what
 *          was ended.
 * Borrow   who, between begin and end.
 * Thread   one at a time. */
#ifndef SG_LOGIN_H
#define SG_LOGIN_H

#include "backends/memory_store.h"

struct candidate;

struct login_step {
	struct memory *memory;
	struct visit visit;
	const struct session_quota *quota;
	struct slice id; /* of the session that logs in */
	uint64_t hash;
	uint64_t locked;              /* the shards, as bits */
	struct candidate *candidates; /* NULL: there is room for one more */
	size_t others, candidate_count, victim_count;
	bool no_memory;
};

/* Takes the locks. */
void login_begin(struct login_step *l, struct memory *m, const struct store_user *who,
		 const struct session_quota *quota, struct slice id);
/* May it be written? OK, and login_write() cannot fail then; BLOCKED, FULL, UNAVAILABLE. self: the entry of the
 * session that logs in, NULL when there is none yet. */
enum store_status login_admit(struct login_step *l, const struct entry *self);
/* The session is written now: ends those that must go for it, and lists it. */
void login_write(struct login_step *l);
void login_end(struct login_step *l);

#endif
