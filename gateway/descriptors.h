/* descriptors.h - how many file descriptors the process may have, and who gets them where there are too few.
 * Thread   the main one. */
#ifndef SG_DESCRIPTORS_H
#define SG_DESCRIPTORS_H

#include "gateway/config.h"

/* Raise the process's limit to what may be needed by newest, and by the listeners and workers of started, or as far as
 * is allowed. How many connections from web servers leave some for applications; UINT64_MAX: there are enough, or nobody
 * says. Otherwise the log is told. */
uint64_t descriptors_share(const struct config *newest, const struct config *started);

#endif
