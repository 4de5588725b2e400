/* listeners.c - see listeners.h. */
#include "gateway/listeners.h"

#include "base/log.h"
#include "gateway/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int listeners_open(const struct config_listen *listen, size_t count, const char *whose, int **out)
{
	int *fds = malloc((count + 1) * sizeof(*fds));
	const char *what = "";
	size_t i;

	*out = fds;
	if (fds == NULL)
		return SG_ENOMEM;
	for (i = 0; i < count; i++)
		fds[i] = -1;
	for (i = 0; i < count; i++) {
		if (listener_bind(&listen[i], &fds[i], &what) != 0) {
			log_error("", "cannot %s %s: %s", what, listen[i].address.text,
				  strerror(errno));
			return SG_ESYSTEM;
		}
		log_info("", "%s on %s", whose, listen[i].address.text);
	}
	return 0;
}

void listeners_hide(const struct config_listen *listen, size_t count)
{
	for (size_t i = 0; i < count; i++)
		listener_hide(&listen[i]);
}

void listeners_close(const struct config_listen *listen, size_t count, bool hidden, int **fds)
{
	for (size_t i = 0; *fds != NULL && i < count; i++)
		listener_unbind(&listen[i], hidden, &(*fds)[i]);
	free(*fds);
	*fds = NULL;
}
