/* chunks.h - a body in chunks (RFC 9112 section 7.1), taken apart as it comes. Extensions and trailers are skipped.
 * Thread   any. Knows no socket. */
#ifndef SG_CHUNKS_H
#define SG_CHUNKS_H

#include "base/buffer.h"

enum chunks_state {
	CHUNKS_SIZE, /* the line before a chunk: zeroed is where a body begins */
	CHUNKS_DATA,
	CHUNKS_DATA_END, /* the empty line behind it */
	CHUNKS_TRAILER,
	CHUNKS_WHOLE,
};

struct chunks {
	enum chunks_state state;
	size_t left;          /* of the chunk that is being read */
	size_t trailer_bytes; /* that were skipped */
};

/* Move what has come from the front of in to the tail of body: no chunk that would make it more than max_bytes, which need
 * not be the same each time.
 *  1  the body is whole; what follows it stays in in
 *  0  more is needed
 *  SG_EFORMAT not chunks, SG_ELIMIT more than max_bytes, SG_ENOMEM: the connection is of no use any more */
SG_MUST_CHECK int chunks_read(struct chunks *c, struct buffer *in, struct buffer *body,
			      size_t max_bytes);

#endif
