/* inherited.h - listening sockets that whoever started us has opened: by number (spawn-fcgi,
 * mod_fcgid: fd 0), or by a name of systemd's LISTEN_FDNAMES (sd_listen_fds(3)). Main thread. */
#ifndef SG_INHERITED_H
#define SG_INHERITED_H

#include "base/error.h"

/* Made non-blocking and close-on-exec. SG_ESYSTEM: errno is EBADF or ENOTSOCK (no such descriptor,
 * not a socket), EINVAL (it does not listen), ENOENT (no such name). */
SG_MUST_CHECK int inherited_listener(const char *name, int *fd);

#endif
