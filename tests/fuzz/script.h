/* script.h - what a script has set for the lines that follow, and how these are read: a letter, numbers, then bytes (\n
 * \r \\ \xHH; \t: the session token that was set last, \T: the one before it; \k and \K: such tickets).
 * Owner    by value. */
#ifndef SG_FUZZ_SCRIPT_H
#define SG_FUZZ_SCRIPT_H

#include "base/buffer.h"

struct script {
	size_t web_server, caller; /* whose the lines are */
	unsigned times;
	unsigned piece_bytes;
	unsigned joined; /* so many lines before anybody looks */
	size_t said_bytes;
	struct slice line; /* what is left of it */
};

typedef void script_say_fn(void *to, struct slice bytes);

/* The next number of the line; 0 where there is none. */
unsigned script_number(struct script *s);
/* The rest of the line, unescaped and repeated; the caller's. */
struct buffer script_bytes(struct script *s);
/* As the script has it, in pieces or at once; out is emptied. */
void script_say(struct script *s, script_say_fn *to_whom, void *to, struct buffer *out);

/* What is longer than a record becomes two. */
void script_put_record(struct buffer *out, unsigned type, unsigned id, unsigned padding,
		       struct slice content);

#endif
