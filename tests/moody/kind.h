/* kind.h - the kind of store that the tests' program has besides those of the real one: a memory store behind moods.
 * "moody:/path" listens for commands there (control.h); "moody:MOOD:/path" has that mood from the start. */
#ifndef SG_TESTS_MOODY_KIND_H
#define SG_TESTS_MOODY_KIND_H

#include "backends/kind.h"

extern const struct backend_kind moody_kind;

#endif
