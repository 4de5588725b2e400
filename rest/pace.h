/* pace.h - how much happened in the last minute.
 * Owner    desk.h's; zeroed.
 * Thread   the admin API's. */
#ifndef SG_PACE_H
#define SG_PACE_H

#include "rest/source.h"

enum {
	PACE_STEP_MS = 5000,
	PACE_STEPS = 12, /* a minute of them */
};

struct pace {
	struct source_totals marks[PACE_STEPS]; /* a ring */
	size_t count, next;
	int64_t marked_ms; /* monotonic */
};

/* Called often; takes a mark when it is time for one. */
void pace_tick(struct pace *p, const struct source *source, int64_t now_ms);
/* What has been added within the last minute, or since the process began. */
struct source_totals pace_minute(const struct pace *p, const struct source *source);

#endif
