/* redis_greeting.h - what a link says to a server before anything else: user, password, database and the scripts; and what
 * it asks: whether it is a master, and who it is.
 * Owner    the link: zero it, set ended and ctx, and fini when none of its calls is lent.
 * Calls    those of the last redis_greeting_begin() are sent in their order, one behind the other.
 * Thread   the loop's. */
#ifndef SG_REDIS_GREETING_H
#define SG_REDIS_GREETING_H

#include "backends/redis_call.h"
#include "backends/redis_script.h"

enum { REDIS_GREETING_LINES = 4 + REDIS_SCRIPT_COUNT };

struct redis_greeting;
struct redis_link_settings;

/* At the end of a greeting, unless the connection is lost before. refusal: where we are not welcome, what keeps the server
 * from being used; borrowed for the call. Whoever goes on after that may be called again, for the lines behind it. */
typedef void redis_greeting_fn(void *ctx, bool welcome, struct slice refusal);

struct redis_greeting_line {
	struct redis_call call;
	struct redis_greeting *greeting;
};

struct redis_greeting {
	redis_greeting_fn *ended;
	void *ctx;
	uint64_t instance; /* who the server said it is; 0: was never asked */
	const struct redis_greeting_line *role,
		*info; /* that ask whether it is a master, who it is; may be NULL */
	unsigned count;
	struct redis_greeting_line lines[REDIS_GREETING_LINES];
};

/* The lines are new, and to be sent; with none of them nobody is called back. */
void redis_greeting_begin(struct redis_greeting *g, const struct redis_link_settings *settings);
void redis_greeting_fini(struct redis_greeting *g);

#endif
