/* listeners.h - all the sockets of one list of addresses, which the process opens and its workers, or the admin API,
 * accept from.
 * Owner    the gateway: who accepts from them borrows the descriptors until it has ended.
 * Thread   the main one. */
#ifndef SG_LISTENERS_H
#define SG_LISTENERS_H

#include "gateway/config.h"

/* *fds: a descriptor for each, beside listen; listeners_close() it after a failure, too. whose: what the log says of each.
 * SG_ENOMEM, SG_ESYSTEM (errno; logged what failed). */
SG_MUST_CHECK int listeners_open(const struct config_listen *listen, size_t count,
				 const char *whose, int **fds);
/* Nobody new finds us (listener_hide). */
void listeners_hide(const struct config_listen *listen, size_t count);
/* hidden: that has been done. *fds may be NULL, becomes NULL. */
void listeners_close(const struct config_listen *listen, size_t count, bool hidden, int **fds);

#endif
