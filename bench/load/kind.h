/* kind.h - what visitors do: the table of it, and which of it this run is made of. */
#ifndef SG_BENCH_KIND_H
#define SG_BENCH_KIND_H

#include "bench/load/reply.h"

enum { KIND_AT_ONCE = 4 };

/* Polite visitors wait for their answers; the others do something on the way to them. */
enum manners {
	MANNERS_POLITE,
	MANNERS_SILENT,  /* connects, and says nothing */
	MANNERS_LEAVES,  /* at any byte of its question or of the answer */
	MANNERS_ABORTS,  /* sends ABORT_REQUEST, and waits for the end */
	MANNERS_GARBAGE, /* some bytes are others */
};

#define MAY(outcome) (1u << OUTCOME_##outcome)

struct kind {
	const char *name;
	const char *path;
	enum manners manners;
	unsigned may;      /* outcomes that are fine */
	unsigned weight;   /* beside those of the other kinds of the run */
	unsigned series;   /* at most so many rounds on one connection; more than 1: KEEP_CONN */
	bool all_rounds;   /* so many, always */
	const char *agent; /* NULL: none */
	unsigned at_once;  /* requests in one round, multiplexed; 0: 1 */
	bool whole;        /* as large as body and answer say, always */
	bool body_length_unknown, answer_length_unknown;
	bool no_keep;
	uint64_t body, answer;          /* at most so many bytes, evenly spread */
	size_t write_bytes, read_bytes; /* a tick; 0: as many as go */
};

/* NULL when there is none of this name. */
const struct kind *kind_find(const char *name, size_t len);

#endif
