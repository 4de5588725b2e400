/* save.h - a wish turned into one step of the store, and what the visitor is told of it (application.md section 3).
 *
 *	Logout others       first the others end, in a step of its own
 *	Logout              remove
 *	no session          create, for Login and for what stores something
 *	of a former one     create, unless one was made of that before: no session, nor a token, and while parallel
 *	                    requests of the same visitor may be on their way, as with a stale token. Of one that
 *	                    holds nothing none is made, but that is asked all the same
 *	a session           save, guarded by the epoch that was loaded; a Login whose guard fails creates
 *	nothing to say      a touch when one is due, else no write at all
 *
 * A step whose answer was lost (UNCERTAIN) is repeated until the save is given up; but for a touch.
 *
 * Owner    the request: zero it, fill the first part, begin; save_fini() cancels and wipes.
 * Borrow   lookup, wish, params and visitor, until the save is over.
 * Thread   the worker's. */
#ifndef SG_SAVE_H
#define SG_SAVE_H

#include "gateway/decisions.h"
#include "gateway/retry.h"
#include "gateway/visitor.h"
#include "gateway/wish.h"

enum save_verdict {
	SAVE_FINE,
	SAVE_OVER_LIMIT, /* nothing was saved */
	SAVE_BLOCKED,    /* a Login of a user who is blocked; nothing was saved */
	SAVE_FULL, /* a Login of a user who has as many sessions as he may; nothing was saved */
	SAVE_UNAVAILABLE, /* nothing was saved, or nobody knows */
};

enum save_token {
	SAVE_TOKEN_NONE,
	SAVE_TOKEN_SEND,
	SAVE_TOKEN_CLEAR,
};

typedef void save_done_fn(void *ctx);

struct save {
	struct store *store;
	struct deadlines *deadlines;
	const struct config *config;
	const struct config_route *route;
	struct lookup *lookup; /* its lock goes with a save */
	const struct wish *wish;
	const struct params
		*params; /* and visitor: where the request comes from; NULL: nobody says */
	const struct visitor *visitor;
	const char *who; /* for the log */
	struct decisions *
		decisions; /* where it is noted what was not saved, and what ended; NULL: nowhere */
	bool keeps_lock;   /* more is saved after this */
	bool unread; /* nobody will look at the attributes of the outcome: they may have no values */
	save_done_fn *done; /* called later, if save_begin() said so */
	void *ctx;

	struct store_op *op;
	/* what is sent again, the same, when an answer was lost */
	struct retry retry;
	bool (*step)(struct save *s);
	uint64_t save_id;
	const struct session *newborn; /* a reference */
	struct renewal renewal;

	/* the outcome */
	enum save_verdict verdict;
	bool marked; /* the wish's mark stood there already: nothing was saved */
	bool late; /* the session has ended, its epoch has moved or its lock was lost: nothing was saved in it */
	bool touch;   /* nobody asked for the save: nothing depends on it */
	bool skipped; /* it was one, and not worth a write */
	enum save_token answer;
	struct token token;            /* with SAVE_TOKEN_SEND */
	const struct session *session; /* as it is stored now, if that is known; a reference */
};

/* True: wait for done. False: the outcome is there. */
bool save_begin(struct save *s);
/* What else the request saves goes on from the outcome: the lookup has found what is stored now. */
void save_follow(struct save *s);
/* With SAVE_TOKEN_SEND: how long a browser is to keep the token, in seconds; -1: until it ends. */
int64_t save_token_age_s(const struct save *s);
/* It has taken too long, and done is called now: as if the store had said that it cannot. A touch goes on until
 * save_stop(), unheard. */
void save_give_up(struct save *s);
/* Silence: done will not be called. What was sent may still be saved. */
void save_stop(struct save *s);
void save_fini(struct save *s);

#endif
