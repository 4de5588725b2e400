/* tale.h - what happens between a store and servers that lie to it, by a script. Its first line is whatever else the
 * target makes of it; a line that begins with ">" is something that happens, every other one belongs to the answer that
 * was begun last (liar.h).
 *
 *	>answer NAME	the lines that follow are what servers answer to NAME from now on
 *	>say		the lines that follow are said at once
 *	>find …		something is asked of the store (asker.c); ">find again": once more from inside its answer
 *	>cancel		what was asked last		>unlock		fences are handed back
 *	>split BYTES	servers speak so many bytes at a time
 *	>hangup		connections end			>refuse, >accept	the next ones
 *	>pass MS	time passes
 * Everything is a script: what makes no sense is not done. */
#ifndef SG_FUZZ_TALE_H
#define SG_FUZZ_TALE_H

#include "base/slice.h"

struct tale_settings {
	const char *url;
	unsigned confirm_replicas;
};

/* All of it, from the store's beginning to its end: claims that nothing is owed to anybody then. */
void tale_run(const struct tale_settings *settings, struct slice script);

#endif
