/* healthcheck.h - --healthcheck URL: asks a gateway that runs whether it is well, for containers, which have no curl.
 *
 *	http://127.0.0.1:9180/readyz		the admin API; without a path: /livez
 *	unix:/run/sessiongate/admin.sock:/readyz	the same on a Unix socket, also with http:// before it
 *	127.0.0.1:9180				as admin.listen has it: /livez
 *	fastcgi:127.0.0.1:9100			the front, as listen has it: does it answer FCGI_GET_VALUES?
 *
 * Thread   the main one; it blocks, for HEALTHCHECK_MS at the most beside a look-up of the host. */
#ifndef SG_HEALTHCHECK_H
#define SG_HEALTHCHECK_H

#include "base/buffer.h"

enum { HEALTHCHECK_MS = 2000 };

/* 0: well. SG_EFORMAT: no such URL. SG_ESYSTEM: not well, or it does not answer; in all cases said, if there is memory for
 * that, is a line for a person. */
SG_MUST_CHECK int healthcheck_ask(struct slice url, struct buffer *said);

#endif
