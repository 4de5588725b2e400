/* files.c - see files.h. */
#include "tests/fuzz/files.h"

#include "tests/fuzz/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int __wrap_open(const char *path, int flags, ...);
int __wrap_glob(const char *pattern, int flags, int (*on_error)(const char *, int), glob_t *out);
int __real_open(const char *path, int flags, ...);

static struct {
	const char *path;
	int fd;
} files[] = { { FILES_FIRST, -1 }, { FILES_SECOND, -1 } };

static void file_fill(int *fd, struct slice bytes)
{
	if (*fd < 0)
		*fd = memfd_create("configuration", MFD_CLOEXEC);
	CLAIM(*fd >= 0 && ftruncate(*fd, 0) == 0);
	CLAIM(pwrite(*fd, bytes.ptr, bytes.len, 0) == (ssize_t)bytes.len);
}

void files_fill(struct slice first, struct slice second)
{
	file_fill(&files[0].fd, first);
	file_fill(&files[1].fd, second);
}

/* A descriptor of its own, at the file's start. */
int __wrap_open(const char *path, int flags, ...)
{
	char name[64];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (strcmp(path, files[i].path) != 0)
			continue;
		snprintf(name, sizeof(name), "/proc/self/fd/%d", files[i].fd);
		return __real_open(name, flags);
	}
	errno = ENOENT;
	return -1;
}

/* Every pattern finds the second file: what patterns mean is libc's affair. globfree() frees what we allocate. */
int __wrap_glob(const char *pattern, int flags, int (*on_error)(const char *, int), glob_t *out)
{
	(void)pattern;
	(void)flags;
	(void)on_error;
	*out = (glob_t){ .gl_pathc = 1, .gl_pathv = calloc(2, sizeof(char *)) };
	CLAIM(out->gl_pathv != NULL && (out->gl_pathv[0] = strdup(FILES_SECOND)) != NULL);
	return 0;
}
