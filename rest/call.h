/* call.h - one call of the admin API, from its head to its answer. Knows no HTTP library: daemon.c brings the request and
 * takes the answer away.
 *
 *	READING ──► RUNNING ──► ANSWERED
 *	   └────────────────────────►┘	what is refused is read to its end all the same, and thrown away
 *
 * An endpoint's run() either answers (call_answer.h), or asks the store something whose callback will (call_wait.h). A call is
 * answered once.
 * Owner    daemon.c: call_open(), call_close(), which also ends what the store was asked.
 * Borrow   everything in it lasts as long as the call; what call_open() is given is copied.
 * Thread   the admin API's. */
#ifndef SG_CALL_H
#define SG_CALL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/json.h"
#include "base/request_id.h"
#include "rest/auth.h"
#include "rest/desk.h"
#include "rest/endpoint.h"
#include "rest/query.h"
#include "rest/refusal.h"

#include <sys/types.h>

enum {
	CALL_BODY_BYTES = 1048576,
	CALL_FIELDS = 12, /* no answer has more of its own */
	CALL_ERRORS = 16,
	CALL_REASON_CHARS = 200,
};

/* The head of a request. ptr NULL: the field is not there. */
struct call_head {
	struct slice method, target;
	struct slice authorization, content_type, request_id, if_match, if_none_match;
	struct slice last_event_id;
	struct slice origin;
	struct slice accept; /* the first of them */
	const char *fault;   /* why nobody should guess what it means; NULL: nothing is wrong */
};

struct call_field {
	const char *name, *value;
};

struct call;
typedef void call_fn(struct call *c);

/* An answer's body that comes bit by bit, for as long as it takes. */
struct call_source {
	/* Up to max bytes: how many; 0: none now, call_more() says when; -1: no more, ever. */
	ssize_t (*read)(struct call *c, char *room, size_t max);
	/* The call is over. */
	call_fn *close;
};

enum call_state { CALL_READING, CALL_RUNNING, CALL_ANSWERED };

struct call {
	struct link link; /* of desk->calls, while it waits */
	struct desk *desk;
	struct desk_terms *terms;
	const struct settings *settings;
	const struct auth_peer *peer;
	struct arena arena;
	char request_id[REQUEST_ID_BYTES];
	struct call_head head;
	const struct endpoint *endpoint; /* NULL: it asks for nothing that there is */
	struct slice subject; /* what stands in the place of the path's braces, decoded */
	struct query query;
	struct slice reason; /* why, as he says; for the audit, as are these: */
	struct slice target; /* what it is done to, where the subject does not say that */
	bool dry_run;        /* nothing is done */
	bool failed;         /* it was tried, and did not work out */
	struct auth auth;    /* its grant is NULL where nobody was asked who he is */
	struct buffer body;
	bool spilt;      /* it is larger than any may be */
	bool admitted;   /* a page of another origin calls, and may */
	bool whole;      /* the request has been read: it may be answered */
	cJSON *document; /* the body, if the endpoint wants one: an object without repeated members */
	enum call_state state;
	struct refusal_error errors[CALL_ERRORS]; /* that call_complain() has gathered */
	size_t error_count;

	/* the answer */
	unsigned status;
	const char *type; /* of its body; NULL: it has none */
	struct buffer text;
	const struct call_source *source; /* NULL: text is all of it */
	struct call_field fields[CALL_FIELDS];
	size_t field_count;

	/* while it waits */
	struct store_op *op;
	int64_t deadline_ms; /* monotonic */
	call_fn *on_silence; /* at the deadline, instead of "store-timeout" */
	call_fn *again;      /* at again_ms, instead of a store that was to be asked once more */
	int64_t again_ms;
	call_fn *on_news; /* when all is known that had happened when it asked; NULL: it does not */
	uint64_t question; /* that it has asked of the news */
	unsigned ticks;    /* that it will wait for an answer */
	void *work;        /* the endpoint's own, in the arena */
	call_fn *on_close; /* ends what work has asked the store for; NULL: nothing */

	call_fn *on_answer; /* told once, when it is answered, maybe from within call_run() */
	call_fn *on_more;   /* told after that, when there is more to read of its source */
	call_fn *on_end;    /* and when it shall be hung up on */
	void *ctx;          /* its */
};

/* SG_ENOMEM. */
SG_MUST_CHECK int call_open(struct desk *desk, const struct auth_peer *peer,
			    const struct call_head *head, struct call **out);
/* The request is whole. */
void call_run(struct call *c);
void call_close(struct call **c); /* *c may be NULL, becomes NULL */

/* What the store is told of a session that its caller ends. */
struct store_end call_end(const struct call *c);

#endif
