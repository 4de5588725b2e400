/* caller.h - an application's end of one connection to the session API: what it has asked, what it is answered, and
 * whether that may be answered to what it has asked.
 * Claims   answers are HTTP as long as they say; each request that is whole gets one, in its order, and nothing else
 *          does, but for one that is refused before it is whole; after "Connection: close" there is nothing more;
 *          only who shows a ticket that an application was given is told a session, or has changed one; who says
 *          nothing more is hung up on.
 * Owner    the caller of these: caller_open(), caller_close(). */
#ifndef SG_FUZZ_CALLER_H
#define SG_FUZZ_CALLER_H

#include "base/buffer.h"

enum { CALLER_REQUESTS = 128 };

struct caller_request {
	bool reads;   /* GET */
	bool trusted; /* with a ticket that an application was given */
};

struct caller {
	int fd;
	bool reading;  /* takes what comes */
	bool closed;   /* by the gateway */
	bool left;     /* it has said, or shown, that it takes no more */
	bool silenced; /* an answer was the last one */
	bool nonsense; /* what it has said since is no request */
	struct buffer said, told;
	size_t scanned;
	bool lost_count; /* more requests than we keep books of */
	bool invited;    /* may be, to send the body that has not come */
	struct caller_request requests[CALLER_REQUESTS]; /* those that were whole */
	size_t asked, answered;
};

void caller_open(struct caller *c, int fd);
/* As much as the socket takes. */
void caller_say(struct caller *c, struct slice bytes);
/* A request with a ticket; length is what it says of its body. */
void caller_put_request(struct buffer *out, const char *method_and_path, struct slice ticket,
			size_t length);
/* Take what has come; was it anything? */
bool caller_listen(struct caller *c);
/* Time enough has passed for everything: claims that nothing is owed. */
void caller_expect_end(const struct caller *c);
void caller_close(struct caller *c);

#endif
