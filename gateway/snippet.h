/* snippet.h - the web server's side of this gateway's configuration, ready to paste: its own
 * addresses, hosts and paths in the forms that were run against real servers.
 * Thread   any. */
#ifndef SG_SNIPPET_H
#define SG_SNIPPET_H

#include "gateway/config.h"

/* server: nginx, apache, lighttpd, caddy or haproxy; or php-fpm, on the other side. SG_EFORMAT for any other word, SG_ENOMEM. */
SG_MUST_CHECK int snippet_print(struct slice server, const struct config *config,
				struct buffer *out);

#endif
