/* pairs.c - FastCGI name-value pairs: two lengths of one or four bytes each, then name and value. */
#include "gateway/pairs.h"

/* What goes out by one copy: pairs side by side in the bytes they were read from; or one that is put together. */
struct piece {
	const struct param *first;
	size_t bytes;
};

static const char *pair_end(const struct param *p)
{
	return p->value.ptr + p->value.len;
}

/* The first has its bytes. Take as many as follow it there and end within max_bytes; how many. Between two
 * that did not lie side by side there is room for at least one more pair. */
static size_t piece_extend(struct piece *piece, const struct param *items, size_t count,
			   size_t max_bytes)
{
	const char *from = items->name.ptr - items->head_bytes;
	const char *end = pair_end(items);
	size_t n = 1;

	while (n < count && items[n].head_bytes > 0 &&
	       items[n].name.ptr - items[n].head_bytes == end &&
	       (size_t)(pair_end(&items[n]) - from) <= max_bytes)
		end = pair_end(&items[n++]);
	piece->bytes = (size_t)(end - from);
	return n;
}

/* The items that the next piece takes; 0 when it has no room. One whose name is NULL is a piece of nothing. */
static size_t piece_begin(struct piece *piece, const struct param *items, size_t count,
			  size_t max_bytes)
{
	piece->first = items;
	piece->bytes = items->name.ptr != NULL ? pairs_size(items->name, items->value) : 0;
	if (piece->bytes > max_bytes)
		return 0;
	return items->head_bytes > 0 ? piece_extend(piece, items, count, max_bytes) : 1;
}

static void piece_put(const struct piece *piece, char *at)
{
	const struct param *p = piece->first;
	struct param ignored;

	if (p->head_bytes > 0)
		pairs_put_bytes(at, slice_of(p->name.ptr - p->head_bytes, piece->bytes));
	else if (p->name.ptr != NULL)
		pairs_write(at, SLICE(""), p->name, p->value, &ignored);
}

static int piece_append(const struct piece *piece, struct buffer *out)
{
	char *at;
	int rc = buffer_reserve(out, piece->bytes, &at);

	if (rc != 0)
		return rc;
	piece_put(piece, at);
	buffer_commit(out, piece->bytes);
	return 0;
}

int pairs_append(struct buffer *out, const struct param *items, size_t count, size_t max_bytes,
		 size_t *taken)
{
	size_t before = buffer_len(out), n;

	for (*taken = 0; *taken < count; *taken += n) {
		struct piece piece;
		int rc;

		n = piece_begin(&piece, items + *taken, count - *taken,
				max_bytes - (buffer_len(out) - before));
		if (n == 0)
			break;
		if ((rc = piece_append(&piece, out)) != 0) {
			buffer_truncate(out, before);
			return rc;
		}
	}
	return 0;
}

int pairs_append_one(struct buffer *out, struct slice name, struct slice value)
{
	struct param pair = { .name = name, .value = value };
	size_t taken;

	return pairs_append(out, &pair, 1, SIZE_MAX, &taken);
}
