/* redis_reply.h - what Redis answered, flat: an array's item says how many items follow as its elements, depth first,
 * and those that are arrays are followed by theirs.
 *
 *	[1, "a", ["b", nil]]   ARRAY 3 · INTEGER 1 · STRING "a" · ARRAY 2 · STRING "b" · NIL
 *
 * hiredis reads the protocol (redis_reader.h) and fills it; its memory serves one reply after another, so that none of
 * their elements is allocated.
 * Owner    who has the struct (zero it to begin); redis_reply_fini().
 * Borrow   texts and items last until the next redis_reply_reset() or _fini().
 * Thread   one at a time. */
#ifndef SG_REDIS_REPLY_H
#define SG_REDIS_REPLY_H

#include "base/buffer.h"

enum {
	REDIS_REPLY_ITEMS = 1 << 20, /* more than any answer that we ask for has */
	REDIS_REPLY_TEXT_BYTES = 1
				 << 28, /* the same of texts; one text is not longer than 512 MiB */
};

enum redis_type {
	REDIS_STRING,
	REDIS_STATUS, /* "OK" */
	REDIS_ERROR,  /* the whole line: "WRONGTYPE Operation against …" */
	REDIS_INTEGER,
	REDIS_NIL,
	REDIS_ARRAY,
};

struct redis_item {
	enum redis_type type;
	int64_t number;   /* of an integer; of an array: how many elements it has */
	size_t at, bytes; /* where the text is, of string, status and error */
};

struct redis_reply {
	struct redis_item *items; /* the first is the whole */
	size_t count, room;
	struct buffer text;
};

void redis_reply_fini(struct redis_reply *r);
/* Empty again, its memory kept unless it is much. */
void redis_reply_reset(struct redis_reply *r);
/* False: there is no memory, or too much of it. */
SG_MUST_CHECK bool redis_reply_add(struct redis_reply *r, enum redis_type type, int64_t number,
				   struct slice text);

/* to becomes as from is. False as with redis_reply_add(). */
SG_MUST_CHECK bool redis_reply_copy(struct redis_reply *to, const struct redis_reply *from);

/* What the item is, and if it is a text or an integer, which; empty or 0 for what is none, and for an index that is
 * none. */
enum redis_type redis_reply_type(const struct redis_reply *r, size_t item);
struct slice redis_reply_text(const struct redis_reply *r, size_t item);
int64_t redis_reply_number(const struct redis_reply *r, size_t item);
/* How many elements it has; 0 for what is no array. */
size_t redis_reply_elements(const struct redis_reply *r, size_t item);
/* The item that follows item and all of its elements. */
size_t redis_reply_after(const struct redis_reply *r, size_t item);

/* Is it an error that begins with this word? */
bool redis_reply_is_error(const struct redis_reply *r, struct slice word);

#endif
