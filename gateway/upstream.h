/* upstream.h - one connection to a server of an application, and the one exchange on it. Between
 * server.c, which decides, and the socket.
 *
 *   CONNECTING --> BUSY <--> IDLE
 *        |          |         |
 *        +----------+---------+--> CLOSED
 *
 * Owner    the server's lists; freed at the end of the turn in which it was closed.
 * Thread   the worker's. */
#ifndef SG_UPSTREAM_H
#define SG_UPSTREAM_H

#include "gateway/exchange.h"
#include "gateway/fcgi.h"
#include "gateway/turn.h"

struct event;
struct server;

enum upstream_state { UPSTREAM_CONNECTING, UPSTREAM_BUSY, UPSTREAM_IDLE, UPSTREAM_CLOSED };

struct upstream {
	struct link idle_link, fresh_link; /* of the server's: see server.h */
	struct server *server;
	struct worker *worker;
	enum upstream_state state;
	int fd;
	struct event *readable, *writable;
	bool reading, writing;
	bool paused;        /* the exchange has no room */
	bool keep_conn;     /* what BEGIN asked for */
	bool reused;        /* it served a request before this one */
	bool doomed;        /* the loop cannot watch it any more */
	bool broken;        /* it takes no more; an answer may still come */
	bool wrote;         /* a byte of this request has left */
	uint64_t sent;      /* bytes of it that have left */
	bool answered;      /* a byte of this answer has come */
	bool began;         /* a byte of STDOUT has come */
	bool spoke;         /* STDOUT was among it */
	bool output_closed; /* the empty STDOUT has come */
	unsigned strays;    /* records that mean nothing */
	unsigned imprint;   /* of its exchanges so far: see exchange.h */
	int64_t begun_ms;   /* this exchange's BEGIN */
	struct fcgi_decoder decoder;
	struct buffer out;
	struct exchange *exchange;
	struct chore chore; /* write; or, when closed, free */
	struct deadline idle;
};

enum upstream_opened {
	UPSTREAM_OPENED,
	UPSTREAM_REFUSED, /* errno says why */
	UPSTREAM_FULL,    /* the listen queue */
	UPSTREAM_WANTING, /* no descriptor, or no memory; errno says which */
};

/* Connect for e. OPENED: the connection is the exchange's now, perhaps still connecting, perhaps
 * failed again and reported as such. */
enum upstream_opened upstream_open(struct server *server, struct exchange *e);
/* Take an idle one for e. False: it was stale and is closed. */
bool upstream_reuse(struct upstream *u, struct exchange *e);
/* The exchange is over and the connection good for another one. */
void upstream_keep(struct upstream *u);
/* More may be appended, or room is there again. */
void upstream_push(struct upstream *u);
void upstream_resume(struct upstream *u);
/* Unix sockets: has the other side read all that was written? It has accepted the connection then. */
bool upstream_is_read(const struct upstream *u);
/* Close; its exchange, if any, is let go without a word. */
void upstream_close(struct upstream *u);

#endif
