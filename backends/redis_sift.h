/* redis_sift.h - of very many sessions those that a filter may let through, by nothing but the fields that it asks for: so
 * that no more has to be read of all the others.
 * Thread   any. Pure. */
#ifndef SG_REDIS_SIFT_H
#define SG_REDIS_SIFT_H

#include "backends/redis_call.h"
#include "session/filter.h"

/* Append the names of these fields to sift.lua's arguments. */
void redis_sift_add(struct redis_call *call, const struct filter *f);
/* The item has their values. True also of one that has ended. */
bool redis_sift_matches(const struct filter *f, const struct redis_reply *reply, size_t item);

#endif
