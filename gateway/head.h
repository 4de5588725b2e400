/* head.h - the header block of a response: parsed strictly from an application's STDOUT (RFC 3875
 * section 6, RFC 9110 section 5), changed by us, written canonically.
 * Owner    the request; fields live in its arena or borrow from the block's bytes.
 * Thread   the worker's. */
#ifndef SG_HEAD_H
#define SG_HEAD_H

#include "base/arena.h"
#include "base/buffer.h"

struct head_field {
	struct slice name, value;
};

struct head {
	struct arena *arena;
	unsigned status;           /* 200 to 999 */
	struct slice phrase;       /* "Not Found"; may be empty */
	struct head_field *fields; /* without Status, Content-Length and hop-by-hop ones */
	size_t count, room;
	int64_t content_length; /* -1: the application said none */
};

/* An empty 200. */
void head_init(struct head *head, struct arena *arena);

/* How long is the header block at the front of bytes, its blank line included? 0: not whole yet.
 * scanned is where the last call stopped, 0 at first: no byte is looked at twice. Lines end in CRLF
 * or LF, also mixed. */
size_t head_find_end(struct slice bytes, size_t *scanned);

/* Parse a whole block of that length. "HTTP/1.1 202 Text" as first line is taken as Status. An
 * empty block is a 200. Location without Status is 302. Connection, Keep-Alive, Proxy-*, TE,
 * Trailer, Transfer-Encoding, Upgrade are dropped. Equal Content-Lengths are one, different ones
 * malformed.
 *  1  parsed
 *  0  a 1xx block: forget it and read on
 *  SG_EFORMAT (502; *reason says why and quotes nothing), SG_ENOMEM */
SG_MUST_CHECK int head_parse(struct head *head, struct slice block, const char **reason);

/* The first value under name, nocase; ptr NULL when there is none. */
struct slice head_get(const struct head *head, struct slice name);
/* name and value must outlive the head, or be in its arena. SG_ENOMEM. */
SG_MUST_CHECK int head_add(struct head *head, struct slice name, struct slice value);
/* One field of that name, in the place of all there were. */
SG_MUST_CHECK int head_set(struct head *head, struct slice name, struct slice value);
/* How many went. */
size_t head_remove(struct head *head, struct slice name);

/* May a response of this status to this method carry a body? */
bool head_allows_body(unsigned status, struct slice method);

/* Append the block: Location first (HAProxy), then Status, Content-Length if known, the fields,
 * CRLF CRLF. */
SG_MUST_CHECK int head_write(const struct head *head, struct buffer *out);

/* The standard phrase of a status (RFC 9110 section 15); "" for an unknown one. */
const char *head_phrase(unsigned status);

#endif
