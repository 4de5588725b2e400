/* arena.c - see arena.h. */
#include "base/arena.h"

#include "base/block.h"

enum { ARENA_BLOCK_BYTES = 4096 };

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	_Alignas(max_align_t) char bytes[];
};

static struct arena_block *arena_block_new(size_t bytes)
{
	size_t whole = sizeof(struct arena_block) + bytes;
	struct arena_block *block;

	if (whole < ARENA_BLOCK_BYTES)
		whole = ARENA_BLOCK_BYTES;
	block = block_borrow(&whole);
	if (block != NULL)
		*block = (struct arena_block){ .cap = whole - sizeof(*block) };
	return block;
}

/* A block made for one large thing is full at once: it goes behind the one that is being filled, whose
 * room would be lost otherwise. */
static void arena_link(struct arena *a, struct arena_block *block)
{
	if (a->blocks != NULL && block->cap > ARENA_BLOCK_BYTES) {
		block->next = a->blocks->next;
		a->blocks->next = block;
	} else {
		block->next = a->blocks;
		a->blocks = block;
	}
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	size_t align = _Alignof(max_align_t);
	struct arena_block *block = a->blocks;
	char *out;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	bytes = (bytes + align - 1) / align * align;
	if (block == NULL || block->cap - block->used < bytes) {
		block = arena_block_new(bytes);
		if (block == NULL)
			return NULL;
		arena_link(a, block);
	}
	out = block->bytes + block->used;
	block->used += bytes;
	return memset(out, 0, bytes);
}

struct slice arena_copy(struct arena *a, struct slice s)
{
	char *copy = arena_text(a, s);

	return (struct slice){ copy, copy != NULL ? s.len : 0 };
}

char *arena_text(struct arena *a, struct slice s)
{
	char *copy = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;

	if (copy != NULL && s.len > 0)
		memcpy(copy, s.ptr, s.len);
	return copy;
}

void arena_fini(struct arena *a)
{
	while (a->blocks != NULL) {
		struct arena_block *block = a->blocks;

		a->blocks = block->next;
		explicit_bzero(block->bytes, block->used);
		block_return(block, sizeof(*block) + block->cap);
	}
}
