/* stream.h - server-sent events: answers that go on while things happen.
 *
 *	REPLAYING ──► LIVE		from the ring, as fast as it is taken; then as things happen
 *	     └──────────┴──► over	who is more than STREAM_BEHIND_BYTES behind, or whose token is good for it no more
 *
 * Each event comes once to each stream, in the order in which this process heard of it.
 * Owner    the call whose answer it is; stream.c closes it with that.
 * Thread   the admin API's. */
#ifndef SG_STREAM_H
#define SG_STREAM_H

#include "rest/event_filter.h"

enum {
	STREAM_BEHIND_BYTES = 1048576,
	STREAM_BEAT_MS = 15000,
	STREAMS = 64, /* no more at a time */
};

/* Answers the call: with a stream of what the filter lets through, behind this event (empty: from now on). */
void stream_open(struct call *c, const struct event_filter *filter, struct slice after);
/* The same, from the event of this number on; an id without data says where that is, so that who loses the stream before
 * anything has come can go on from there. */
void stream_open_at(struct call *c, const struct event_filter *filter, uint64_t number);

/* There is news. */
void streams_tell(struct desk *d, const struct news_item *item, struct slice json);
/* Look at time: comments, and tokens that have ended. Every DESK_TICK_MS. */
void streams_tick(struct desk *d);
/* There are new settings: streams go on by those, if their callers may. */
void streams_reload(struct desk *d);

#endif
