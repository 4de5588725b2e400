/* arena.c - see arena.h. */
#include "base/arena.h"

#include "base/block.h"

#include <assert.h>

enum { ARENA_BLOCK_BYTES = 4096 };

struct arena_block {
	struct arena_block *next;
	size_t cap, used; /* used is known once the block is no longer the one that is filled */
	_Alignas(max_align_t) char bytes[];
};

static struct arena_block *arena_block_new(size_t bytes)
{
	size_t whole = sizeof(struct arena_block) + bytes + _Alignof(max_align_t);
	struct arena_block *block;

	if (whole < ARENA_BLOCK_BYTES)
		whole = ARENA_BLOCK_BYTES;
	block = block_borrow(&whole);
	if (block != NULL)
		*block = (struct arena_block){ .cap = whole - sizeof(*block) };
	return block;
}

/* The block that is filled says how full it is. */
static void arena_settle(struct arena *a)
{
	if (a->blocks != NULL)
		a->blocks->used = (size_t)(a->at - a->blocks->bytes);
}

/* A block made for one large thing is full at once: it goes behind the one that is being filled, whose
 * room would be lost otherwise. */
static void arena_link_full(struct arena *a, struct arena_block *block)
{
	block->used = block->cap;
	block->next = a->blocks->next;
	a->blocks->next = block;
}

static void arena_link(struct arena *a, struct arena_block *block)
{
	arena_settle(a);
	block->next = a->blocks;
	a->blocks = block;
	a->at = block->bytes;
	a->end = block->bytes + block->cap;
}

void *arena_room_elsewhere(struct arena *a, size_t bytes)
{
	struct arena_block *block = arena_block_new(bytes);

	if (block == NULL)
		return NULL;
	if (a->blocks != NULL && block->cap > ARENA_BLOCK_BYTES) {
		arena_link_full(a, block);
		return block->bytes;
	}
	arena_link(a, block);
	return arena_room(a, bytes);
}

/* One that was made for this alone. */
static struct arena_block *arena_full_block(struct arena *a, const char *room)
{
	struct arena_block *block = a->blocks->next;

	assert(block->bytes == room);
	return block;
}

void arena_shrink(struct arena *a, char *room, size_t bytes, size_t used)
{
	assert(used <= bytes);
	if (a->at == room + arena_round(bytes))
		a->at = room + arena_round(used);
	else
		arena_full_block(a, room)->used = arena_round(used);
}

struct slice arena_copy(struct arena *a, struct slice s)
{
	char *copy = arena_text(a, s);

	return (struct slice){ copy, copy != NULL ? s.len : 0 };
}

char *arena_text(struct arena *a, struct slice s)
{
	char *copy = s.len < SIZE_MAX ? arena_room(a, s.len + 1) : NULL;

	if (copy == NULL)
		return NULL;
	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

void arena_fini(struct arena *a)
{
	arena_settle(a);
	while (a->blocks != NULL) {
		struct arena_block *block = a->blocks;

		a->blocks = block->next;
		explicit_bzero(block->bytes, block->used);
		block_return(block, sizeof(*block) + block->cap);
	}
	a->at = a->end = NULL;
}
