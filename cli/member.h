/* member.h - what the API's JSON says, for a person.
 * Borrow   from the object. Thread: the main one. */
#ifndef SG_MEMBER_H
#define SG_MEMBER_H

#include "base/buffer.h"

#include <cjson/cJSON.h>

/* The text, which is one JSON value and nothing else, by the letter of RFC 8259: cJSON takes more, and what it takes may mean
 * something else once it is printed (screen_print_json()). NULL: it is none; else the caller's. */
cJSON *member_parse(struct slice text);

/* The member that a path such as "device.last_ip" leads to; NULL: there is none. */
const cJSON *member_at(const cJSON *object, const char *path);
/* Its text; NULL: it is none. */
const char *member_text(const cJSON *object, const char *path);
bool member_is_true(const cJSON *object, const char *path);
/* Its number, or 0. */
double member_number(const cJSON *object, const char *path);

/* Append a value as it is said: texts without quotes, "yes" and "no", "-" for null, lists with commas. Not cleaned. */
void member_say(struct buffer *out, const cJSON *value);
/* A moment as the time until or since then: "in 12m", "3h ago"; what is none as it is. now_ms: of the wall. */
void member_say_moment(struct buffer *out, const cJSON *value, int64_t now_ms);

#endif
