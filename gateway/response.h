/* response.h - an application's answer between its STDOUT and the web server's: the header block
 * gathered and parsed, the body held while the session is saved, then streamed, never longer than
 * it said. Knows bytes and no socket.
 * Owner    the request. Thread: the worker's. */
#ifndef SG_RESPONSE_H
#define SG_RESPONSE_H

#include "gateway/head.h"

struct response {
	struct buffer
		block; /* a header block that came in pieces; head borrows from it, or from the arena */
	size_t scanned;
	unsigned interim; /* 1xx blocks that were dropped */
	struct head head;
	bool started; /* the head has gone out */
	bool body_allowed;
	struct buffer held;  /* body that came before the head could go */
	int64_t left;        /* of the announced length; -1: none was announced */
	uint64_t body_bytes; /* gone out */

	bool over; /* nothing more comes from the application */
	bool lost; /* and that without END_REQUEST */
	uint32_t app_status;
};

void response_init(struct response *r, struct arena *arena);
void response_fini(struct response *r);

/* STDOUT while the head is not parsed: 1 it is now (the rest of bytes is held), 0 more is needed;
 * SG_EFORMAT (*reason says why), SG_ELIMIT: longer than max_bytes, whether whole or not; SG_ENOMEM.
 * However the bytes are cut into pieces, the outcome is the same. */
SG_MUST_CHECK int response_feed(struct response *r, struct slice bytes, size_t max_bytes,
				const char **reason);
/* STDOUT after that, while the head has to wait. */
SG_MUST_CHECK int response_hold(struct response *r, struct slice bytes);

/* Put an answer of our own in the place of whatever there is; body is taken over. */
void response_replace(struct response *r, struct buffer *body);

/* The bytes of the fields that are left: what limits.response_header_size is about. */
size_t response_head_bytes(const struct response *r);

/* Append the head and what was held, as STDOUT records. */
SG_MUST_CHECK int response_start(struct response *r, struct slice method, struct buffer *out,
				 uint16_t id);
/* Append more of the body. */
SG_MUST_CHECK int response_body(struct response *r, struct slice bytes, struct buffer *out,
				uint16_t id);

/* How does an answer end that is over? */
enum response_end {
	RESPONSE_WHOLE,
	RESPONSE_SHORT,  /* of the length it announced */
	RESPONSE_BROKEN, /* no length was announced, and the application died */
};
enum response_end response_ending(const struct response *r);

#endif
