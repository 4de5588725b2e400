/* redis_reader.h - RESP2, as it comes from a server, to replies; hiredis' codec with our own memory behind it.
 * Owner    who opened it.
 * Thread   one at a time. */
#ifndef SG_REDIS_READER_H
#define SG_REDIS_READER_H

#include "backends/redis_reply.h"

struct redis_reader;

/* SG_ENOMEM. */
SG_MUST_CHECK int redis_reader_new(struct redis_reader **out);
/* *reader may be NULL, becomes NULL. */
void redis_reader_free(struct redis_reader **reader);

/* Copies bytes. SG_ENOMEM, SG_ELIMIT: a reply longer than anything that was asked for. */
SG_MUST_CHECK int redis_reader_feed(struct redis_reader *reader, struct slice bytes);
/* 1: *out is the next reply, until the next call; 0: more bytes are needed; SG_EFORMAT: not RESP2, or too much of it. */
SG_MUST_CHECK int redis_reader_next(struct redis_reader *reader, const struct redis_reply **out);

#endif
