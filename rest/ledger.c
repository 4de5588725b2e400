/* ledger.c - see ledger.h. */
#include "rest/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

enum { LEDGER_MODE = 0640 };

struct ledger {
	char *path; /* NULL: none */
	int fd;
	bool to_syslog;
};

static int ledger_open_file(struct ledger *l)
{
	int fd = open(l->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, LEDGER_MODE);

	if (fd < 0)
		return SG_ESYSTEM;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	return 0;
}

int ledger_open(const char *to, struct ledger **out)
{
	struct ledger *l = calloc(1, sizeof(*l));
	struct slice name = slice_from(to);
	int rc = 0;

	if (l == NULL)
		return SG_ENOMEM;
	l->fd = -1;
	l->to_syslog = slice_equal(name, SLICE("syslog"));
	if (!l->to_syslog && name.len > 0) {
		l->path = strdup(to);
		rc = l->path != NULL ? ledger_open_file(l) : SG_ENOMEM;
	}
	if (rc != 0)
		ledger_close(&l);
	else
		*out = l;
	return rc;
}

void ledger_close(struct ledger **lp)
{
	struct ledger *l = *lp;
	int error = errno;

	*lp = NULL;
	if (l == NULL)
		return;
	if (l->fd >= 0)
		close(l->fd);
	free(l->path);
	free(l);
	errno = error;
}

int ledger_write(struct ledger *l, struct slice line)
{
	struct iovec pieces[] = { { (char *)line.ptr, line.len }, { "\n", 1 } };

	if (l->to_syslog)
		syslog(LOG_AUTHPRIV | LOG_NOTICE, "%.*s", SLICE_ARGS(line));
	/* half a line is no line either */
	if (l->fd < 0 || writev(l->fd, pieces, 2) == (ssize_t)line.len + 1)
		return 0;
	return SG_ESYSTEM;
}

int ledger_reopen(struct ledger *l)
{
	return l->path != NULL ? ledger_open_file(l) : 0;
}
