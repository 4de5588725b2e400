/* pairs.h - FastCGI name-value pairs (specification 3.4), one bounds-checked parser for both
 * directions. Knows bytes and no socket. Thread: any. */
#ifndef SG_PAIRS_H
#define SG_PAIRS_H

#include "base/buffer.h"
#include "base/word.h"

struct param {
	struct slice name, value;
	/* In the bytes it was read from, so many before the name are its two lengths, in the shortest
	 * form, and the value stands behind the name: pairs_append() copies all of it at once. 0: made
	 * of parts, or changed. */
	unsigned head_bytes;
};

enum { PAIR_HEAD_BYTES = 8 }; /* the two lengths at their longest */

/* The pair at the front of *in: 1 one pair, *in moves behind it and *out borrows from it; 0 *in is
 * empty; SG_EFORMAT a length points past the end. All sums are 64 bits wide. */
SG_MUST_CHECK static inline int pairs_next(struct slice *in, struct param *out);

/* The bytes that a pair takes. */
static inline size_t pairs_size(struct slice name, struct slice value);
/* Append as many from the first on as fit max_bytes together, in the shortest form; those whose name is NULL
 * are left out. *taken is how many that are. Lengths are below 2^31. Of pairs that were read from one run
 * of bytes, side by side, the bytes are copied as they are. SG_ENOMEM; the content is then as before. */
SG_MUST_CHECK int pairs_append(struct buffer *out, const struct param *items, size_t count,
			       size_t max_bytes, size_t *taken);
/* The same for one. */
SG_MUST_CHECK int pairs_append_one(struct buffer *out, struct slice name, struct slice value);

/* Write a pair, whose name is prefix and name together, to where there is room for it; *out borrows it
 * there, as if it had been read. What stands behind it. */
static inline char *pairs_write(char *at, struct slice prefix, struct slice name,
				struct slice value, struct param *out);

enum { PAIR_LONG_BIT = 0x80, PAIR_SHORT_MAX = 0x7f };

/* The length at the front of *in; false when its bytes are not all there. */
static inline bool pairs_take_length(struct slice *in, uint32_t *length)
{
	const uint8_t *b = (const uint8_t *)in->ptr;

	if (in->len >= 1 && (b[0] & PAIR_LONG_BIT) == 0) {
		*length = b[0];
		*in = slice_after(*in, 1);
		return true;
	}
	if (in->len < 4)
		return false;
	*length = (uint32_t)(b[0] & PAIR_SHORT_MAX) << 24 | (uint32_t)b[1] << 16 |
		  (uint32_t)b[2] << 8 | b[3];
	*in = slice_after(*in, 4);
	return true;
}

static inline unsigned pairs_head_bytes(size_t name_len, size_t value_len)
{
	return (name_len > PAIR_SHORT_MAX ? 4u : 1u) + (value_len > PAIR_SHORT_MAX ? 4u : 1u);
}

static inline int pairs_next(struct slice *in, struct param *out)
{
	struct slice rest = *in;
	uint32_t name, value;

	if (in->len == 0)
		return 0;
	if (!pairs_take_length(&rest, &name) || !pairs_take_length(&rest, &value))
		return SG_EFORMAT;
	if ((uint64_t)name + value > rest.len)
		return SG_EFORMAT;
	out->name = slice_of(rest.ptr, name);
	out->value = slice_of(rest.ptr + name, value);
	out->head_bytes = pairs_head_bytes(name, value);
	if ((size_t)(rest.ptr - in->ptr) != out->head_bytes)
		out->head_bytes = 0;
	*in = slice_after(rest, (size_t)name + value);
	return 1;
}

static inline char *pairs_put_length(char *at, size_t length)
{
	if (length > PAIR_SHORT_MAX) {
		*at++ = (char)(length >> 24 | PAIR_LONG_BIT);
		*at++ = (char)(length >> 16);
		*at++ = (char)(length >> 8);
	}
	*at++ = (char)length;
	return at;
}

static inline char *pairs_put_bytes(char *at, struct slice s)
{
	word_copy(at, s.ptr, s.len);
	return at + s.len;
}

static inline char *pairs_write(char *at, struct slice prefix, struct slice name,
				struct slice value, struct param *out)
{
	size_t name_bytes = prefix.len + name.len;

	assert(name_bytes <= INT32_MAX && value.len <= INT32_MAX);
	out->head_bytes = pairs_head_bytes(name_bytes, value.len);
	at = pairs_put_length(at, name_bytes);
	at = pairs_put_length(at, value.len);
	out->name = slice_of(at, name_bytes);
	at = pairs_put_bytes(pairs_put_bytes(at, prefix), name);
	out->value = slice_of(at, value.len);
	return pairs_put_bytes(at, value);
}

static inline size_t pairs_size(struct slice name, struct slice value)
{
	return pairs_head_bytes(name.len, value.len) + name.len + value.len;
}

#endif
