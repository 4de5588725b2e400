/* buckets.c - see buckets.h. */
#include "backends/buckets.h"

#include <stdlib.h>

enum { BUCKETS_MIN = 16, BUCKETS_SPARSE = 16 }; /* sparse: so many times as many chains as links */

static void buckets_hang(struct buckets *b, struct bucket_link *l)
{
	struct bucket_link **chain = &b->chains[l->hash & (b->chain_count - 1)];

	l->next = *chain;
	*chain = l;
}

/* All at once: moving them bit by bit would put a second table into every search, and a doubling moves as many as
 * came since the one before. */
static int buckets_resize(struct buckets *b, size_t chain_count)
{
	struct bucket_link **old = b->chains;
	struct bucket_link **chains = calloc(chain_count, sizeof(struct bucket_link *));
	size_t old_count = b->chain_count;

	if (chains == NULL)
		return SG_ENOMEM;
	b->chains = chains;
	b->chain_count = chain_count;
	for (size_t i = 0; i < old_count; i++) {
		for (struct bucket_link *l = old[i], *next; l != NULL; l = next) {
			next = l->next;
			buckets_hang(b, l);
		}
	}
	free(old);
	return 0;
}

void buckets_fini(struct buckets *b)
{
	free(b->chains);
	*b = (struct buckets){ .chains = NULL };
}

void buckets_grow(struct buckets *b)
{
	(void)buckets_resize(b, b->chain_count * 2);
}

int buckets_make_room(struct buckets *b)
{
	if (b->chain_count == 0)
		return buckets_resize(b, BUCKETS_MIN);
	if (buckets_full(b))
		buckets_grow(b);
	return 0;
}

void buckets_put(struct buckets *b, struct bucket_link *l, uint64_t hash)
{
	l->hash = hash;
	buckets_hang(b, l);
	b->count++;
}

void buckets_take(struct buckets *b, struct bucket_link *l)
{
	struct bucket_link **at = &b->chains[l->hash & (b->chain_count - 1)];

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	b->count--;
}

void buckets_give_room_back(struct buckets *b)
{
	if (b->chain_count > BUCKETS_MIN && b->count < b->chain_count / BUCKETS_SPARSE)
		(void)buckets_resize(b, b->chain_count / 2);
}
