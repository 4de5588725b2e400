/* pairs.c - FastCGI name-value pairs: two lengths of one or four bytes each, then name and value. */
#include "gateway/pairs.h"

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

size_t pairs_that_fit(const struct param *items, size_t count, size_t max_bytes, size_t *bytes)
{
	size_t n;

	*bytes = 0;
	for (n = 0; n < count; n++) {
		size_t more =
			items[n].name.ptr != NULL ? pairs_size(items[n].name, items[n].value) : 0;

		if (more > max_bytes - *bytes)
			break;
		*bytes += more;
	}
	return n;
}

int pairs_append(struct buffer *out, const struct param *items, size_t count, size_t bytes)
{
	struct param ignored;
	size_t n;
	char *at;
	int rc;

	if ((rc = buffer_reserve(out, bytes, &at)) != 0)
		return rc;
	for (; count > 0; items += n, count -= n) {
		n = 1;
		if (items->head_bytes > 0) {
			const char *from = items->name.ptr - items->head_bytes;

			n = pairs_side_by_side(items, count);
			at = pairs_put_bytes(
				at, slice_of(from, (size_t)(pair_end(&items[n - 1]) - from)));
		} else if (items->name.ptr != NULL)
			at = pairs_write(at, SLICE(""), items->name, items->value, &ignored);
	}
	buffer_commit(out, bytes);
	return 0;
}

int pairs_append_one(struct buffer *out, struct slice name, struct slice value)
{
	struct param pair = { .name = name, .value = value };

	return pairs_append(out, &pair, 1, pairs_size(name, value));
}
