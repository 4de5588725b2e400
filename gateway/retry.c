/* retry.c - see retry.h. */
#include "gateway/retry.h"

static void retry_on_pause(struct deadline *d)
{
	struct retry *retry = CONTAINER_OF(d, struct retry, pause);

	retry->again(retry);
}

void retry_later(struct retry *retry, struct deadlines *all, retry_fn *again)
{
	retry->pause_ms = retry->pause_ms == 0 ? RETRY_FIRST_MS : 2 * retry->pause_ms;
	if (retry->pause_ms > RETRY_MOST_MS)
		retry->pause_ms = RETRY_MOST_MS;
	retry->again = again;
	deadline_arm(all, &retry->pause, retry->pause_ms, retry_on_pause);
}

void retry_stop(struct retry *retry)
{
	deadline_disarm(&retry->pause);
	retry->pause_ms = 0;
}
