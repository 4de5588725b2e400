/* arena.h - memory that lives exactly as long as one request, or one configuration.
 * Owner    the struct is the caller's (zero it to begin); all that came out of it goes with
 *          arena_fini(), nothing singly.
 * Errors   NULL when there is no memory.
 * Thread   one at a time. */
#ifndef SG_ARENA_H
#define SG_ARENA_H

#include "base/slice.h"

struct arena_block;
struct arena {
	struct arena_block *blocks; /* the newest first; it is the one that is filled */
};

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *a, size_t bytes);
/* A copy with a NUL behind it, which len does not count. ptr is NULL when there is no memory. */
struct slice arena_copy(struct arena *a, struct slice s);
/* As arena_copy(), as a C string; NULL when there is no memory. */
char *arena_text(struct arena *a, struct slice s);
/* Overwrites the memory before it is given back: it may have held tokens. */
void arena_fini(struct arena *a);

#endif
