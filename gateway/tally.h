/* tally.h - what the workers of one process count together, so that a limit is the process's.
 * Relaxed atomics: a limit may be passed by as many as there are workers, for a moment. Thread: any. */
#ifndef SG_TALLY_H
#define SG_TALLY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tally {
	_Atomic uint64_t connections; /* from the web server */
	_Atomic uint64_t requests;    /* in flight */
	/* so many connections from web servers leave some for applications */
	_Atomic uint64_t descriptors;
	_Atomic uint64_t spooled_bytes; /* in the files of bodies */
	/* answers that went out without their changes, since the start (on_save_failure: deliver) */
	_Atomic uint64_t saves_left_out;
	/* requests whose token had been replaced a moment ago, since the start */
	_Atomic uint64_t tokens_stale;
	/* of the configuration, since the start; the second ones changed nothing */
	_Atomic uint64_t reloads, reloads_rejected;
};

/* Count n more if the sum stays within limit. */
static inline bool tally_add(_Atomic uint64_t *count, uint64_t n, uint64_t limit)
{
	uint64_t sum = atomic_fetch_add_explicit(count, n, memory_order_relaxed) + n;

	if (sum <= limit)
		return true;
	atomic_fetch_sub_explicit(count, n, memory_order_relaxed);
	return false;
}

/* Without a limit. */
static inline void tally_count(_Atomic uint64_t *count)
{
	atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static inline void tally_sub(_Atomic uint64_t *count, uint64_t n)
{
	atomic_fetch_sub_explicit(count, n, memory_order_relaxed);
}

static inline uint64_t tally_get(_Atomic uint64_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

#endif
