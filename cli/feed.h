/* feed.h - server-sent events, taken apart: https://html.spec.whatwg.org/multipage/server-sent-events.html. Knows no socket.
 * Owner    the struct is the caller's: zeroed, with on_event and ctx; feed_fini().
 * Thread   the main one. */
#ifndef SG_FEED_H
#define SG_FEED_H

#include "base/buffer.h"

enum { FEED_LINE_BYTES = 1048576 }; /* no line is longer */

/* data is borrowed for the length of the call. */
typedef void feed_fn(void *ctx, struct slice data);

struct feed {
	feed_fn *on_event;
	void *ctx;
	struct buffer line;    /* as far as it has come */
	struct buffer data;    /* of the event that is being read */
	struct buffer id;      /* of the last one that had one: where to go on */
	struct buffer next_id; /* of the event that is being read */
	bool after_return;     /* a line has just ended with CR: an LF behind it is the same end */
};

/* The next bytes, in any pieces. SG_ELIMIT: this is no feed of ours. */
SG_MUST_CHECK int feed_take(struct feed *f, struct slice bytes);
/* It broke off: what was half read will come again. */
void feed_restart(struct feed *f);
void feed_fini(struct feed *f);

#endif
