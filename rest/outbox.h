/* outbox.h - what this gateway says of itself: its own readers are told at once, the others' as soon as the store has
 * taken it, which keeps it for them.
 *
 *	whoever says something ──► the news
 *	                       └─► outbox ──► store ──► every gateway's reader, which leaves out what is its own
 *
 * Owner    whoever made it. What it shows is borrowed until it is dropped.
 * Memory   the last OUTBOX_ROOM that the store has not taken; what is older is left out, and the log is told.
 * Thread   outbox_put(): any; outbox_first() and outbox_drop(): one, which asks the store. */
#ifndef SG_OUTBOX_H
#define SG_OUTBOX_H

#include "rest/news.h"

enum { OUTBOX_ROOM = 64 };

struct outbox;

/* news: its own readers, or NULL. shared: there may be others, which the store tells. SG_ENOMEM, SG_ERANDOM. */
SG_MUST_CHECK int outbox_new(struct news *news, bool shared, struct outbox **out);
void outbox_free(struct outbox **o); /* *o may be NULL, becomes NULL */

/* An event without a session or a user. */
void outbox_put(struct outbox *o, const struct session_event *e);

/* The oldest that the store has not taken. False: there is none. */
bool outbox_first(struct outbox *o, struct session_event *out);
void outbox_drop(struct outbox *o);

/* Is it what this process has put? Then its readers know. */
bool outbox_is_own(const struct outbox *o, const struct session_event *e);

#endif
