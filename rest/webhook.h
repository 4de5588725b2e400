/* webhook.h - events that are posted to others' servers, by libcurl in the loop of the admin API.
 *
 *	QUEUED ──► SENDING ──► delivered		2xx
 *	   ▲──────────┘ └──────► given up		after WEBHOOK_GIVE_UP_MS of trying, or pushed out of the queue
 *
 * Each gateway posts what it has told itself: of those that share a store nobody posts what another does. What fails is tried
 * again after pauses that double, up to an hour, while what is behind it goes on: so order is that of the first tries alone.
 * When the process ends each that waits is tried once more (webhooks_finish()); what is then left is given up, and the log says
 * how many those are.
 * Owner    admin.c.
 * Thread   the admin API's. */
#ifndef SG_WEBHOOK_H
#define SG_WEBHOOK_H

#include "rest/desk.h"

enum {
	WEBHOOK_QUEUE = 10000, /* events that wait for one server; one more pushes out the oldest */
	WEBHOOK_TRY_MS = 10000,
	WEBHOOK_PAUSE_MS = 1000,
	WEBHOOK_LONGEST_PAUSE_MS = 600000,
	WEBHOOK_GIVE_UP_MS = 3600000,
};

struct webhooks;

/* SG_ENOMEM. */
SG_MUST_CHECK int webhooks_open(struct desk *d, struct webhooks **out);
/* By the settings that are in force now; to a URL that is still there goes what waits for it. SG_ENOMEM: as far as there was
 * memory. */
SG_MUST_CHECK int webhooks_reload(struct webhooks *w);
void webhooks_tell(struct webhooks *w, const struct news_item *item, struct slice json);
/* Those whose time has come are tried again. Every DESK_TICK_MS. */
void webhooks_tick(struct webhooks *w);
/* What waits is tried now, and not again; a server that cannot be reached gets nothing more. */
void webhooks_finish(struct webhooks *w);
/* Nothing waits. */
bool webhooks_idle(const struct webhooks *w);
/* What waits is given up. */
void webhooks_close(struct webhooks **w); /* *w may be NULL, becomes NULL */

struct webhook_counts {
	uint64_t delivered, failed, given_up; /* failed: tries */
};
struct webhook_counts webhooks_counts(const struct webhooks *w);

#endif
