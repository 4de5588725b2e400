/* fcgi.h - the codec of FastCGI records, for both sides (specification 3.3 and 8; the protocol's numbers
 * come from libfcgi's fastcgi.h).
 * Decoding hands out content as it comes: nothing waits for a whole record, nothing is copied, and a
 * connection that is idle holds no buffer.
 * Owner    the structs are the caller's. Borrow: a fragment's bytes lie in the input given.
 * Thread   one at a time. */
#ifndef SG_FCGI_H
#define SG_FCGI_H

#include "base/buffer.h"
#include "gateway/pairs.h"

#include <fastcgi.h>

/* What one record may carry; a multiple of 8, below the 65,535 of the length field. */
enum { FCGI_CONTENT_MAX = 65528 };

struct fcgi_record {
	uint8_t type;
	uint16_t id;
	uint32_t content_bytes; /* all of it, not only this fragment's */
};

struct fcgi_fragment {
	struct fcgi_record record;
	struct slice bytes; /* a run of the record's content; empty for an empty record */
	bool first, last;   /* of this record */
};

/* Zero it to begin. */
struct fcgi_decoder {
	uint8_t header[FCGI_HEADER_LEN];
	uint8_t header_bytes; /* so many have come */
	bool open;            /* the header is whole, content or padding is still to come */
	bool started;         /* a fragment of the content was given */
	struct fcgi_record record;
	uint32_t content_left;
	uint32_t padding_left;
	uint8_t small[8]; /* of a BEGIN_REQUEST or END_REQUEST, so far */
};

enum fcgi_step {
	FCGI_MORE,     /* the input is used up */
	FCGI_FRAGMENT, /* *out is a run of content */
	FCGI_BAD,      /* not FastCGI version 1: close the connection */
};
/* The next run of content at the front of *in, which moves behind it. */
enum fcgi_step fcgi_decode(struct fcgi_decoder *d, struct slice *in, struct fcgi_fragment *out);
/* Is part of a record here and the rest not? */
bool fcgi_mid_record(const struct fcgi_decoder *d);
/* Is it only padding that is missing? */
bool fcgi_mid_padding(const struct fcgi_decoder *d);

struct fcgi_begin {
	uint16_t role;
	uint8_t flags;
};
struct fcgi_end {
	uint32_t app_status;
	uint8_t protocol_status;
};
/* BEGIN_REQUEST and END_REQUEST, collected over their fragments: 1 the record is whole, 0 more of it
 * is to come, SG_EFORMAT it is whole and not 8 bytes long. */
SG_MUST_CHECK int fcgi_read_begin(struct fcgi_decoder *d, const struct fcgi_fragment *f,
				  struct fcgi_begin *out);
SG_MUST_CHECK int fcgi_read_end(struct fcgi_decoder *d, const struct fcgi_fragment *f,
				struct fcgi_end *out);

/* Append whole records. SG_ENOMEM; the content is then as before. */
SG_MUST_CHECK int fcgi_append_record(struct buffer *out, uint8_t type, uint16_t id,
				     struct slice content);
/* A stream's bytes in as many records as it takes; none for no bytes (an empty record is its end). */
SG_MUST_CHECK int fcgi_append_stream(struct buffer *out, uint8_t type, uint16_t id,
				     struct slice bytes);
SG_MUST_CHECK int fcgi_append_begin(struct buffer *out, uint16_t id, uint16_t role, uint8_t flags);
SG_MUST_CHECK int fcgi_append_end(struct buffer *out, uint16_t id, uint32_t app_status,
				  uint8_t protocol_status);
SG_MUST_CHECK int fcgi_append_unknown_type(struct buffer *out, uint8_t type);
/* PARAMS with whole pairs in each record (PHP resets the connection otherwise) and the empty one at
 * the end. Each pair fits a record: params_read() has seen to it. */
SG_MUST_CHECK int fcgi_append_params(struct buffer *out, uint16_t id, const struct param *items,
				     size_t count);

/* A record whose length is not known yet: open, append content (at most FCGI_CONTENT_MAX), close. */
SG_MUST_CHECK int fcgi_open(struct buffer *out, uint8_t type, uint16_t id, size_t *mark);
void fcgi_close(struct buffer *out, size_t mark);

/* The answer to GET_VALUES: each name known once, however often it is asked for; values in their order
 * MAX_CONNS, MAX_REQS, MPXS_CONNS. asked holds the pairs of the question; SG_EFORMAT when they are none. */
SG_MUST_CHECK int fcgi_append_values(struct buffer *out, struct slice asked, unsigned max_conns,
				     unsigned max_reqs, bool multiplexes);

#endif
