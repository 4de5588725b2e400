/* memory_store.h - what the files of the memory store share and nobody else sees. */
#ifndef SG_MEMORY_STORE_H
#define SG_MEMORY_STORE_H

#include "backends/delivery.h"
#include "backends/memory.h"
#include "backends/shard.h"

enum { MEMORY_SHARDS = 64 };

/* Shared by all loops. */
struct memory {
	struct backend backend;
	clock_fn *now;
	int64_t whole_since_ms;
	struct shard shards[MEMORY_SHARDS];
};

/* A loop's own. */
struct memory_store {
	struct store store;
	struct memory *memory;
	struct delivery delivery;
	size_t next_shard; /* where expire_due goes on */
};

static inline struct memory_store *memory_store(struct store *store)
{
	return (struct memory_store *)store;
}

static inline struct shard *memory_shard(struct memory *m, uint64_t hash)
{
	return &m->shards[(hash >> 24) % MEMORY_SHARDS];
}

#endif
