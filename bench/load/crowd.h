/* crowd.h - all visitors of a run, their loop, and what became of them. */
#ifndef SG_BENCH_CROWD_H
#define SG_BENCH_CROWD_H

#include "bench/load/delays.h"
#include "bench/load/visitor.h"

#include <sys/socket.h>
#include <sys/un.h>

enum { CROWD_KINDS = 32, CROWD_TICK_MS = 10, CROWD_PAUSE_TICK_MS = 1 };

struct crowd_kind {
	const struct kind *kind;
	uint64_t outcomes[OUTCOME_COUNT];
};

struct crowd {
	struct sockaddr_un address;
	struct crowd_kind kinds[CROWD_KINDS];
	size_t kind_count;
	uint64_t visits; /* to begin; UINT64_MAX: until the time is over */
	int64_t seconds;
	uint64_t most_bytes; /* replaces 1 in the kinds of any size */
	int64_t patience_ms; /* for anything that must end */
	bool hold;           /* visitors stay connected after their visit */
	bool open;           /* they come until stdin ends */
	int64_t pause_ms;    /* between rounds, on the average; 0: none */
	char **cookies;      /* of sessions that are there; NULL: none */
	size_t cookie_count;
	struct visitor *visitors;
	size_t at_once, busy;
	int epoll;
	int64_t now_ms;
	uint64_t begun, bad;  /* visits; requests whose outcome may not be */
	struct delays delays; /* of polite visitors' requests */
	size_t here, staying;
};

/* Run until all visits are over. */
void crowd_run(struct crowd *c);
/* Wait for the end of stdin; then how many of those that stay the gateway has closed. */
size_t crowd_hold(struct crowd *c);
/* One request's outcome. */
void crowd_count(struct crowd *c, const struct kind *kind, enum outcome outcome,
		 const struct reply *reply);
/* 0 … below - 1. */
uint64_t crowd_dice(uint64_t below);

#endif
