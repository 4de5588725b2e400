/* pairs.c - FastCGI name-value pairs: two lengths of one or four bytes each, then name and value. */
#include "gateway/pairs.h"

static char *pairs_put_length(char *at, size_t length)
{
	if (length > PAIR_SHORT_MAX) {
		*at++ = (char)(length >> 24 | PAIR_LONG_BIT);
		*at++ = (char)(length >> 16);
		*at++ = (char)(length >> 8);
	}
	*at++ = (char)length;
	return at;
}

static char *pairs_put_bytes(char *at, const char *bytes, size_t len)
{
	if (len > 0) /* an empty slice may have no memory, which memcpy must not be given */
		memcpy(at, bytes, len);
	return at + len;
}

static char *pairs_put_slice(char *at, struct slice s)
{
	return pairs_put_bytes(at, s.ptr, s.len);
}

char *pairs_write(char *at, struct slice prefix, struct slice name, struct slice value,
		  struct param *out)
{
	size_t name_bytes = prefix.len + name.len;

	assert(name_bytes <= INT32_MAX && value.len <= INT32_MAX);
	out->head_bytes = pairs_head_bytes(name_bytes, value.len);
	at = pairs_put_length(at, name_bytes);
	at = pairs_put_length(at, value.len);
	out->name = slice_of(at, name_bytes);
	at = pairs_put_slice(pairs_put_slice(at, prefix), name);
	out->value = slice_of(at, value.len);
	return pairs_put_slice(at, value);
}

static const char *pair_end(const struct param *p)
{
	return p->value.ptr + p->value.len;
}

/* How many of the items, of which the first has its bytes, stand side by side in the bytes they were read
 * from. Between two that did not, there is room for at least one more pair. */
static size_t pairs_side_by_side(const struct param *items, size_t count)
{
	size_t n = 1;

	while (n < count && items[n].head_bytes > 0 &&
	       items[n].name.ptr - items[n].head_bytes == pair_end(&items[n - 1]))
		n++;
	return n;
}

static size_t pairs_total(const struct param *items, size_t count)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		if (items[i].name.ptr != NULL)
			bytes += pairs_size(items[i].name, items[i].value);
	return bytes;
}

int pairs_append(struct buffer *out, const struct param *items, size_t count)
{
	size_t bytes = pairs_total(items, count), n;
	char *at;
	int rc;

	if ((rc = buffer_reserve(out, bytes, &at)) != 0)
		return rc;
	for (; count > 0; items += n, count -= n) {
		n = 1;
		if (items->head_bytes > 0) {
			const char *from = items->name.ptr - items->head_bytes;

			n = pairs_side_by_side(items, count);
			at = pairs_put_bytes(at, from, (size_t)(pair_end(&items[n - 1]) - from));
		} else if (items->name.ptr != NULL)
			at = pairs_write(at, SLICE(""), items->name, items->value,
					 &(struct param){ 0 });
	}
	buffer_commit(out, bytes);
	return 0;
}

int pairs_append_one(struct buffer *out, struct slice name, struct slice value)
{
	return pairs_append(out, &(struct param){ .name = name, .value = value }, 1);
}
