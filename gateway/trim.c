/* trim.c - see trim.h. */
#include "gateway/trim.h"

#include "base/block.h"

#include <event2/event.h>
#include <malloc.h>

enum {
	TRIM_S = 1,
	TRIM_BYTES = 8 * 1024 * 1024, /* freed since the peak: worth giving back */
	TRIM_LAST_S = 32,
	TRIM_MMAP_BYTES = 256 * 1024,
};

static void trim_now(struct trim *t, uint64_t bytes)
{
	malloc_trim(0);
	t->peak_bytes = bytes;
}

/* Blocks are only what is easy to count, and a rush ends slowly: the connections it came on, and the last
 * of its blocks, are freed after what was worth a trim. So there are a few more, each twice as long after
 * the one before. */
static void trim_after(struct trim *t, unsigned pause_s)
{
	t->pause_s = pause_s <= TRIM_LAST_S ? pause_s : 0;
	t->due_s = t->pause_s;
}

static void trim_on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct trim *t = ctx;
	uint64_t bytes = block_bytes(), peak = block_peak();

	(void)fd;
	(void)what;
	if (peak < bytes)
		peak = bytes;
	if (peak > t->peak_bytes)
		t->peak_bytes = peak;
	if (t->peak_bytes - bytes >= TRIM_BYTES) {
		trim_now(t, bytes);
		trim_after(t, TRIM_S);
	} else if (t->due_s > 0 && (t->due_s -= TRIM_S) == 0) {
		trim_now(t, bytes);
		trim_after(t, 2 * t->pause_s);
	}
}

/* Large blocks come straight from the system and go straight back. malloc would raise that mark with
 * each of them that is freed, up to 32 MiB, and keep the next ones in its heap. */
int trim_open(struct trim *t, struct event_base *loop)
{
	static const struct timeval interval = { .tv_sec = TRIM_S };

	mallopt(M_MMAP_THRESHOLD, TRIM_MMAP_BYTES);
	t->timer = event_new(loop, -1, EV_PERSIST, trim_on_time, t);
	return t->timer != NULL && event_add(t->timer, &interval) == 0 ? 0 : SG_ENOMEM;
}

void trim_close(struct trim *t)
{
	if (t->timer != NULL)
		event_free(t->timer);
	t->timer = NULL;
}
