/* asker.h - who asks a store for everything that there is to ask, and claims that each operation is answered once, later,
 * and with nothing but what the contract of a store (backend.h) lets it say.
 * Thread   one. */
#ifndef SG_FUZZ_ASKER_H
#define SG_FUZZ_ASKER_H

#include "base/slice.h"

struct store;

/* The store is borrowed until asker_end(). */
void asker_begin(struct store *store);
/* By its name, "find"; once more from inside the answer if again is set. False: there is nothing of that name. */
bool asker_ask(struct slice name, bool again);
/* What was asked last is cancelled. */
void asker_cancel(void);
/* Fences that were given out are handed back. */
void asker_unlock(void);
/* How many operations have no answer yet. */
size_t asker_waits(void);
/* What has no answer is cancelled. */
void asker_end(void);

#endif
