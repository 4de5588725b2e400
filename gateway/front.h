/* front.h - one connection from a web server: bytes in, bytes out, and how it ends. What the
 * records say is demux.c's.
 *
 * Several requests may share it, so reading stops for all when one of them has no room, and the
 * visible cut of one answer waits for the others. While we do not read, nobody's time runs out for
 * what we have not read.
 * Owner    itself: it goes when it is closed and its requests have ended.
 * Close    after the last answer it says EOF first and reads on for a moment: a close with unread
 *          bytes would reset the connection, and several web servers then lose a complete answer.
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

/* What is read away of streams whose requests have their answer, without any progress between. */
enum { FRONT_IDLE_BYTES = 64 * 1024 * 1024 };

struct front {
	struct link link;         /* of the worker's */
	struct link idle_link;    /* of the worker's, while no request is there */
	int64_t idle_since_ms;    /* monotonic */
	struct link stalled_link; /* of the worker's, while out waits for room */
	int64_t stalled_since_ms;
	struct worker *worker;
	int fd;
	bool tcp;
	enum front_state state;
	struct event *readable, *writable;
	bool reading;    /* readable is added */
	bool writing;    /* writable is added: the last write was short */
	bool input_over; /* EOF came */
	bool asked;      /* it has had a request */
	bool leave;      /* a request without KEEP_CONN has ended: close with the last one */
	bool unread;     /* a request ended before its STDIN did: more of it may be under way */
	bool full;       /* out was over its mark; requests wait until it is well below */
	int64_t deaf_since_ms;   /* monotonic: not reading since; 0: reading */
	int64_t deaf_ms;         /* not reading before that, in sum */
	int64_t record_since_ms; /* since when the record under way has been coming; 0: since now */
	int64_t probed_ms; /* when a TCP peer was last asked whether it is there at all; 0: never */
	struct fcgi_decoder decoder;
	struct buffer out;
	struct buffer values;  /* of a GET_VALUES in pieces */
	struct link *requests; /* struct request */
	unsigned request_count;
	unsigned held;         /* so many requests have no room for more STDIN */
	unsigned idle_records; /* without progress, since the last progress */
	uint64_t idle_bytes;
	struct chore flush;
	struct deadline patience; /* for the rest of a record */
	struct deadline stall;    /* for room to write, or the peer's EOF */
	struct deadline absence;  /* not reading: is the peer still there? */
};

/* A new connection; fd is the front's from now on, also when SG_ENOMEM comes back. */
SG_MUST_CHECK int front_open(struct worker *worker, int fd, bool tcp);

/* Something was appended to front->out: write it at the end of this turn. */
void front_written(struct front *f);
/* Had out more than it should, and has not been emptied since? Whoever fills it waits for forward_on_room(). */
bool front_full(const struct front *f);
/* One request has no room for more STDIN, or has again. */
void front_hold(struct front *f);
void front_release(struct front *f);
/* For how long, in sum, has it not been reading? */
int64_t front_deaf_ms(const struct front *f);

/* A request has begun: link is its place in the list. */
void front_request_begins(struct front *f, struct link *request);
/* The request is over and unlinked; its END_REQUEST, if it gets one, is in out. keep: the web
 * server asked for KEEP_CONN. read_all: its last STDIN record has come. */
void front_request_ended(struct front *f, bool keep, bool read_all);
/* A request was answered that never became one. */
void front_request_refused(struct front *f, bool keep);
/* A request's answer was cut: that is seen when the connection closes without END_REQUEST, which it
 * does as soon as no other request runs on it. */
void front_answer_cut(struct front *f);
/* The same at once: write what is there, then close. Aborts the other requests. */
void front_cut(struct front *f);
/* A request whose answer is not cut; NULL: there is none. */
struct request *front_running(const struct front *f);
/* The worker drains: end it if nothing is going on. */
void front_retire(struct front *f);
/* Somebody waits to be let in, and there is no room: close the connection that has been idle longest,
 * if that is limits.header_timeout at least. False: there is none. */
bool front_make_room(struct worker *worker);
/* Where memory is scarce, close those that have long taken nothing of an answer that is larger than
 * its share, until it is not scarce any more. */
void front_relieve(struct worker *worker);
/* The peer broke the rules: say so in the log, and close. */
void front_protocol_error(struct front *f, const char *what);
/* Close at once. Requests are aborted. */
void front_close(struct front *f);

#endif
