/* inherited.c - listening sockets that were passed in. */
#include "gateway/inherited.h"

#include "base/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INHERITED_FIRST = 3 }; /* SD_LISTEN_FDS_START */

/* systemd says for whom the descriptors are, so that a child does not take its parent's. */
static bool inherited_ours(void)
{
	const char *pid = getenv("LISTEN_PID");

	return pid != NULL && strtol(pid, NULL, 10) == (long)getpid();
}

static int inherited_by_name(const char *name)
{
	struct slice names = slice_from(getenv("LISTEN_FDNAMES")), one;
	const char *count = getenv("LISTEN_FDS");
	long fds = count != NULL ? strtol(count, NULL, 10) : 0;
	int i;

	if (!inherited_ours())
		return -1;
	for (i = 0; i < fds; i++) {
		slice_cut(&names, ':', &one);
		if (slice_equal(one, slice_from(name)))
			return INHERITED_FIRST + i;
	}
	return -1;
}

int inherited_listener(const char *name, int *fd)
{
	uint64_t number;
	int found, listens = 0, flags;
	socklen_t len = sizeof(listens);

	if (slice_number(slice_from(name), 65535, &number))
		found = (int)number;
	else if ((found = inherited_by_name(name)) < 0) {
		errno = ENOENT;
		return SG_ESYSTEM;
	}
	if (getsockopt(found, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0)
		return SG_ESYSTEM;
	if (!listens) {
		errno = EINVAL;
		return SG_ESYSTEM;
	}
	flags = fcntl(found, F_GETFL);
	if (flags < 0 || fcntl(found, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    fcntl(found, F_SETFD, FD_CLOEXEC) != 0)
		return SG_ESYSTEM;
	*fd = found;
	return 0;
}
