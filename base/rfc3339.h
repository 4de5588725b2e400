/* rfc3339.h - a moment as text: RFC 3339 in UTC with milliseconds, "2026-11-20T10:00:00.000Z". Thread: any. */
#ifndef SG_RFC3339_H
#define SG_RFC3339_H

#include "base/slice.h"

enum { RFC3339_CHARS = sizeof("2026-11-20T10:00:00.000Z") - 1 };

/* Milliseconds since 1970, not before and no year of five digits. No NUL. */
void rfc3339_write(int64_t wall_ms, char out[RFC3339_CHARS]);
/* The same in the place of another moment of the same second. */
void rfc3339_write_ms(int64_t wall_ms, char out[RFC3339_CHARS]);

/* A moment as somebody writes it: with a fraction of any length or none, in UTC or with an offset; not before 1970.
 * What is finer than a millisecond is cut. False for what is none; *wall_ms is then untouched. */
bool rfc3339_read(struct slice text, int64_t *wall_ms);

#endif
