/* request.h - one FastCGI request, from its BEGIN_REQUEST to its END_REQUEST.
 *
 *   READ_PARAMS --> LOAD --> READ_BODY --> FORWARD --> SAVE --> RESPOND --> DONE
 *        |           |           |            |          |         ^         ^
 *        +-----------+-----------+------------+----------+---------+         |
 *                         request_fail(): an answer of our own               |
 *        any state, when the web server goes away ---------------------------+
 *        RESPOND --> CUT, an answer that cannot be completed ----------------+
 *
 * The reply waits for SAVE: a browser that has seen the cookie must find the session. What only asks for
 * a decision (authorizer.h) goes from LOAD to SAVE, which touches, and on to RESPOND.
 * Owner    the front connection lists it; it frees itself with DONE, at the end of the turn.
 * Thread   the worker's. */
#ifndef SG_REQUEST_H
#define SG_REQUEST_H

#include "base/request_id.h"
#include "gateway/answer.h"
#include "gateway/application.h"
#include "gateway/body.h"
#include "gateway/directive.h"
#include "gateway/generation.h"
#include "gateway/lookup.h"
#include "gateway/response.h"
#include "gateway/save.h"
#include "gateway/turn.h"
#include "gateway/visitor.h"

struct front;
struct self_service;
struct worker;

/* state, its log name, whom we wait for */
#define REQUEST_STATES(X)                                           \
	X(READ_PARAMS, "read-params", "the web server")             \
	X(LOAD, "load", "the store")                                \
	X(READ_BODY, "read-body", "the web server")                 \
	X(FORWARD, "forward", "the application")                    \
	X(SAVE, "save", "the store")                                \
	X(RESPOND, "respond", "the application and the web server") \
	X(CUT, "cut", "the other requests of the connection")       \
	X(DONE, "done", "nobody")

enum request_state {
#define REQUEST_STATE(name, text, whom) REQUEST_##name,
	REQUEST_STATES(REQUEST_STATE)
#undef REQUEST_STATE
};

/* Where the time went, in microseconds: LOAD and SAVE are the store's, FORWARD and RESPOND the
 * application's, the rest is the gateway's and the web server's. */
struct request_times {
	int64_t begun_us;
	int64_t state_since_us;
	int64_t store_us, application_us;
};

struct request {
	struct link link; /* of the front's */
	struct front *front;
	struct worker *worker;
	struct generation *generation;
	uint16_t id;
	bool keep_conn;
	bool authorizes; /* is to be decided, by authorizer.h; not known of a route's mode before there is a route */
	enum request_state state;

	struct arena arena;
	struct buffer pairs; /* what PARAMS records brought */
	struct params params;
	struct visitor visitor;
	char request_id[REQUEST_ID_BYTES];
	struct slice method, path;
	const struct config_route *route;

	struct body body;
	bool stdin_ended; /* the last STDIN record has come */
	bool held;        /* the front waits for room in body */
	bool asked;       /* the application was */
	bool refused;     /* the answer is a problem of our own */
	bool notes;       /* its application may send some (session_note.h) */

	struct lookup lookup;
	struct directives directives;
	struct wish wish;
	struct save save;
	struct self_service *self_service; /* what asks for that */
	struct ticket *ticket; /* what the application may show to the session API; NULL: none */
	struct exchange exchange;
	struct response response;

	struct deadline deadline; /* of the state */
	struct deadline upload;   /* limits.body_rate */
	/* what has been coming in, be it PARAMS or STDIN, is measured by the time in which we listened */
	int64_t listening_since_ms; /* monotonic */
	int64_t deaf_before_ms;     /* the front's, at that time */
	int64_t heard_ms;           /* by that measure: when the last of STDIN came */
	size_t complaint_bytes;     /* of STDERR, logged so far */
	struct request_times times;
	struct chore chore; /* frees it */
};

/* BEGIN_REQUEST of a Responder, or of an Authorizer: counted and listed, until it ends. NULL: no memory. PARAMS are arrival.h's,
 * STDIN is intake.h's. */
struct request *request_new(struct front *front, uint16_t id, bool authorizer, bool keep_conn);

/* The web server wants no answer any more (ABORT_REQUEST, or it is gone): answer with a bare
 * END_REQUEST if it can be told, stop everything. */
void request_abort(struct request *r, bool answer);

/* For its session_call: what the request has ended without waiting for is over. */
void request_release(struct request *r);

static inline struct request *request_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct request, link);
}

static inline bool request_is_cut(const struct request *r)
{
	return r->state == REQUEST_CUT;
}

static inline bool request_reads_params(const struct request *r)
{
	return r->state == REQUEST_READ_PARAMS;
}

/* --- for the request's parts: arrival, admission, intake, forward, authorizer --- */

/* The only place where the state changes. */
void request_enter(struct request *r, enum request_state next);
/* In SAVE: others are waited for, who have deadlines of their own. */
void request_wait(struct request *r);
/* SAVE what r->wish asks for; done(r) comes now or later. */
void request_save(struct request *r, save_done_fn *done);
/* Answer a problem, logged already; or cut the answer, when it has begun. Ends the request. */
void request_refuse(struct request *r, enum problem problem);
/* The same, and log why. */
void request_fail(struct request *r, enum problem problem, const char *why);
/* The same, for want of memory. */
void request_out_of_memory(struct request *r);
/* Put into the head what calls of the session API have left for it to say. SG_ENOMEM. */
SG_MUST_CHECK int request_tell(struct request *r);
/* The head is settled and may go, with what there is of the body; from any state. */
void request_respond(struct request *r);
/* The head is out, and the application has said all, or died. Ends the request, when what it has noted of the session
 * is saved. */
void request_finish(struct request *r);

#endif
