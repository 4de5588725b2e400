/* moody_store.h - a store in front of another, which keeps its answers to itself, loses them or fails when it is told
 * to; else it is as the other.
 * Owner    as any store's; the other one goes with it. */
#ifndef SG_FUZZ_MOODY_STORE_H
#define SG_FUZZ_MOODY_STORE_H

#include "backends/backend.h"

enum moody_store_mood {
	MOODY_STORE_FINE,
	MOODY_STORE_SILENT, /* answers wait until the mood changes */
	MOODY_STORE_LOSES,  /* does it, and says UNCERTAIN */
	MOODY_STORE_FAILS,  /* has no memory for an operation */
	MOODY_STORE_MOODS,  /* how many there are */
};

struct store *moody_store_open(struct store *other);
void moody_store_turn(struct store *store, enum moody_store_mood mood);

#endif
