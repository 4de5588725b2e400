/* reload.h - the configuration, loaded anew because a caller of the API wants it: what the process is asked, and what came of it.
 *
 *	configuration.c ──reloader──► the process, on its own thread ──admin_reloaded()──► configuration.c
 *
 * Owner    whoever has it, which is one thread at a time; reload_free() by the last.
 * Memory   what there is no room for is missing from the answer, which is then RELOAD_FAILED. */
#ifndef SG_RELOAD_H
#define SG_RELOAD_H

#include "base/buffer.h"
#include "base/list.h"

enum { RELOAD_ACTOR_BYTES = 64 };

enum reload_end {
	RELOAD_FAILED, /* for want of memory, or of something else that the log names */
	RELOAD_DONE,
	RELOAD_INVALID,
	RELOAD_NO_FILE, /* there is nothing to load: the command line said it all */
	RELOAD_DRAINING,
};

struct call;

struct reload {
	struct link link;  /* of whoever has it */
	struct call *call; /* the API's own; NULL: nobody waits any more */
	bool dry_run;      /* only look what would come of it */
	char actor[RELOAD_ACTOR_BYTES];

	/* what came of it */
	enum reload_end end;
	unsigned long generation; /* that is in force now */
	struct buffer changed;    /* paths of settings, ", " between them */
	struct buffer restart;    /* of those that take effect at a restart, likewise */
	struct buffer errors;     /* each is a path and a line, a NUL behind either */
};

/* The process around the API. */
struct reloader {
	void *ctx;
	/* Any time later, and once: admin_reloaded(). On the API's thread. */
	void (*ask)(void *ctx, struct reload *reload);
};

/* NULL: no memory. */
struct reload *reload_new(bool dry_run, const char *actor);
void reload_free(struct reload **r); /* *r may be NULL, becomes NULL */

#endif
