/* ticket.h - what an application shows to the session API: 32 random bytes, of which only the worker knows that has
 * made them for one request (application.md section 9). While the request runs a ticket stands for it; after its end
 * for the session that it had, which it knows by name alone, and no longer than TICKET_LATE_MS.
 *
 * What is saved for one request is saved one after the other, so that nothing of it conflicts: what its calls ask for
 * (session_call.h) in their order, and what the header of its answer asks for when the calls are over that came
 * before it.
 *
 * Owner    shared, by references: the table's, and each call's. A request borrows its ticket until ticket_part().
 * Bounded  one for each request in flight. Of those whose request has ended the earliest go first, when there are more
 *          than TICKETS_LATE; each takes no more than its struct.
 * Callback at the end of a turn, never from within a call.
 * Thread   the worker's. */
#ifndef SG_TICKET_H
#define SG_TICKET_H

#include "backends/buckets.h"
#include "base/base64url.h"
#include "base/request_id.h"
#include "gateway/answer.h"
#include "gateway/deadline.h"
#include "gateway/save.h"
#include "gateway/turn.h"

enum {
	TICKET_BYTES = 32,
	TICKET_CHARS = BASE64URL_CHARS(TICKET_BYTES),
	TICKET_CALLS = 1000,    /* so many may be made with it */
	TICKET_LATE_MS = 30000, /* so long it is good after the end of its request */
	TICKETS_LATE = 65536,
};

struct request;
struct session_call;

typedef void ticket_turn_fn(struct request *r);

/* What the visitor is to be told of his token when the header goes out. */
struct ticket_news {
	enum save_token answer;
	struct token token; /* with SAVE_TOKEN_SEND, and how long a browser is to keep it */
	int64_t age_s;
};

struct tickets {
	struct buckets table;
	struct queue late; /* struct ticket: those whose request has ended, the earliest first */
	size_t late_count;
	struct deadlines *deadlines;
	struct turn *turn;
	struct store *store;
	struct deadline sweep;
};

struct ticket {
	struct tickets *all;
	struct bucket_link bucket;
	unsigned references;
	char text[TICKET_CHARS];
	unsigned shown; /* so often */

	struct chore chore;           /* sees whose turn it is */
	struct session_call *running; /* at most one */
	struct queue waiting;         /* struct session_call */
	ticket_turn_fn *
		turn; /* the request's, when those are over that came before; NULL: it does not wait */
	bool saving;             /* it is the request's turn, until ticket_yield() */
	enum problem refusal;    /* what it is answered then; request.c's */
	bool changed;            /* calls have changed something before the header went out */
	struct ticket_news news; /* and left this to be said in it */

	struct request *request; /* NULL: it has ended, and what follows is what is left of it */
	struct link late_link;
	int64_t late_until_ms;       /* monotonic */
	const struct config *config; /* a reference */
	const struct config_route *route;
	char session_id[TOKEN_ID_CHARS]; /* and what its epoch was; '\0': it had none */
	uint64_t epoch;
	uint64_t fence; /* of the lock that it had; 0: none */
	char request_id[REQUEST_ID_BYTES];
};

void tickets_open(struct tickets *all, struct deadlines *deadlines, struct turn *turn);
/* All requests and calls have ended. */
void tickets_close(struct tickets *all);

/* One for the request. SG_ERANDOM, SG_ENOMEM. */
SG_MUST_CHECK int ticket_issue(struct tickets *all, struct request *request, struct ticket **out);
/* The request has ended, and no call runs. NULL is fine. */
void ticket_part(struct ticket *t);
/* Somebody shows it, once more. NULL: there is none, or it is not good any more. */
struct ticket *ticket_show(struct tickets *all, struct slice text);

/* Only a look, which is no call. */
struct ticket *ticket_find(const struct tickets *all, struct slice text);
/* Of its request, which may have ended. */
const struct config_route *ticket_route(const struct ticket *t);
const struct config *ticket_config(const struct ticket *t);
const char *ticket_request_id(const struct ticket *t);
/* After the request's end: the id of the session that it had. Empty: none. */
struct slice ticket_session(const struct ticket *t);

struct ticket *ticket_ref(struct ticket *t);
void ticket_unref(struct ticket **t);

/* --- whose turn it is --- */

/* The request wants to save, or to be answered. True: its turn is now. False: turn(request) is called when the calls
 * are over that came before; an earlier claim is forgotten. NULL: there is nobody to wait for. */
bool ticket_claim(struct ticket *t, ticket_turn_fn *turn);
/* That is done, or not wanted any more: the calls go on. NULL is fine. */
void ticket_yield(struct ticket *t);
/* A call joins: session_call_run() when it is its turn. */
void ticket_join(struct ticket *t, struct session_call *call);
/* A call is over, or leaves before its turn. */
void ticket_leave(struct ticket *t, struct session_call *call);
/* A call runs, which needs the request, whether or not that has ended. NULL: no. */
static inline bool ticket_busy(const struct ticket *t)
{
	return t != NULL && t->running != NULL;
}

#endif
