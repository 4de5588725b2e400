/* buffer.c - see buffer.h. */
#include "base/buffer.h"

#include "base/block.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static void buffer_note_used(struct buffer *b, size_t used)
{
	if (b->used < used)
		b->used = used;
}

/* Moving the content to the front pays only while what was consumed is the larger part: then each
 * byte is moved at most once for each byte consumed. */
static bool buffer_compact(struct buffer *b, size_t bytes)
{
	size_t len = buffer_len(b);

	if (b->head < len || b->cap - len < bytes)
		return false;
	buffer_note_used(b, b->tail);
	memmove(b->data, b->data + b->head, len);
	b->head = 0;
	b->tail = len;
	return true;
}

/* By copy and not by realloc(), which would leave what it moved away from, secrets included, where
 * buffer_wipe() cannot reach it. */
static int buffer_grow(struct buffer *b, size_t bytes)
{
	size_t len = buffer_len(b), cap;
	char *data;

	if (bytes > SIZE_MAX / 4 - len)
		return SG_ENOMEM;
	/* at least doubled, so that many small appends do not copy again and again */
	cap = len + bytes > 2 * b->cap ? len + bytes : 2 * b->cap;
	data = block_borrow(&cap);
	if (data == NULL)
		return SG_ENOMEM;
	if (b->data != NULL) {
		memcpy(data, b->data + b->head, len);
		buffer_wipe(b);
	}
	*b = (struct buffer){ .data = data, .tail = len, .cap = cap };
	return 0;
}

int buffer_make_room(struct buffer *b, size_t bytes)
{
	return b->data != NULL && buffer_compact(b, bytes) ? 0 : buffer_grow(b, bytes);
}

int buffer_append(struct buffer *b, const void *bytes, size_t len)
{
	char *room;
	int rc;

	if (len == 0)
		return 0;
	if ((rc = buffer_reserve(b, len, &room)) != 0)
		return rc;
	memcpy(room, bytes, len);
	buffer_commit(b, len);
	return 0;
}

int buffer_append_slice(struct buffer *b, struct slice s)
{
	return buffer_append(b, s.ptr, s.len);
}

int buffer_printf(struct buffer *b, const char *format, ...)
{
	size_t bytes = 128, need;

	for (;;) {
		va_list args;
		char *room;
		int rc = buffer_reserve(b, bytes, &room), len;

		if (rc != 0)
			return rc;
		va_start(args, format);
		len = vsnprintf(room, bytes, format, args);
		va_end(args);
		if (len < 0) /* longer than an int can say */
			return SG_ENOMEM;
		need = (size_t)len;
		if (need < bytes)
			break;
		buffer_note_used(b, b->tail + bytes);
		bytes = need + 1;
	}
	buffer_commit(b, need);
	return 0;
}

void buffer_consume(struct buffer *b, size_t bytes)
{
	assert(bytes <= buffer_len(b));
	b->head += bytes;
	if (b->head < b->tail)
		return;
	buffer_note_used(b, b->tail);
	b->head = b->tail = 0;
}

void buffer_truncate(struct buffer *b, size_t len)
{
	assert(len <= buffer_len(b));
	buffer_note_used(b, b->tail);
	b->tail = b->head + len;
}

void buffer_fini(struct buffer *b)
{
	if (b->data == NULL)
		return;
	block_return(b->data, b->cap);
	*b = (struct buffer){ 0 };
}

void buffer_wipe(struct buffer *b)
{
	buffer_note_used(b, b->tail);
	if (b->used > 0)
		explicit_bzero(b->data, b->used);
	buffer_fini(b);
}
