/* body.h - a request's body between the web server and the application (application.md section 8).
 *
 *	known length, small:  gathered in memory, then given; kept, so that the request can be repeated
 *	known length, large:  streams through a window once the application is there; what is over the window
 *	                      waits at the web server, or, if that would keep others waiting, in a spool file
 *	unknown length:       gathered in memory, then in a spool file, and given with its length
 *
 * Knows bytes and no socket.
 * Owner    the request. Thread: the worker's. */
#ifndef SG_BODY_H
#define SG_BODY_H

#include "base/buffer.h"
#include "gateway/config.h"
#include "gateway/spool.h"
#include "gateway/tally.h"

enum {
	BODY_UNKNOWN = -1,
	BODY_PIECE_BYTES = 32768, /* of a spool file in one record; the least window */
};

struct body {
	const struct config_limits *limits;
	struct tally *tally;
	size_t window; /* memory up to here; also what is gathered before the application is asked */
	uint64_t max_bytes; /* 0: no limit but the spool's */
	int64_t length;     /* BODY_UNKNOWN until it is complete */
	bool unknown;       /* it came without a length */
	uint64_t received;
	bool complete;
	bool streaming; /* given bytes are forgotten: it cannot be given again */
	struct buffer memory;
	size_t memory_given; /* of a body that is kept */
	struct spool spool;
	uint64_t spool_counted; /* of it in the tally */
	bool given;             /* all, the end of STDIN included */
};

/* length BODY_UNKNOWN or what CONTENT_LENGTH says; window is the application's buffer_request. */
void body_init(struct body *b, const struct config_limits *limits, struct tally *tally,
	       int64_t length, size_t window, uint64_t max_bytes);
void body_fini(struct body *b);

/* Bytes from STDIN. What is beyond the length is ignored. What would make it hold more than memory
 * bytes goes to the spool. SG_ELIMIT: over max_bytes or the spool's size (413); SG_ESYSTEM, SG_ENOMEM: no room
 * for it (503). */
SG_MUST_CHECK int body_take(struct body *b, struct slice bytes, size_t memory);
/* The end of STDIN. SG_EFORMAT: bytes are missing (400). */
SG_MUST_CHECK int body_end(struct body *b);

/* Has enough come to ask for the application? */
bool body_ready(const struct body *b);
/* Is there so much unread that the web server must wait? */
bool body_full(const struct body *b);
/* Append STDIN records with what there is, up to room bytes or so, and the empty one behind the last.
 * SG_ENOMEM, SG_ESYSTEM. */
SG_MUST_CHECK int body_give(struct body *b, struct buffer *out, uint16_t id, size_t room);
/* Can it be given again from the start? */
bool body_rewindable(const struct body *b);
void body_rewind(struct body *b);

#endif
