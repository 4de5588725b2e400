/* sums.h - what several workers count of what has a name, added up: a row for each name, which begins with it.
 * Owner    the caller: sums_close(). Names are borrowed. */
#ifndef SG_SUMS_H
#define SG_SUMS_H

#include <stdbool.h>
#include <stddef.h>

struct sums {
	size_t row_bytes; /* of a struct whose first member is a const char * */
	void *rows;
	size_t count;
	bool failed; /* there was no memory for all of them */
};

/* The name's row; a new one is zero but for the name. NULL: no memory. It may move with the next call. */
void *sums_of(struct sums *s, const char *name);
const void *sums_row(const struct sums *s, size_t i);
void sums_close(struct sums *s);

#endif
