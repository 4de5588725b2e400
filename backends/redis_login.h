/* redis_login.h - a session becomes a user's: steps on two buckets, so that also on a Cluster nobody ever finds more of a
 * user's sessions than his quota allows, and nobody's ends for a login that is not written.
 *
 *	enter ──► (look at the others) ──► write ──► (end those that go for it) ──► confirm
 *	  │ BLOCKED           │ FULL         └► leave, when it was not written
 *	  └─► deny ◄──────────┘
 *
 * Until it is confirmed a session is on no list; where there is no room for one more, others that are about to log in
 * are waited for, those of this loop and those of others, and all have their turn in the order in which they came: one of
 * each loop (redis_line.h) stands in a line that Redis keeps, asks in pauses of 1 to 10 ms, and is asked for at once when
 * the one before it on this loop has ended.
 * Owner    the operation, whose end is the login's too.
 * Thread   the loop's. */
#ifndef SG_REDIS_LOGIN_H
#define SG_REDIS_LOGIN_H

#include "backends/redis_store.h"

struct redis_login;

enum { REDIS_LOGIN_PATIENCE_MS = 30000 }; /* when others take it for dead */

struct redis_login_plan {
	struct redis_op *op;
	struct store_user who;
	const struct session_quota *quota;
	int64_t lifetime_ms; /* of the session, from now on */
	uint64_t save_id;
	const uint64_t *epoch;    /* that it must have; NULL: it is a new one */
	struct slice application; /* of a new one */
	redis_step_fn
		*written; /* takes the write's answer into op->result; the operation goes on */
};

/* What the write has to say of it: redis_record_add()'s listed. */
struct slice redis_login_listed(const struct redis_login *login);

/* Copies what it needs. NULL: no memory. */
struct redis_login *redis_login_new(const struct redis_login_plan *plan);
/* op->call is the write, with all its arguments: it is kept until its time has come. */
void redis_login_keep_write(struct redis_login *login);
/* After that; a plan that had no realm has this one. */
void redis_login_begin_in(struct redis_login *login, struct slice realm);
/* The same with the realm that the plan had. */
void redis_login_begin(struct redis_login *login);
/* Or: there is nothing to log in to. The write is sent as it is, and will say why not; step has its answer. */
void redis_login_skip(struct redis_login *login, redis_step_fn *step);
void redis_login_free(struct redis_login **login);
/* Its operation is cancelled. If it still waits for its turn, it has ended. */
void redis_login_withdraw(struct redis_op *op);

#endif
