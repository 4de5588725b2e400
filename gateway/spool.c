/* spool.c - a request body's file. */
#include "gateway/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void spool_init(struct spool *s)
{
	*s = (struct spool){ .fd = -1 };
}

/* For file systems without O_TMPFILE (overlayfs of old kernels, NFS). */
static int spool_open_named(const char *dir)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof(path), "%s/sessiongate.XXXXXX", dir) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

int spool_open(struct spool *s, const char *dir)
{
	s->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (s->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
		s->fd = spool_open_named(dir);
	return s->fd < 0 ? SG_ESYSTEM : 0;
}

int spool_write(struct spool *s, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = pwrite(s->fd, bytes.ptr, bytes.len, (off_t)s->written);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SG_ESYSTEM;
		s->written += (uint64_t)n;
		bytes = slice_after(bytes, (size_t)n);
	}
	return 0;
}

int spool_read(struct spool *s, char *out, size_t len, size_t *got)
{
	ssize_t n;

	do {
		n = pread(s->fd, out, len, (off_t)s->read);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return SG_ESYSTEM;
	s->read += (uint64_t)n;
	*got = (size_t)n;
	return 0;
}

int spool_empty(struct spool *s)
{
	s->written = s->read = 0;
	return ftruncate(s->fd, 0) == 0 ? 0 : SG_ESYSTEM;
}

void spool_close(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
