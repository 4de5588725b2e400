/* block.c - powers of two from 2 KiB; the small ones are kept by size and thread. */
#include "base/block.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define BLOCK_SANITIZED true
#elif defined(__has_feature)
#define BLOCK_SANITIZED __has_feature(address_sanitizer)
#else
#define BLOCK_SANITIZED false
#endif

enum {
	BLOCK_MIN_BYTES = 2048, /* a usual answer's head, a usual request's pairs */
	BLOCK_SIZES = 4, /* 2, 4, 8 and 16 KiB are kept; larger ones are rare, and malloc's */
	BLOCK_MAX_KEPT_BYTES = BLOCK_MIN_BYTES << (BLOCK_SIZES - 1),
	BLOCK_PAGE_BYTES = 4096,
	/* What a thread keeps of each size: for a turn of the loop with some hundred requests in it. A
	 * sanitizer can only tell who uses what was given back when it is really given back. */
	BLOCK_KEPT_BYTES = BLOCK_SANITIZED ? 0 : 512 * 1024,
};

/* Beside the blocks and not in them: one that was given back a while ago is in no cache any more, and the
 * next borrower need not wait for it. */
struct block_shelf {
	void *kept[BLOCK_KEPT_BYTES / BLOCK_MIN_BYTES + 1];
	size_t count;
};

static _Thread_local struct block_shelf block_shelves[BLOCK_SIZES];
static _Thread_local bool block_thread_known; /* will empty its shelves when it ends */

/* Changed only when malloc is asked or given back, so that lending touches nothing shared. */
static _Atomic uint64_t block_total;
static _Atomic uint64_t block_highest; /* of block_total, since block_peak() was last asked */
static _Atomic uint64_t block_most = UINT64_MAX / 4;        /* of it */
static _Atomic uint64_t block_plenty = UINT64_MAX / 16 * 3; /* three quarters of that */

static pthread_key_t block_key;
static bool block_key_known;
static pthread_once_t block_key_once = PTHREAD_ONCE_INIT;

static uint64_t block_get(_Atomic uint64_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

/* Two threads that both reach a new height may leave the lower of the two. */
static void block_note_height(uint64_t total)
{
	if (total > block_get(&block_highest))
		atomic_store_explicit(&block_highest, total, memory_order_relaxed);
}

/* Count so many more in, if that is within the limit. */
static bool block_count(size_t bytes)
{
	uint64_t most = block_get(&block_most);
	uint64_t total = atomic_fetch_add_explicit(&block_total, bytes, memory_order_relaxed);

	if (bytes <= BLOCK_SHARE_BYTES)
		most += BLOCK_RESERVE_BYTES;
	if (total + bytes <= most) {
		block_note_height(total + bytes);
		return true;
	}
	atomic_fetch_sub_explicit(&block_total, bytes, memory_order_relaxed);
	return false;
}

static void block_free(void *block, size_t bytes)
{
	atomic_fetch_sub_explicit(&block_total, bytes, memory_order_relaxed);
	free(block);
}

static void block_empty_shelves(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < BLOCK_SIZES; i++) {
		struct block_shelf *shelf = &block_shelves[i];

		while (shelf->count > 0)
			block_free(shelf->kept[--shelf->count], (size_t)BLOCK_MIN_BYTES << i);
	}
	block_thread_known = false;
}

static void block_make_key(void)
{
	/* without a key, what a thread keeps is lost when it ends: bounded, and worth no failure */
	block_key_known = pthread_key_create(&block_key, block_empty_shelves) == 0;
}

/* The destructor runs for threads whose value is not NULL. */
static void block_know_thread(void)
{
	pthread_once(&block_key_once, block_make_key);
	if (block_key_known)
		pthread_setspecific(block_key, block_shelves);
	block_thread_known = true;
}

/* bytes is a size that is kept. */
static struct block_shelf *block_shelf_of(size_t bytes)
{
	return &block_shelves[__builtin_ctzl(bytes / BLOCK_MIN_BYTES)];
}

/* 0 when no size holds so many. */
static size_t block_round(size_t bytes)
{
	if (bytes <= BLOCK_MIN_BYTES)
		return BLOCK_MIN_BYTES;
	if (bytes <= BLOCK_MAX_KEPT_BYTES)
		return (size_t)1 << (64 - __builtin_clzl(bytes - 1));
	if (bytes > SIZE_MAX / 2)
		return 0;
	return (bytes + BLOCK_PAGE_BYTES - 1) / BLOCK_PAGE_BYTES * BLOCK_PAGE_BYTES;
}

void *block_borrow(size_t *bytes)
{
	size_t size = block_round(*bytes);
	void *block;

	if (size <= BLOCK_MAX_KEPT_BYTES && size > 0) {
		struct block_shelf *shelf = block_shelf_of(size);

		if (shelf->count > 0) {
			*bytes = size;
			return shelf->kept[--shelf->count];
		}
	}
	if (size == 0 || !block_count(size))
		return NULL;
	block = malloc(size);
	if (block != NULL)
		*bytes = size;
	else
		atomic_fetch_sub_explicit(&block_total, size, memory_order_relaxed);
	return block;
}

void block_return(void *block, size_t bytes)
{
	struct block_shelf *shelf;

	if (block == NULL)
		return;
	if (block_scarce()) { /* what is kept counts as lent */
		block_empty_shelves(NULL);
		block_free(block, bytes);
		return;
	}
	if (bytes > BLOCK_MAX_KEPT_BYTES ||
	    ((shelf = block_shelf_of(bytes))->count + 1) * bytes > BLOCK_KEPT_BYTES) {
		block_free(block, bytes);
		return;
	}
	if (!block_thread_known)
		block_know_thread();
	shelf->kept[shelf->count++] = block;
}

uint64_t block_bytes(void)
{
	return block_get(&block_total);
}

uint64_t block_peak(void)
{
	return atomic_exchange_explicit(&block_highest, block_bytes(), memory_order_relaxed);
}

void block_limit(uint64_t bytes)
{
	if (bytes == 0)
		bytes = UINT64_MAX / 4;
	atomic_store_explicit(&block_most, bytes, memory_order_relaxed);
	atomic_store_explicit(&block_plenty, bytes / 4 * 3, memory_order_relaxed);
}

bool block_scarce(void)
{
	return block_get(&block_total) > block_get(&block_plenty);
}

bool block_spent(void)
{
	return block_get(&block_total) >= block_get(&block_most);
}
