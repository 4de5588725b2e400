/* session_folder.c - see session_folder.h. */
#include "gateway/session_folder.h"

#include "base/log.h"
#include "base/slice.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FOLDER_PREFIX "sessiongate-"

#define FOLDER_LOCK "lock"

enum {
	FOLDER_MODE = 0711, /* whoever is told the path goes through, nobody looks around */
	FOLDER_LOCK_PATH_BYTES = ADDRESS_TEXT_BYTES + sizeof("/" FOLDER_LOCK),
};

/* --- what others have left behind --- */

static bool folder_is_ours(int fd)
{
	struct stat facts;

	return fstat(fd, &facts) == 0 && facts.st_uid == geteuid();
}

/* The lock of a gateway that lives no more; -1: it lives, or this is no such folder. */
static int folder_lock_of_dead(int folder)
{
	int lock = openat(folder, FOLDER_LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (lock < 0)
		return -1;
	if (folder_is_ours(lock) && flock(lock, LOCK_EX | LOCK_NB) == 0)
		return lock;
	close(lock);
	return -1;
}

/* What else is in there is not ours, and the folder stays for its sake. */
static void folder_remove_sockets(int folder)
{
	DIR *entries = fdopendir(dup(folder));
	const struct dirent *entry;

	while (entries != NULL && (entry = readdir(entries)) != NULL)
		if (slice_starts(slice_from(entry->d_name), SLICE(SESSION_FOLDER_SOCKET ".")))
			unlinkat(folder, entry->d_name, 0);
	if (entries != NULL)
		closedir(entries);
}

static void folder_clear(int parent, const char *name)
{
	int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), lock;

	if (folder < 0)
		return;
	lock = folder_is_ours(folder) ? folder_lock_of_dead(folder) : -1;
	if (lock >= 0) {
		folder_remove_sockets(folder);
		unlinkat(folder, FOLDER_LOCK, 0);
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
			log_info("", "removed %s, which a gateway has left behind", name);
		close(lock);
	}
	close(folder);
}

static void folder_clear_all(const char *parent)
{
	DIR *entries = opendir(parent);
	const struct dirent *entry;

	while (entries != NULL && (entry = readdir(entries)) != NULL)
		if (slice_starts(slice_from(entry->d_name), SLICE(FOLDER_PREFIX)))
			folder_clear(dirfd(entries), entry->d_name);
	if (entries != NULL)
		closedir(entries);
}

/* --- our own --- */

static void folder_lock_path(const struct session_folder *f, char out[FOLDER_LOCK_PATH_BYTES])
{
	snprintf(out, FOLDER_LOCK_PATH_BYTES, "%s/" FOLDER_LOCK, f->path);
}

/* False: whoever clears up has been quicker than us, and removes what he has locked; or it does not work here. */
static bool folder_lock(struct session_folder *f)
{
	char path[FOLDER_LOCK_PATH_BYTES];
	struct stat facts;

	folder_lock_path(f, path);
	f->fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return f->fd >= 0 && flock(f->fd, LOCK_EX | LOCK_NB) == 0 && fstat(f->fd, &facts) == 0 &&
	       facts.st_nlink > 0;
}

void session_folder_close(struct session_folder *f)
{
	char lock[FOLDER_LOCK_PATH_BYTES];

	if (f->path[0] == '\0')
		return;
	folder_lock_path(f, lock);
	unlink(lock);
	if (rmdir(f->path) != 0 && errno != ENOENT)
		log_warn("", "%s stays behind: %s", f->path, strerror(errno));
	if (f->fd >= 0)
		close(f->fd);
	f->path[0] = '\0';
}

/* Not longer than a socket's path in it may be. */
static bool folder_make(struct session_folder *f, const char *parent)
{
	size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path) -
		      sizeof("/" SESSION_FOLDER_SOCKET ".255" SESSION_FOLDER_NOTES);
	int len = snprintf(f->path, sizeof(f->path), "%s/" FOLDER_PREFIX "XXXXXX", parent), error;

	f->fd = -1;
	errno = ENAMETOOLONG;
	if ((size_t)len > room || mkdtemp(f->path) == NULL) {
		f->path[0] = '\0';
		return false;
	}
	if (folder_lock(f) && chmod(f->path, FOLDER_MODE) == 0)
		return true;
	error = errno;
	session_folder_close(f);
	errno = error;
	return false;
}

static bool folder_try(struct session_folder *f, const char *parents)
{
	struct slice parent, rest = slice_from(parents);
	char path[ADDRESS_TEXT_BYTES];

	slice_cut(&rest, ':', &parent);
	if (parent.len == 0 || parent.len >= sizeof(path))
		return false;
	snprintf(path, sizeof(path), "%.*s", SLICE_ARGS(parent));
	folder_clear_all(path);
	return folder_make(f, path);
}

int session_folder_open(struct session_folder *f)
{
	/* systemd's, of which there may be several with colons between; else where the rights suffice */
	const char *parents[] = { getenv("RUNTIME_DIRECTORY"), "/run", getenv("TMPDIR"), "/tmp" };

	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++)
		if (parents[i] != NULL && folder_try(f, parents[i]))
			return 0;
	log_error("",
		  "no folder can be made for the session API's sockets: %s; set listen_session_api",
		  strerror(errno));
	return SG_ESYSTEM;
}
