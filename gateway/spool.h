/* spool.h - the part of a request body that memory is too dear for: a file without a name, gone with its
 * descriptor. Written and read on the worker's loop: the page cache takes it, a slow disk is felt, and the
 * limits keep it small.
 * Owner    the body. Errors: SG_ESYSTEM (errno). Thread: the worker's. */
#ifndef SG_SPOOL_H
#define SG_SPOOL_H

#include "base/error.h"
#include "base/slice.h"

struct spool {
	int fd;                 /* -1: none */
	uint64_t written, read; /* bytes */
};

void spool_init(struct spool *s);
SG_MUST_CHECK int spool_open(struct spool *s, const char *dir);
SG_MUST_CHECK int spool_write(struct spool *s, struct slice bytes);
/* The next bytes, at most len; *got is 0 at the end. */
SG_MUST_CHECK int spool_read(struct spool *s, char *out, size_t len, size_t *got);
/* As if nothing had been written. */
SG_MUST_CHECK int spool_empty(struct spool *s);
void spool_close(struct spool *s);

#endif
