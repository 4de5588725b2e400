/* testimony.h - what the adapter of an observed application tells of one request's use of its own session, read from
 * JSON:
 *   {"session":"<id>","from":"<id that came>","handler":"files","took_us":1200,"late":true,"closed":true,
 *    "unmeasured":true,"keys":{"<key>":[<bytes>,<digest>,<1: changed after the header>],…}}
 * Each member may be missing: without session the request used none, without from it is new. Unknown ones are passed
 * over, so that an adapter may be newer than the gateway.
 * Borrow   from the arena, and the text.
 * Thread   any. */
#ifndef SG_TESTIMONY_H
#define SG_TESTIMONY_H

#include "base/arena.h"
#include "gateway/observation.h"

enum {
	TESTIMONY_VALUES =
		1000, /* more keys than that are not told apart, so nothing is measured */
	TESTIMONY_ID_BYTES = 512,
};

struct testimony {
	struct slice session, from; /* ids; empty: none */
	int64_t took_us;            /* from the request's begin to this word of it */
	struct observed_use use;    /* but for hashes and times */
};

/* SG_EFORMAT, SG_ENOMEM. */
SG_MUST_CHECK int testimony_read(struct slice json, struct arena *arena, struct testimony *out);

#endif
