/* news.h - what happened lately, in a ring: one thread hears of it from the store and puts it in, the admin API's reads it.
 * Who wants all that has happened until now asks for it, and waits until that is answered: the thread that hears of things
 * looks at once then, not only when it would have.
 *
 *	1 … first ──── kept ──── next		numbers, in the order in which this process heard of things
 *	  (pushed out)            (not yet)
 *
 * Owner    whoever made it; an item is shared by all who hold a reference.
 * Memory   fixed but for the texts: at most so many items as it has room for, and those that are held.
 * Thread   any. The lock is held for a few items' references, and nothing is allocated or freed under it. */
#ifndef SG_NEWS_H
#define SG_NEWS_H

#include "base/buffer.h"
#include "session/event.h"

enum {
	NEWS_TEXT_BYTES = 1000, /* of one text, beyond which it is cut */
	NEWS_ID_BYTES = 40,
};

struct news;

/* All of it immutable; texts are UTF-8 without control characters, empty where they do not apply. */
struct news_item {
	_Atomic unsigned references;
	uint64_t number;
	enum event_type type;
	enum event_cause cause;
	int64_t at_ms;
	struct slice id; /* no other event has it */
	struct slice session, realm, application, user, reason, actor, node;
	char texts[];
};

/* SG_ENOMEM, SG_ESYSTEM, SG_ERANDOM. */
SG_MUST_CHECK int news_new(size_t room, struct news **out);
void news_free(struct news **n); /* *n may be NULL, becomes NULL */

/* One more; without memory for it, it is left out, and the log is told. */
void news_add(struct news *n, const struct session_event *e);
/* What happened before the next one was not all heard of. */
void news_add_gap(struct news *n);

/* A descriptor that becomes readable when something is added, or answered; news_hush() before one looks what. */
int news_bell(const struct news *n);
void news_hush(struct news *n);

/* Which are kept: those from first on, up to the one before next. */
struct news_span {
	uint64_t first, next;
};
struct news_span news_kept(struct news *n);
/* Those that are kept from *from on, at most so many, each with a reference for the caller; *from becomes the number of the
 * first one that is looked at. */
size_t news_read(struct news *n, uint64_t *from, size_t most, const struct news_item **out);
void news_unref(const struct news_item **item); /* NULL is fine, becomes NULL */

/* Those that are kept, the newest first, each with a reference for look(), until that has enough: false. */
typedef bool news_look_fn(void *ctx, const struct news_item *item);
void news_look_back(struct news *n, news_look_fn *look, void *ctx);

/* The id that the event of that number has, had, or would have: of 0, what was before them all. Into text. */
struct slice news_id(const struct news *n, uint64_t number, char text[NEWS_ID_BYTES]);
/* The number that follows upon the event of that id. False: what followed is not kept any more, or it never was an id. */
bool news_find(struct news *n, struct slice id, uint64_t *next);

/* --- asking --- */

/* The question's number: it is answered as soon as that is not above news_answered(), which is to be looked at before the
 * news are. */
uint64_t news_ask(struct news *n);
uint64_t news_answered(const struct news *n);

/* Of who adds: a descriptor that becomes readable when somebody asks. */
int news_questions(const struct news *n);
/* The newest question. Before one looks what has happened: that answers it. */
uint64_t news_asked(const struct news *n);
/* All has been added that there was, or nothing can be heard now. NEWS_CLOSED: nor ever again. */
#define NEWS_CLOSED UINT64_MAX
void news_answer(struct news *n, uint64_t question);

#endif
