/* front.h - one connection from a web server: records in, records out, requests between.
 *
 * Several requests may share it, so reading stops for all when one of them has no room, and a visible cut of
 * one answer is the cut of all.
 * Owner    itself: it goes when it is closed and its requests have ended.
 * Close    after the last answer it says EOF first and reads on for a moment: a close with unread bytes would
 *          reset the connection, and several web servers then lose a complete answer.
 * Thread   the worker's. */
#ifndef SG_FRONT_H
#define SG_FRONT_H

#include "base/buffer.h"
#include "gateway/deadline.h"
#include "gateway/fcgi.h"
#include "gateway/turn.h"

struct event;
struct request;
struct worker;

/* open: serving. finishing: nothing more is said once out is written. lingering: said EOF, reading on. */
enum front_state { FRONT_OPEN, FRONT_FINISHING, FRONT_LINGERING, FRONT_CLOSED };

struct front {
	struct front *next, **slot; /* of the worker's */
	struct worker *worker;
	int fd;
	bool tcp;
	enum front_state state;
	struct event *readable, *writable;
	bool reading;    /* readable is added */
	bool writing;    /* writable is added: the last write was short */
	bool input_over; /* EOF came, or nothing more can: all that was announced has come */
	bool leave;      /* a request without KEEP_CONN has ended: close with the last one */
	bool full;       /* out is over its mark; requests have been told to wait */
	struct fcgi_decoder decoder;
	struct buffer out;
	struct buffer values; /* of a GET_VALUES in pieces */
	struct request *requests;
	unsigned request_count;
	unsigned held;         /* so many requests have no room for more STDIN */
	unsigned idle_records; /* without progress, since the last progress */
	uint64_t idle_bytes;
	struct chore flush;
	struct deadline
		patience; /* for the rest of a record, for room to write, for the peer's EOF */
};

/* A new connection; fd is the front's from now on, also when SG_ENOMEM comes back. */
SG_MUST_CHECK int front_open(struct worker *worker, int fd, bool tcp);

/* Something was appended to front->out: write it at the end of this turn. */
void front_written(struct front *f);
/* Has out more than it should? Whoever fills it waits for request_on_room(). */
bool front_full(const struct front *f);
/* One request has no room for more STDIN, or has again. */
void front_hold(struct front *f);
void front_release(struct front *f);

/* The request is over and unlinked; its END_REQUEST is in out. keep: the web server asked for KEEP_CONN.
 * read_all: its last STDIN record has come. */
void front_request_ended(struct front *f, bool keep, bool read_all);
/* The answer cannot be completed: write what is there, then close without END_REQUEST, so that it is seen. */
void front_cut(struct front *f);
/* Close at once: the worker ends. Requests are aborted. */
void front_close(struct front *f);
/* Nothing is going on here. */
bool front_idle(const struct front *f);

#endif
