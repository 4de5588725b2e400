/* redis_call.h - one command to Redis and what becomes of it. It is kept as it goes over the wire, so that it can be
 * sent once more: elsewhere (MOVED, ASK), or with a script's text where its hash is not known (NOSCRIPT).
 * Owner    the caller. From redis_net_send() or redis_link_send() on it is lent, until its answer: that comes once, and
 *          never before the call has returned. Who loses interest sets .answer to a function that only gives the call
 *          back; a call cannot be taken back, since Redis will answer it.
 * Memory   redis_call_begin() keeps what the wire had, so that a call that is used again allocates nothing.
 * Thread   the loop's. */
#ifndef SG_REDIS_CALL_H
#define SG_REDIS_CALL_H

#include "backends/redis_reply.h"
#include "base/list.h"

enum redis_fate {
	REDIS_ANSWERED, /* by Redis, be it with an error */
	REDIS_UNSENT,   /* nothing of it has reached a server: nothing has happened */
	REDIS_LOST,     /* it was sent, and its answer did not come */
};

struct redis_call;
struct redis_script;

/* reply: only with REDIS_ANSWERED, borrowed for the length of the callback. The call is in nobody's list by then: it may
 * be sent again, or freed. */
typedef void redis_answer_fn(struct redis_call *call, enum redis_fate fate,
			     const struct redis_reply *reply);

struct redis_call {
	struct link link;    /* of whom it is lent to */
	unsigned bucket;     /* that all its keys are in (redis_keys.h): who serves that is asked */
	bool question;       /* changes nothing: it may be asked again though it was sent */
	bool confirm;        /* is not answered before replicas have it, where so is set */
	unsigned redirected; /* redis_net.c's */
	int64_t again_until_ms; /* the same, monotonic: it was told to try again; 0: not yet */
	bool asking;            /* the same: ASKING goes before it */
	bool asked;             /* redis_link.c's: ASKING was answered */
	bool held;              /* the same: its answer waits for that of WAIT */
	bool loading;           /* the same: with the script's text */
	int64_t sent_ms; /* the same, monotonic; before that: when it was given to the link */
	redis_answer_fn *answer;
	const struct redis_script
		*script; /* EVALSHA and its hash go before the arguments; NULL: nothing does */
	unsigned argument_count;
	struct buffer arguments; /* as RESP has them */
	bool no_memory;          /* an argument is missing */
};

/* Zeroed before the first time. */
void redis_call_begin(struct redis_call *call, unsigned bucket, const struct redis_script *script,
		      redis_answer_fn *answer);
/* Want of memory is kept in the call, which then is UNSENT. */
void redis_call_add(struct redis_call *call, struct slice argument);
void redis_call_add_number(struct redis_call *call, int64_t number);
/* Epochs and save ids: 64 random bits. */
void redis_call_add_u64(struct redis_call *call, uint64_t number);
/* The number of keys and the keys of another call of a script, which come first, are those of this one, that has none yet. */
void redis_call_add_keys_of(struct redis_call *call, const struct redis_call *other);
/* Append it to what a server is sent: ASKING, if so is set, and the command; with the script's text while it is loading.
 * After SG_ENOMEM a part of it may be there. */
SG_MUST_CHECK int redis_call_write(const struct redis_call *call, struct buffer *out);
/* It has been answered, and nobody knows when it is used again: much memory is given back. */
void redis_call_rest(struct redis_call *call);
/* What it was filled with is overwritten: it may have held what a visitor has. */
void redis_call_fini(struct redis_call *call);

#endif
