/* call.h - one call of the admin API, from its head to its answer. Knows no HTTP library: daemon.c brings the request and
 * takes the answer away.
 *
 *	READING ──► RUNNING ──► ANSWERED
 *	   └────────────────────────►┘	what is refused is read to its end all the same, and thrown away
 *
 * An endpoint's run() either answers (call_answer…, call_refuse…), or asks the store something (call_wait) whose callback
 * will. A call is answered once.
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
/* A piece of the body. */
void call_take(struct call *c, struct slice bytes);
/* The request is whole. */
void call_run(struct call *c);
void call_close(struct call **c); /* *c may be NULL, becomes NULL */

/* --- answers --- */

/* One more field of the answer's head; value is copied. */
void call_add_field(struct call *c, const char *name, const char *format, ...) SG_PRINTF(3, 4);
/* The object, which goes in any case, if it is whole; else "internal". */
void call_answer_json(struct call *c, unsigned status, cJSON *object, bool whole);
/* The same of a text that is JSON already; it goes, too. rc: whether it is. */
void call_answer_text(struct call *c, unsigned status, struct buffer *json, int rc);
/* And of a text of another type, which lasts. */
void call_answer_text_as(struct call *c, unsigned status, const char *type, struct buffer *text,
			 int rc);
void call_answer_empty(struct call *c, unsigned status);
/* With what comes from there. To HEAD: without it, and the source is closed with the call all the same. */
void call_answer_source(struct call *c, unsigned status, const char *type,
			const struct call_source *source);
/* Its source has more. */
void call_more(struct call *c);
/* Of an answer that goes on: it does not, from the next turn on. */
void call_hang_up(struct call *c);
/* By the settings that are in force now, which are the call's from now on: is it the same caller, and may he do that? */
bool call_judge_again(struct call *c);

/* detail, a sentence without its dot, says what to do. */
void call_refuse(struct call *c, enum refusal r, const char *detail);
/* The same with what is wrong one by one. */
void call_refuse_with(struct call *c, enum refusal r, const char *detail,
		      const struct refusal_error *errors, size_t count);
/* Something is wrong with a parameter, or with a member of the body: "must be 1 to 500". More may follow. */
void call_complain(struct call *c, const char *parameter, const char *detail);
/* True, and refused as invalid: there were complaints. */
bool call_refuse_complaints(struct call *c);
void call_refuse_memory(struct call *c);
/* What the caller may not do because he does not see all of it. */
void call_refuse_limited(struct call *c);
void call_refuse_no_session(struct call *c);
/* What a store's answer means that is none: unavailable, or its outcome unknown. */
void call_refuse_store(struct call *c);

/* --- what it asks the store --- */

/* Answered later, by op's callback; NULL: there was no memory for it. */
void call_wait(struct call *c, struct store_op *op);
/* Its callback has come. */
void call_woken(struct call *c);
/* The outcome of a write is unknown: ask again a little later. */
void call_again(struct call *c, call_fn *again);
/* Answered later, by then, when all is known that has happened until now; or, where that takes longer than 300 to 400 ms, what
 * is known by then. */
void call_wait_for_news(struct call *c, call_fn *then);
/* It waits, and may take as long as that from now on. */
void call_extend(struct call *c, int64_t ms);

/* --- what it says --- */

/* A number of the URL; absent: unset. What is none, or out of range, is complained about. */
uint64_t call_number(struct call *c, const char *name, uint64_t min, uint64_t max, uint64_t unset);
/* One of two words, true or false; absent: unset. */
bool call_flag(struct call *c, const char *name, bool unset);
/* Why somebody does something: of the URL, or of the body. Too long: complained about. */
void call_check_reason(struct call *c, struct slice reason);

/* What the store is told of a session that its caller ends. */
struct store_end call_end(const struct call *c);

/* Its head's If-Match, of something that has this version: true, or it was refused. */
bool call_matches(struct call *c, uint64_t version);
/* Its head's If-None-Match: true, and 304 was answered. */
bool call_unchanged(struct call *c, uint64_t version);
void call_add_etag(struct call *c, uint64_t version);

#endif
