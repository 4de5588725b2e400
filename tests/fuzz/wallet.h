/* wallet.h - the tickets for the session API that applications were given since wallet_empty(). */
#ifndef SG_FUZZ_WALLET_H
#define SG_FUZZ_WALLET_H

#include "base/slice.h"

void wallet_empty(void);
/* A request was given it; given again, it is the same request. */
void wallet_put(struct slice ticket);
/* 0 is the one that was given out last. Nobody's where there are not so many. */
struct slice wallet_take(size_t which);
bool wallet_has(struct slice ticket);

#endif
