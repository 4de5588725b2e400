/* twins.h - two stores to which the same happens, by dice: they must say the same of it each time, and keep the same. */
#ifndef SG_TESTS_TWINS_H
#define SG_TESTS_TWINS_H

#include "tests/backends/bench.h"

/* So many sessions, one after another, from beginning to end. Time passes for both when one's fixture lets it pass. */
void twins_live(struct bench *one, struct bench *other, unsigned sessions);

#endif
