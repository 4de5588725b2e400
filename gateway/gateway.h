/* gateway.h - the process: its configuration, its listeners, its workers, and what signals do to them.
 *
 *	SIGTERM SIGINT SIGQUIT	drain, then end; the second time: end at once
 *	SIGHUP			load the configuration anew; a bad one changes nothing
 *	SIGUSR1			reopen the log
 *
 * Thread: the main one. */
#ifndef SG_GATEWAY_H
#define SG_GATEWAY_H

#include "gateway/config.h"

/* Run until a signal ends it. config is the one that arguments gave; arguments are kept for reloads.
 * 0: ended as asked; a negative SG_E* when it could not start, logged. */
SG_MUST_CHECK int gateway_run(const struct config_arguments *arguments,
			      const struct config *config);

#endif
