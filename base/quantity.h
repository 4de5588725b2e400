/* quantity.h - numbers with units, as people write them: 500ms 10s 30m 12h 7d, 64k 16m 1g.
 * Errors   NULL is success, else what is wrong, for a person; *out is then untouched.
 * Thread   any. */
#ifndef SG_QUANTITY_H
#define SG_QUANTITY_H

#include "base/buffer.h"

typedef const char *quantity_read_fn(struct slice text, uint64_t *out);
typedef int quantity_print_fn(struct buffer *out, uint64_t value);

/* In milliseconds; a plain 0 needs no unit. */
const char *quantity_read_duration(struct slice text, uint64_t *out);
/* In bytes; a number without unit is bytes. */
const char *quantity_read_size(struct slice text, uint64_t *out);
const char *quantity_read_count(struct slice text, uint64_t *out);
/* The permissions of a file, octal. */
const char *quantity_read_mode(struct slice text, uint64_t *out);

/* 2027-06-30, as the milliseconds since 1970 at which that day ends in UTC. */
const char *quantity_read_date(struct slice text, uint64_t *out);
/* 2027-06-30T12:00:00Z (RFC 3339), as milliseconds since 1970. */
const char *quantity_read_time(struct slice text, uint64_t *out);

/* Append the value in the largest unit that says it exactly. */
SG_MUST_CHECK int quantity_print_duration(struct buffer *out, uint64_t value);
SG_MUST_CHECK int quantity_print_size(struct buffer *out, uint64_t value);
SG_MUST_CHECK int quantity_print_count(struct buffer *out, uint64_t value);
SG_MUST_CHECK int quantity_print_mode(struct buffer *out, uint64_t value);
SG_MUST_CHECK int quantity_print_date(struct buffer *out, uint64_t value);
SG_MUST_CHECK int quantity_print_time(struct buffer *out, uint64_t value);

#endif
