/* failures.h - addresses from which credentials came that are none, and when, within the last minute.
 *
 * Memory   fixed. Of more addresses than there is room for, the one whose last failure is the oldest is forgotten.
 * Owner    the caller; zeroed. Time is handed in, monotonic.
 * Thread   the admin API's. */
#ifndef SG_FAILURES_H
#define SG_FAILURES_H

#include "base/network.h"

enum {
	FAILURES_MINUTE_MS = 60000,
	FAILURES_PER_MINUTE = 10,
	FAILURES_ADDRESSES = 1024,
};

/* One address, or the /64 of an IPv6 one, which is one customer's. */
struct failures_of {
	uint8_t network[NETWORK_HOST_BYTES];
	int64_t at_ms[FAILURES_PER_MINUTE]; /* a ring; 0: none */
	unsigned next;                      /* in the ring: the oldest */
};

struct failures {
	struct failures_of addresses[FAILURES_ADDRESSES];
	size_t count;
};

/* One more from that address: 0, and it counts; or, after so many within the last minute, it does not, and in so many ms
 * the next one may. What is no address is nobody's: 0. */
int64_t failures_add(struct failures *f, struct slice address, int64_t now_ms);

#endif
