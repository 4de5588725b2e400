/* redis_order.h - the two orders in which each bucket has its sessions: by when they were created, and by when they were seen
 * last.
 * Thread   any. */
#ifndef SG_REDIS_ORDER_H
#define SG_REDIS_ORDER_H

#include "backends/redis_call.h"

/* For redis_fan_each_bucket(). Static. */
const char *const *redis_order_keys(bool by_seen);
/* A moment there, as a script's argument; INT64_MIN is before all of them, INT64_MAX behind. */
void redis_order_add_moment(struct redis_call *call, int64_t at_ms);

#endif
