/* kinds.c - the kinds of stores that the program has. Alone in its file: the tests' program has one more, and brings a
 * table of its own. */
#include "backends/kind.h"
#include "backends/memory.h"
#include "backends/redis.h"

const struct backend_kind *const backend_kinds[] = { &memory_kind, &redis_kind, NULL };
