/* value.h - an attribute's value: one JSON text (RFC 8259), kept and passed on as it was
 * written. Only scanned, never turned into a tree: on the way of a request nothing needs one,
 * and a tree would lose what numbers beyond a double say.
 * Strict where readers differ: valid UTF-8, no raw control characters, no lone surrogates, no
 * NUL (not as \u0000 either), at most VALUE_DEPTH levels.
 * Thread   any. */
#ifndef SG_VALUE_H
#define SG_VALUE_H

#include "base/buffer.h"

enum { VALUE_DEPTH = 512 }; /* as deep as PHP's json_encode() goes by itself */

/* The value at the front of *text; white space around it is skipped, *text moves behind it, and
 * *value borrows it without that space. SG_EFORMAT when there is none. */
SG_MUST_CHECK int value_scan(struct slice *text, struct slice *value);

/* Walk the members of a JSON object: value_object_open() steps into it, value_object_next() gives
 * one member a call: 1 a member, 0 the end (then *text is what follows the object, less white
 * space), SG_EFORMAT anything else. *name borrows the string's text between its quotes, still
 * escaped. */
SG_MUST_CHECK int value_object_open(struct slice *text);
SG_MUST_CHECK int value_object_next(struct slice *text, bool first, struct slice *name,
				    struct slice *value);

bool value_is_string(struct slice value);
bool value_is_null(struct slice value);

/* The member, and the attribute, by which PHP's adapter says that something is PHP's own serialized text: whoever could
 * have that unserialized could run code. */
#define VALUE_PHP "$php"

/* Has an object anywhere in the value a member of that name, however it is escaped? The value must have been
 * scanned. */
bool value_has_php(struct slice value);

/* How long a JSON string of text is, which is valid UTF-8; and write it, to where there is room for that.
 * What stands behind it. */
size_t value_quoted_bytes(struct slice text);
char *value_put_quoted(char *at, struct slice text);
/* Append it. */
SG_MUST_CHECK int value_quote(struct buffer *out, struct slice text);
/* The text of a JSON string. With quotes or without; out has room for string.len bytes. The
 * string must have been scanned: what is not a string asserts. */
size_t value_unquote(struct slice string, char *out);

#endif
