/* http.h - HTTP/1.1 as far as the session API speaks it (RFC 9112): the head of a request read strictly, an answer
 * written. A body has a Content-Length, or is in chunks (chunks.h).
 * Borrow   what was read lasts as long as the bytes.
 * Thread   any. Knows no socket. */
#ifndef SG_HTTP_H
#define SG_HTTP_H

#include "base/buffer.h"

enum { HTTP_HEAD_BYTES = 8192 }; /* of one request */

struct http_request {
	struct slice method;
	struct slice path;          /* without query; of an absolute-form target too */
	struct slice authorization; /* its value; ptr NULL: none */
	size_t head_bytes;          /* the blank line included */
	size_t body_bytes;
	bool chunked; /* its body comes in chunks, and body_bytes is 0 */
	bool keeps;   /* the connection goes on afterwards */
	bool expects; /* waits for 100 Continue before it sends its body */
};

/* The head at the front of bytes. scanned is where the last call stopped, 0 at first.
 *  1  whole
 *  0  more is needed
 *  SG_EFORMAT no HTTP/1, or malformed; SG_ELIMIT longer than HTTP_HEAD_BYTES */
SG_MUST_CHECK int http_read(struct slice bytes, size_t *scanned, struct http_request *out);

/* Of an Authorization value of this scheme: what follows it. Empty: another scheme, or nothing. */
struct slice http_credentials(struct slice authorization, struct slice scheme);

/* Append an answer; type empty: without a body (204). */
SG_MUST_CHECK int http_write(struct buffer *out, unsigned status, struct slice type,
			     struct slice body, bool keeps);
/* The same with one more field line, as "Allow: GET". */
SG_MUST_CHECK int http_write_with(struct buffer *out, unsigned status, const char *field,
				  struct slice type, struct slice body, bool keeps);
/* Append "100 Continue". */
SG_MUST_CHECK int http_write_continue(struct buffer *out);

#endif
