/* store.h - a store in front of another, which does and answers as its moods say; in a fine mood it is as the other.
 * Owner    as any store's; the other one goes with it, the moods must outlive it.
 * Thread   its loop's, as any store's; its moods may be told on any thread. */
#ifndef SG_TESTS_MOODY_STORE_H
#define SG_TESTS_MOODY_STORE_H

#include "backends/backend.h"
#include "tests/moody/moods.h"

struct store *moody_store_open(struct store *other, struct event_base *loop, struct moods *moods);

#endif
