/* trim.h - memory that goes back to the system after a rush: malloc keeps what is freed below something that lives on,
 * and the process would stay as large as it ever was.
 * Owner    the gateway: zero it, open, close before its loop is freed.
 * Thread   the main one; it looks at all threads' memory. */
#ifndef SG_TRIM_H
#define SG_TRIM_H

#include "base/error.h"

#include <stdint.h>

struct event;
struct event_base;

struct trim {
	struct event *timer; /* NULL: not open */
	uint64_t peak_bytes; /* of blocks, since they were last given back */
	unsigned pause_s;    /* before the next one after a rush */
	unsigned due_s;      /* until then; 0: none */
};

/* SG_ENOMEM. */
SG_MUST_CHECK int trim_open(struct trim *t, struct event_base *loop);
void trim_close(struct trim *t); /* one that is not open is fine */

#endif
