/* program.c - see program.h. */
#include "cli/program.h"

#include "cli/screen.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PROGRAM_ARGUMENTS = 16 };

static char program_name[] = "sessiongate";

/* The one beside us, which is of the same release. False: we do not know where we are. */
static bool program_find(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof(program_name));
	char *slash;

	if (len < 0)
		return false;
	path[len] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash + 1, program_name, sizeof(program_name));
	return access(path, X_OK) == 0;
}

enum outcome program_become(char *const *arguments)
{
	char beside[PATH_MAX], *argv[PROGRAM_ARGUMENTS] = { program_name };

	for (size_t i = 0; arguments[i] != NULL && i + 2 < PROGRAM_ARGUMENTS; i++)
		argv[i + 1] = arguments[i];
	fflush(stdout);
	if (program_find(beside))
		execv(beside, argv);
	else
		execvp(program_name, argv);
	screen_complain("sessiongate cannot be run: %s", strerror(errno));
	return OUTCOME_ERROR;
}
