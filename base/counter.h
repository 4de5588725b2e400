/* counter.h - a number that one thread changes and any other may read: no lock, no instruction that other processors
 * wait for.
 * Thread   counter_add(), counter_set(): always the same one; counter_get(): any. */
#ifndef SG_COUNTER_H
#define SG_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

struct counter {
	_Atomic uint64_t value;
};

static inline uint64_t counter_get(const struct counter *c)
{
	return atomic_load_explicit(&c->value, memory_order_relaxed);
}

static inline void counter_set(struct counter *c, uint64_t value)
{
	atomic_store_explicit(&c->value, value, memory_order_relaxed);
}

static inline void counter_add(struct counter *c, uint64_t n)
{
	counter_set(c, counter_get(c) + n);
}

#endif
