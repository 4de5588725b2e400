/* wire.h - FastCGI 1.0 as a web server speaks it. On purpose not the gateway's own codec: what both got wrong alike
 * would look right.
 * Errors   none: without memory the load generator ends. */
#ifndef SG_BENCH_WIRE_H
#define SG_BENCH_WIRE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum wire_type {
	WIRE_BEGIN = 1,
	WIRE_ABORT,
	WIRE_END,
	WIRE_PARAMS,
	WIRE_STDIN,
	WIRE_STDOUT,
	WIRE_STDERR
};

void wire_append(struct buffer *out, const void *bytes, size_t len);
/* One record; content of at most 65535 bytes. */
void wire_record(struct buffer *out, enum wire_type type, uint16_t id, struct slice content);
void wire_begin(struct buffer *out, uint16_t id, bool keep);
/* Append to a PARAMS stream that is being gathered. */
void wire_pair(struct buffer *pairs, const char *name, const char *value);

/* A piece of a record's content; last: its end (content and padding have come whole). */
struct wire_piece {
	uint8_t type;
	uint16_t id;
	struct slice content;
	bool last;
};

/* Zero it to begin. */
struct wire_reader {
	uint8_t header[8];
	size_t header_len, content_left, padding_left;
};

/* Take the next piece off *in. False when *in is used up. */
bool wire_next(struct wire_reader *reader, struct slice *in, struct wire_piece *piece);

#endif
