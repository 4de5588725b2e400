/* pairs.c - FastCGI name-value pairs: two lengths of one or four bytes each, then name and value. */
#include "gateway/pairs.h"

#include <assert.h>

enum { LENGTH_LONG_BIT = 0x80, LENGTH_SHORT_MAX = 0x7f };

/* The length at the front of *in; false when its bytes are not all there. */
static inline bool pairs_take_length(struct slice *in, uint32_t *length)
{
	const uint8_t *b = (const uint8_t *)in->ptr;

	if (in->len >= 1 && (b[0] & LENGTH_LONG_BIT) == 0) {
		*length = b[0];
		*in = slice_after(*in, 1);
		return true;
	}
	if (in->len < 4)
		return false;
	*length = (uint32_t)(b[0] & LENGTH_SHORT_MAX) << 24 | (uint32_t)b[1] << 16 |
		  (uint32_t)b[2] << 8 | b[3];
	*in = slice_after(*in, 4);
	return true;
}

int pairs_next(struct slice *in, struct param *out)
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
	*in = slice_after(rest, (size_t)name + value);
	return 1;
}

static size_t pairs_length_bytes(size_t length)
{
	return length > LENGTH_SHORT_MAX ? 4 : 1;
}

size_t pairs_size(struct slice name, struct slice value)
{
	return pairs_length_bytes(name.len) + pairs_length_bytes(value.len) + name.len + value.len;
}

static char *pairs_put_length(char *at, size_t length)
{
	if (length > LENGTH_SHORT_MAX) {
		*at++ = (char)(length >> 24 | LENGTH_LONG_BIT);
		*at++ = (char)(length >> 16);
		*at++ = (char)(length >> 8);
	}
	*at++ = (char)length;
	return at;
}

static char *pairs_put_bytes(char *at, struct slice s)
{
	if (s.len > 0) /* an empty slice may have no memory, which memcpy must not be given */
		memcpy(at, s.ptr, s.len);
	return at + s.len;
}

int pairs_append(struct buffer *out, struct slice name, struct slice value)
{
	size_t bytes = pairs_size(name, value);
	char *at;
	int rc;

	assert(name.len <= INT32_MAX && value.len <= INT32_MAX);
	if ((rc = buffer_reserve(out, bytes, &at)) != 0)
		return rc;
	at = pairs_put_length(at, name.len);
	at = pairs_put_length(at, value.len);
	at = pairs_put_bytes(at, name);
	pairs_put_bytes(at, value);
	buffer_commit(out, bytes);
	return 0;
}
