/* redis_drift.h - how far this machine's clock is from that of a server of Redis, by which sessions end, and by whose times
 * this machine finds that a touch is due: the log says when that is too far, and when it is not any more.
 * Thread   any. */
#ifndef SG_REDIS_DRIFT_H
#define SG_REDIS_DRIFT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	REDIS_DRIFT_FAR_MS = 2000,
	REDIS_DRIFT_NEAR_MS =
		1000, /* less than FAR, or the log would be full of one that is just there */
};

/* Zeroed: near. */
struct redis_drift {
	_Atomic bool far;
};

/* How far our clock is behind the server's at the least (less than 0: ahead), who has said this between these two moments
 * of ours; all of them since 1970. */
int64_t redis_drift_ms(int64_t asked_ms, int64_t server_ms, int64_t answered_ms);

void redis_drift_note(struct redis_drift *drift, int64_t behind_ms);

#endif
