/* redis_store.h - what the files of the Redis store share and nobody else sees. */
#ifndef SG_REDIS_STORE_H
#define SG_REDIS_STORE_H

#include "backends/kind.h"
#include "backends/redis_drift.h"
#include "backends/redis_ends.h"
#include "backends/redis_keys.h"
#include "backends/redis_line.h"
#include "backends/redis_net.h"
#include "backends/redis_record.h"
#include "backends/redis_script.h"
#include "backends/roll.h"

#include <stdatomic.h>

/* How a bucket looked when this process looked last. */
struct redis_sight {
	_Atomic int64_t whole_since_ms; /* 0: it never did */
	struct redis_drift drift;       /* of the server that has it */
};

/* Shared by all loops. */
struct redis_backend {
	struct backend backend;
	clock_fn *now; /* of the suite's time; the product's is Redis's */
	struct redis_url *url;
	struct tls *tls; /* NULL: its connections are plain */
	struct redis_net_settings net;
	char namespace[REDIS_NAMESPACE_BYTES + 1];
	char node[STORE_NODE_BYTES + 1];
	struct event_counts counts;
	struct redis_ends ends;
	bool sealed;                              /* as in the settings */
	_Atomic int64_t beat_ms;                  /* redis_beat.c's */
	uint64_t nonce;                           /* no other process has it */
	atomic_bool recounts;                     /* redis_recount.c's: one of the loops does */
	struct redis_sight sights[REDIS_BUCKETS]; /* the same */
};

/* A loop's own. */
struct redis_store {
	struct store store;
	struct redis_backend *redis;
	struct event_base *loop;
	struct redis_net *net;
	struct link *ops;    /* struct redis_op: at work */
	struct link *unused; /* so that the hot path allocates none; after a rush only some stay */
	unsigned unused_count;
	struct redis_record_room room;
	struct event *beat;
	struct redis_recount *recount;
	unsigned next_bucket;       /* where redis_expire_due() goes on */
	struct redis_line lockers;  /* redis_locks.c's */
	struct redis_line entrants; /* redis_login.c's */
	uint64_t nonce;             /* no other store has it */
	uint64_t tickets;
	struct queue late; /* operations that need no answer; their step comes in the next turn */
	struct event *late_event;
	struct redis_tails *tails; /* redis_events.c's */
	bool closing;
};

static inline struct redis_store *redis_store(struct store *store)
{
	return (struct redis_store *)store;
}

struct redis_op;
struct redis_login;
struct redis_fan;
struct redis_mark;
struct redis_waiter;

/* What a script has answered; redis_script's common.lua has the form. Items are of the reply. */
struct redis_answer {
	enum store_status status; /* UNAVAILABLE, UNCERTAIN: nothing else is said */
	enum store_cause cause;
	const struct redis_reply *reply;
	size_t items; /* how many there are; behind these four: */
	int64_t whole_since_ms;
	int64_t number;
	size_t told, fields, rest;
};
typedef void redis_step_fn(struct redis_op *op, const struct redis_answer *answer);
typedef void redis_last_fn(struct redis_op *op);
typedef void redis_free_fn(void *work);

/* An operation: a chain of calls, one at a time, and then its callback. What it does to Redis it does to the end, also
 * when it was cancelled: nobody is told then. */
struct redis_op {
	struct redis_call call;
	struct link link;
	struct redis_store *st;
	redis_step_fn *step;
	store_done_fn *done; /* NULL: nobody wants to know */
	void *ctx;
	char id[TOKEN_ID_CHARS];
	struct redis_login *login;   /* its own, of one that logs in; else NULL */
	struct redis_waiter *waiter; /* the same of one that locks */
	void *work;                  /* what else an operation of several steps remembers */
	redis_free_fn *work_free;
	struct redis_fan *fan;      /* in its work: its calls to many buckets */
	struct redis_mark *mark;    /* the same of one that is made with a mark */
	enum store_cause cause;     /* redis_sessions.c's: why it ends a session */
	const struct session *born; /* redis_sessions.c's: that it creates; a reference */
	bool mended;                /* redis_mend.c's */
	bool unvalued;       /* the same: its record comes without the values of attributes */
	redis_last_fn *last; /* what is left to do when all else is done; NULL: nothing */
	struct store_result result; /* holds a reference to its record */
	struct roll roll;           /* what its sessions are set from */
};

static inline struct slice redis_op_id(const struct redis_op *op)
{
	return slice_of(op->id, TOKEN_ID_CHARS);
}

