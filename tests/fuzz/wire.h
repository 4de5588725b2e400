/* wire.h - one direction of a connection as whoever reads it sees it: whole FastCGI records, taken apart by the
 * specification and not by the codec that is under test.
 * Owner    the caller: zero it to begin, wire_fini(). A record borrows until the next call. */
#ifndef SG_FUZZ_WIRE_H
#define SG_FUZZ_WIRE_H

#include "base/buffer.h"

#include <fastcgi.h>

struct wire {
	struct buffer bytes; /* not taken yet */
	size_t taken;        /* of them by the last record */
	size_t padding;      /* of it, still to come */
	bool bad;            /* no FastCGI version 1 from here on */
};

struct wire_record {
	uint8_t type;
	uint16_t id;
	struct slice content;
	size_t padding;
};

void wire_put(struct wire *w, struct slice bytes);
/* The next record, once its content is whole; its padding may come later. */
bool wire_next(struct wire *w, struct wire_record *r);
/* Are there bytes of a record that is not whole? */
bool wire_mid_record(const struct wire *w);
void wire_fini(struct wire *w);

#endif
