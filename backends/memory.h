/* memory.h - the store that lives and dies with the process: "memory:". */
#ifndef SG_MEMORY_H
#define SG_MEMORY_H

#include "backends/kind.h"

extern const struct backend_kind memory_kind;

#endif
