/* listen_queue.h - connections that wait for the process behind a listening socket of this machine to accept them.
 * Reads /proc/net, which takes as long as there are sockets: not for a worker.
 * Thread   any. */
#ifndef SG_LISTEN_QUEUE_H
#define SG_LISTEN_QUEUE_H

#include "gateway/address.h"

#include <stdio.h>

/* As many as a table says, which is one of /proc/net for addresses of that kind. */
uint64_t listen_queue_in(FILE *table, const struct address *a);
/* 0 as well where nobody tells: on another machine, or in another network namespace. */
uint64_t listen_queue_length(const struct address *a);

#endif
