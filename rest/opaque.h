/* opaque.h - what a caller keeps for us, and brings back: cursors and selections. Nobody reads it, and nobody makes one;
 * it is good on every node and after a restart, for the grant that it was given to as that stands now, and for nothing
 * else than what it was made for.
 * Borrow   what comes back lies in the call's arena.
 * Errors   SG_ENOMEM, SG_ERANDOM.
 * Thread   the admin API's. */
#ifndef SG_OPAQUE_H
#define SG_OPAQUE_H

#include "rest/call.h"

enum { OPAQUE_CHARS = 4096 }; /* no text is longer */

/* purpose: "cursor"; bound: what has to be the same when it is brought back. */
SG_MUST_CHECK int opaque_seal(struct call *c, const char *purpose, struct slice bound,
			      struct slice content, struct slice *text);
/* SG_EFORMAT: it is none, of another grant, for another purpose, or bound to something else. */
SG_MUST_CHECK int opaque_open(struct call *c, const char *purpose, struct slice bound,
			      struct slice text, struct slice *content);

#endif
