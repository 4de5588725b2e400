/* sums.c - see sums.h. */
#include "gateway/sums.h"

#include <stdlib.h>
#include <string.h>

static void *sums_at(const struct sums *s, size_t i)
{
	return (char *)s->rows + i * s->row_bytes;
}

static void *sums_add(struct sums *s, const char *name)
{
	void *grown = reallocarray(s->rows, s->count + 1, s->row_bytes);
	const char **row;

	if (grown == NULL) {
		s->failed = true;
		return NULL;
	}
	s->rows = grown;
	row = sums_at(s, s->count++);
	memset(row, 0, s->row_bytes);
	*row = name;
	return row;
}

void *sums_of(struct sums *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++) {
		const char **row = sums_at(s, i);

		if (strcmp(*row, name) == 0)
			return row;
	}
	return sums_add(s, name);
}

const void *sums_row(const struct sums *s, size_t i)
{
	return sums_at(s, i);
}

void sums_close(struct sums *s)
{
	free(s->rows);
	s->rows = NULL;
	s->count = 0;
}
