/* nearest.c - edit distance (insertions, deletions, replacements and swaps of neighbours). */
#include "gateway/nearest.h"

enum { WORD_MAX = 40 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned nearest_distance(struct slice a, struct slice b)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];

	for (unsigned i = 0; i <= a.len; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= b.len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		for (size_t j = 1; j <= b.len; j++) {
			bool same = a.ptr[i - 1] == b.ptr[j - 1];

			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
					d[i - 1][j - 1] + (same ? 0 : 1));
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			    a.ptr[i - 2] == b.ptr[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a.len][b.len];
}

void nearest_try(struct nearest *n, const char *known)
{
	struct slice word = slice_from(known);
	unsigned distance, allowed = word.len < 5 ? 1 : (unsigned)(word.len + 4) / 4;

	if (n->typed.len > WORD_MAX || word.len > WORD_MAX)
		return;
	distance = nearest_distance(n->typed, word);
	if (distance <= allowed && (n->best == NULL || distance < n->distance)) {
		n->best = known;
		n->distance = distance;
	}
}
