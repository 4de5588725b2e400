/* exchange.h - one request's time with an application: queued, then on a connection of its own
 * until END_REQUEST. One request at a time on a connection, never pipelined: libfcgi, Perl and
 * fcgiwrap lose the second one without a word.
 * Owner    the caller, by value; it is lent from exchange_start() until ended, failed or
 *          exchange_stop().
 * Thread   the worker's. */
#ifndef SG_EXCHANGE_H
#define SG_EXCHANGE_H

#include "base/buffer.h"
#include "base/list.h"
#include "gateway/deadline.h"

#include <limits.h>

struct application;
struct exchange;
struct upstream;

/* One at a time on a connection: no other number is ever needed. */
enum { EXCHANGE_REQUEST_ID = 1 };
#define EXCHANGE_IMPRINT_OTHER UINT_MAX

#define EXCHANGE_FAILURES(X)                                                    \
	X(UNREACHABLE, "no server of the application could be reached")         \
	X(BACKLOG_FULL, "the listen queue of the application stayed full")      \
	X(QUEUE_FULL, "the application's queue is full")                        \
	X(QUEUE_TIMEOUT, "waited too long for a connection to the application") \
	X(CONNECT_TIMEOUT, "connecting to the application took too long")       \
	X(READ_TIMEOUT, "the application did not answer in time")               \
	X(LOST, "the application closed the connection")                        \
	X(PROTOCOL, "the application does not speak FastCGI as it should")      \
	X(ROLE, "the application does not know the Responder role")             \
	X(MEMORY, "out of memory")

enum exchange_failure {
#define EXCHANGE_FAILURE(name, text) EXCHANGE_##name,
	EXCHANGE_FAILURES(EXCHANGE_FAILURE)
#undef EXCHANGE_FAILURE
		EXCHANGE_FAILURE_COUNT
};
const char *exchange_failure_text(enum exchange_failure why);

/* What happens to an exchange; called from the loop, never from within exchange_start(). */
struct exchange_ops {
	/* A connection is there: append BEGIN, PARAMS and what there is of the body. Comes again when the
	 * request is repeated on another connection. SG_ENOMEM. */
	int (*begin)(struct exchange *e, struct buffer *out, bool keep_conn);
	/* The connection has written what it had: append more of the body, if there is any. SG_ENOMEM. */
	int (*more)(struct exchange *e, struct buffer *out);
	/* A run of the application's output, borrowed for the call. False: read no more until
	 * exchange_resume(); what was read already still comes. The exchange may be stopped in here. */
	bool (*output)(struct exchange *e, struct slice bytes);
	bool (*complaint)(struct exchange *e, struct slice bytes); /* STDERR; as output() */
	/* The last word: END_REQUEST, or a failure. The exchange is over. */
	void (*ended)(struct exchange *e, uint32_t app_status);
	void (*failed)(struct exchange *e, enum exchange_failure why);
};

struct exchange {
	const struct exchange_ops *ops;
	struct application *application; /* a reference, while it runs; NULL before and after */
	struct upstream *upstream;       /* NULL: queued */
	struct link queued;              /* of the application's */
	struct deadline deadline;
	int64_t read_timeout_ms;
	bool heading; /* until its owner says otherwise only the first byte of output is a sign of life */
	bool imprinted; /* when begin() is called: the connection's last imprint is this one */
	/* What begin() leaves with the process behind the connection, for what follows there: a number that stands for it, 0
	 * for nothing, EXCHANGE_IMPRINT_OTHER for what has no number. Its owner's. */
	unsigned imprint;
	int64_t read_since_ms; /* monotonic: the last sign of life, or when we began to wait for one */
	uint64_t tried;        /* servers, as bits */
	bool idempotent; /* GET, HEAD, OPTIONS, TRACE: may be repeated once on a fresh connection */
	bool rewindable; /* begin() can give everything again; its owner keeps this true or false */
	bool given; /* begin() and more() have given all, the end of STDIN included; theirs too */
	bool repeated;
	bool backlogged;           /* some server's listen queue was full at the last attempt */
	bool timed_out_connecting; /* some server did not answer the connect in time */
};

/* Ask for the application. The struct is the caller's and stays until ended, failed or
 * exchange_stop(); ops, read_timeout_ms, idempotent, rewindable and imprint are set, the rest is zero. */
void exchange_start(struct exchange *e, struct application *application);
/* There is more body: the connection calls more(). Nothing while queued. */
void exchange_push(struct exchange *e);
/* output() said to wait; now there is room again. */
void exchange_resume(struct exchange *e);
/* Over, without a callback: the connection is closed, not kept. Nothing when it does not run. */
void exchange_stop(struct exchange *e);

#endif
