/* heads.h - what a store has counted, and what there is. */
#ifndef SG_TESTS_HEADS_H
#define SG_TESTS_HEADS_H

#include "tests/backends/bench.h"

/* Whatever has happened before: when all that is due has ended, the store's headcount is what a walk over all sessions finds. */
void expect_heads_as_walked(struct bench *b);

#endif