static inline struct slice redis_namespace(const struct redis_store *st)
{
	return slice_from(st->redis->namespace);
}

/* NULL: no memory. The result is zeroed. id may be empty. */
struct redis_op *redis_op_begin(struct redis_store *st, struct slice id, store_done_fn *done,
				void *ctx);
/* The next call of the operation: keys and arguments are added to op->call, then redis_op_send(). */
void redis_op_ask(struct redis_op *op, unsigned bucket, enum redis_script_name script,
		  redis_step_fn *step);
/* The same with the keys that most scripts on a session have: it, meta, events, due, seen, created. */
void redis_op_ask_session(struct redis_op *op, enum redis_script_name script, redis_step_fn *step);
void redis_op_add_count(struct redis_op *op, size_t keys);
/* Behind the arguments of a script goes what all scripts are told; what has none is sent as it is. */
void redis_op_send(struct redis_op *op);
/* Nothing is asked: step comes all the same, later, without an answer. */
void redis_op_later(struct redis_op *op, redis_step_fn *step);
/* Arm the timer, for some milliseconds by dice, so that those who wait for the same do not ask at the same time. False: it is
 * until_ms (monotonic) already, or there is no memory. */
bool redis_op_pause(struct event *timer, int64_t until_ms);
/* SG_ENOMEM. */
SG_MUST_CHECK int redis_ops_init(struct redis_store *st);
/* Answers with op->result. */
/* It was never asked of anybody: no callback. */
void redis_op_drop(struct redis_op *op);
void redis_op_finish(struct redis_op *op);
void redis_op_finish_with(struct redis_op *op, enum store_status status);
void redis_op_cancel(struct store_op **op);
/* All of them; their calls are back. */
void redis_ops_free(struct redis_store *st);

/* The answer's record, if there is one, into op->result; what cannot be read is logged, and is not there. */
void redis_op_take_record(struct redis_op *op, const struct redis_answer *answer);
/* Status, cause, whole since; and its events are counted. */
void redis_op_take(struct redis_op *op, const struct redis_answer *answer);

/* redis_sessions.c */

struct store_op *redis_find(struct store *store, struct slice id, store_done_fn *done, void *ctx);
struct store_op *redis_create(struct store *store, const struct session *session,
			      const struct session_quota *quota, const struct store_mark *mark,
			      store_done_fn *done, void *ctx);
struct store_op *redis_save(struct store *store, struct slice id, const struct delta *d,
			    store_done_fn *done, void *ctx);
struct store_op *redis_remove(struct store *store, struct slice id, const struct store_user *owner,
			      const struct store_end *end, store_done_fn *done, void *ctx);

/* redis_put.c */

struct store_op *redis_put(struct store *store, const struct session *session, store_done_fn *done,
			   void *ctx);

/* redis_users.c */

struct store_op *redis_remove_user(struct store *store, const struct store_user *who,
				   struct slice except, const struct store_end *end,
				   store_done_fn *done, void *ctx);
struct store_op *redis_list_user(struct store *store, const struct store_user *who, size_t limit,
				 store_done_fn *done, void *ctx);
struct store_op *redis_block_user(struct store *store, const struct store_user *who,
				  const struct store_block *block, store_done_fn *done, void *ctx);
struct store_op *redis_unblock_user(struct store *store, const struct store_user *who,
				    struct slice actor, store_done_fn *done, void *ctx);

/* redis_list.c */

struct store_op *redis_list(struct store *store, const struct store_listing *asked,
			    store_done_fn *done, void *ctx);
struct store_op *redis_count(struct store *store, const struct filter *filter, store_done_fn *done,
			     void *ctx);

/* redis_roster.c */

struct store_op *redis_users(struct store *store, const struct store_user_listing *asked,
			     store_done_fn *done, void *ctx);

/* redis_examine.c */

struct store_op *redis_examine(struct store *store, store_done_fn *done, void *ctx);

/* redis_due.c */

struct store_op *redis_expire_due(struct store *store, size_t limit, store_done_fn *done,
				  void *ctx);

/* redis_beat.c */

struct store_op *redis_health(struct store *store, store_done_fn *done, void *ctx);
SG_MUST_CHECK int redis_beat_open(struct redis_store *st);
void redis_beat_close(struct redis_store *st);
/* A redis_moved_fn; ctx is the store. */
void redis_beat_served(void *ctx, const bool buckets[REDIS_BUCKETS]);

#endif
