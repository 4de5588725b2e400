/* json.h - JSON objects as answers have them, of cJSON's nodes: what is unknown is null.
 * Owner    the nodes are whoever's the object is.
 * Errors   false: no memory; the object then lacks the member.
 * Thread   one at a time. */
#ifndef SG_JSON_H
#define SG_JSON_H

#include "base/buffer.h"

#include <cjson/cJSON.h>

enum { JSON_TEXT_BYTES = 1024 }; /* no text is longer that json_add_text() takes */

/* Well-formed UTF-8 without NUL; empty: null. */
bool json_add_text(cJSON *object, const char *name, struct slice text);
/* Milliseconds since 1970; 0, it has not happened: null. */
bool json_add_time(cJSON *object, const char *name, int64_t ms);
bool json_add_number(cJSON *object, const char *name, int64_t number);
bool json_add_flag(cJSON *object, const char *name, bool flag);
/* An empty object in a list. NULL: no memory. */
cJSON *json_append_object(cJSON *list);
/* The same as a member's text. */
bool json_append_text(cJSON *list, struct slice text);

/* Append object's text and a line's end if it is whole; the object goes in any case, NULL is fine. SG_ENOMEM. */
SG_MUST_CHECK int json_write(cJSON *object, bool whole, struct buffer *out);

#endif
