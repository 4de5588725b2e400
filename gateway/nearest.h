/* nearest.h - "did you mean": the known word that a mistyped one is near to. Thread: any. */
#ifndef SG_NEAREST_H
#define SG_NEAREST_H

#include "base/slice.h"

/* Starts with { .typed = …, .best = NULL }; nearest_try() every known word, then read best. */
struct nearest {
	struct slice typed;
	const char *best; /* borrowed from who offered it; NULL: none is near */
	unsigned distance;
};

void nearest_try(struct nearest *n, const char *known);

#endif
