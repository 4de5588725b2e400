/* settings.c - see settings.h. */
#include "tests/fuzz/settings.h"

#include "tests/fuzz/claim.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const struct config *settings_load(const char *yaml)
{
	int fd = memfd_create("settings", MFD_CLOEXEC);
	struct config_arguments arguments = { 0 };
	struct buffer report = { 0 };
	const struct config *config;
	char path[64];
	int rc;

	CLAIM(fd >= 0 && write(fd, yaml, strlen(yaml)) == (ssize_t)strlen(yaml));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	arguments.file = path;
	rc = config_load(&arguments, &report, &config);
	CLAIM(rc == 0, "%.*s", SLICE_ARGS(buffer_content(&report)));
	buffer_fini(&report);
	close(fd);
	return config;
}

const struct config *settings_usual(void)
{
	return settings_load("listen: 127.0.0.1:1\n"
			     "realms: {intra: {cookie: {name: intra}}}\n"
			     "applications: {a: {servers: 127.0.0.1:2}}\n"
			     "routes: {path: /, application: a}\n");
}
