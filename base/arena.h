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
	char *at, *end; /* the room left in the block that is being filled, the newest */
	struct arena_block *blocks; /* the newest first */
};

/* Aligned for any type; the content is whatever it was. */
static inline void *arena_room(struct arena *a, size_t bytes);
/* The same, zeroed. */
static inline void *arena_alloc(struct arena *a, size_t bytes);
/* Of the bytes taken last, at room, only the first used ones are needed: the others are free again, and what they held is
 * not overwritten in the end. */
void arena_shrink(struct arena *a, char *room, size_t bytes, size_t used);
/* A copy with a NUL behind it, which len does not count. ptr is NULL when there is no memory. */
struct slice arena_copy(struct arena *a, struct slice s);
/* As arena_copy(), as a C string; NULL when there is no memory. */
char *arena_text(struct arena *a, struct slice s);
/* Overwrites the memory before it is given back: it may have held tokens. */
void arena_fini(struct arena *a);

/* arena_room()'s, when the block is full. */
void *arena_room_elsewhere(struct arena *a, size_t bytes);

static inline size_t arena_round(size_t bytes)
{
	const size_t align = _Alignof(max_align_t);

	return (bytes + align - 1) / align * align;
}

static inline void *arena_room(struct arena *a, size_t bytes)
{
	size_t taken = arena_round(bytes);
	char *room = a->at;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	/* the last byte stays free, so that an arena without a block has no room for nothing either */
	if (taken >= (size_t)(a->end - a->at))
		return arena_room_elsewhere(a, bytes);
	a->at += taken;
	return room;
}

static inline void *arena_alloc(struct arena *a, size_t bytes)
{
	void *room = arena_room(a, bytes);

	return room != NULL ? memset(room, 0, bytes) : NULL;
}

#endif
