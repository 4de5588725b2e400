/* buckets.h - a hash table: chains of links that lie in what is found by them. Short chains, since each step waits
 * for memory.
 * Owner    struct buckets: the table (zero it to begin); the links are their containers' owner's.
 * Hash     the caller's; the low bits tell the chain.
 * Thread   one at a time. */
#ifndef SG_BUCKETS_H
#define SG_BUCKETS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bucket_link {
	struct bucket_link *next; /* in its chain */
	uint64_t hash;
};

struct buckets {
	struct bucket_link **chains;
	size_t chain_count; /* 0, or a power of two */
	size_t count;       /* of links */
};

/* All links are gone, or nobody's any more. */
void buckets_fini(struct buckets *b);

/* The first of those that the hash may be of; the next ones by their next. NULL: none. */
static inline struct bucket_link *buckets_chain(const struct buckets *b, uint64_t hash)
{
	return b->chain_count > 0 ? b->chains[hash & (b->chain_count - 1)] : NULL;
}

/* Is it time for buckets_make_room() to call buckets_grow()? */
static inline bool buckets_full(const struct buckets *b)
{
	return 2 * b->count >= b->chain_count;
}

/* A table twice as large. Without memory for it the old one serves on, with longer chains. */
void buckets_grow(struct buckets *b);
/* Before buckets_put(). SG_ENOMEM: there is no table at all. */
SG_MUST_CHECK int buckets_make_room(struct buckets *b);
void buckets_put(struct buckets *b, struct bucket_link *l, uint64_t hash);

void buckets_take(struct buckets *b, struct bucket_link *l);
/* After buckets_take(), when nobody walks along a chain: a table that has become much too large shrinks. */
void buckets_give_room_back(struct buckets *b);

#endif
