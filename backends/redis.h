/* redis.h - sessions in Redis, shared by all gateways that have the same namespace there: docs/redis.md shows what lies in
 * which key. See backend.h for what it does, and redis_url.h for which URLs there are. */
#ifndef SG_REDIS_H
#define SG_REDIS_H

#include "backends/kind.h"

extern const struct backend_kind redis_kind;

#endif
