/* program.h - the gateway's own program, for what is its business: a copy of its rules here would be of another version some
 * day. Thread: the main one. */
#ifndef SG_PROGRAM_H
#define SG_PROGRAM_H

#include "cli/outcome.h"

/* Becomes that program, the one beside us or else that of the PATH, with these arguments, of which NULL is the last. Comes
 * back only if it cannot be run, which is said on stderr. */
enum outcome program_become(char *const *arguments);

#endif
