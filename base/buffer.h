/* buffer.h - bytes on their way: appended at the tail, consumed at the head.
 *
 *	data        head            tail          cap
 *	  |  consumed |  the content  |   room      |
 *
 * Owner    the struct is the caller's (zero it to begin), the memory the buffer's.
 * Borrow   what buffer_content() gives lasts until the next append, reserve, release or fini.
 * Errors   SG_ENOMEM; the content is then unchanged.
 * Thread   one at a time. */
#ifndef SG_BUFFER_H
#define SG_BUFFER_H

#include "base/error.h"
#include "base/slice.h"

#include <assert.h>

struct buffer {
	char *data;
	size_t head, tail, cap;
	size_t used; /* there may be something left behind tail, up to here */
};

static inline size_t buffer_len(const struct buffer *b)
{
	return b->tail - b->head;
}

static inline struct slice buffer_content(const struct buffer *b)
{
	/* no memory has no 0th byte either, as the language goes; compilers make one addition of it */
	return (struct slice){ b->head > 0 ? b->data + b->head : b->data, b->tail - b->head };
}

/* Room for at least bytes at the tail; *room points there. Follow with buffer_commit(). */
SG_MUST_CHECK static inline int buffer_reserve(struct buffer *b, size_t bytes, char **room);
static inline void buffer_commit(struct buffer *b, size_t bytes);

SG_MUST_CHECK int buffer_append(struct buffer *b, const void *bytes, size_t len);
SG_MUST_CHECK int buffer_append_slice(struct buffer *b, struct slice s);
SG_MUST_CHECK int buffer_printf(struct buffer *b, const char *format, ...) SG_PRINTF(2, 3);

/* Forget the first bytes. An emptied buffer starts again at its beginning. */
void buffer_consume(struct buffer *b, size_t bytes);

/* Forget what was appended after the content was len bytes long: undo of a half-written thing. */
void buffer_truncate(struct buffer *b, size_t len);

/* Give the memory back, content and all; the buffer may be used again. */
void buffer_fini(struct buffer *b);

/* As buffer_fini(), all that was in the memory overwritten first: for what held secrets. */
void buffer_wipe(struct buffer *b);

/* buffer_reserve()'s, when the tail has no room. */
SG_MUST_CHECK int buffer_make_room(struct buffer *b, size_t bytes);

static inline int buffer_reserve(struct buffer *b, size_t bytes, char **room)
{
	int rc;

	if ((b->data == NULL || b->cap - b->tail < bytes) && (rc = buffer_make_room(b, bytes)) != 0)
		return rc;
	*room = b->data + b->tail;
	return 0;
}

static inline void buffer_commit(struct buffer *b, size_t bytes)
{
	assert(bytes <= b->cap - b->tail);
	b->tail += bytes;
}

#endif
