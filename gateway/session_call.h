/* session_call.h - one call of the session API: a session read, or changed, with a ticket (application.md section 9).
 * The calls of one ticket run one after the other; what they save is the request's own, so neither they nor the
 * answer's directives conflict.
 * Owner    itself: it goes after done, or with session_call_stop(). Who asked may forget it before
 *          (session_call_forget): what it changes is changed all the same.
 * Callback done comes once, at the end of a turn or from the store, never from within session_call_read() or
 *          session_call_change().
 * Thread   the worker's. */
#ifndef SG_SESSION_CALL_H
#define SG_SESSION_CALL_H

#include "gateway/directive.h"
#include "gateway/ticket.h"

struct worker;

/* OK, or a problem. */
struct session_call_outcome {
	bool ok;
	enum problem problem;
	struct slice
		json; /* with ok: what was read; empty: what was asked for is done. For the length of the callback */
	const char *request_id;
};

typedef void session_call_done_fn(void *ctx, const struct session_call_outcome *outcome);

struct session_call {
	struct link link;         /* of its ticket's, while it waits */
	struct link running_link; /* of the worker's */
	struct worker *worker;
	struct ticket *ticket; /* a reference */
	bool behind;           /* came when its request wanted to save already */
	bool changes;
	session_call_done_fn *done;
	void *ctx;

	struct arena arena;
	struct directives directives;
	struct lookup *lookup; /* the request's, or after its end one of the arena */
	struct wish wish;
	struct save save;
	struct store_op *op; /* of a read */
	struct deadline deadline;
};

/* The ticket's session as JSON. SG_ENOMEM. */
SG_MUST_CHECK int session_call_read(struct worker *w, struct ticket *ticket,
				    session_call_done_fn *done, void *ctx,
				    struct session_call **out);
/* What the JSON object asks for; it is copied. SG_EFORMAT, SG_ELIMIT: it asks for what nobody can; logged. SG_ENOMEM. */
SG_MUST_CHECK int session_call_change(struct worker *w, struct ticket *ticket, struct slice json,
				      session_call_done_fn *done, void *ctx,
				      struct session_call **out);
/* done will not be called; the call goes on. */
void session_call_forget(struct session_call *call);
/* Now, whatever it waits for: done is called with that problem. What was sent to the store may still be saved. */
void session_call_stop(struct session_call *call, enum problem problem);

/* For ticket.c: it is the call's turn. */
void session_call_run(struct session_call *call);

static inline struct session_call *session_call_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct session_call, link);
}

#endif
