/* command.h - the command line, taken apart. Thread: the main one. */
#ifndef SG_COMMAND_H
#define SG_COMMAND_H

#include "gateway/config.h"

enum command_action {
	COMMAND_RUN,
	COMMAND_CHECK,
	COMMAND_PRINT_OPTIONS,
	COMMAND_PRINT_SCHEMA,
	COMMAND_PRINT_SNIPPET,
	COMMAND_OBSERVE_REPORT,
	COMMAND_HEALTHCHECK,
	COMMAND_VERSION,
	COMMAND_HELP,
};

enum { COMMAND_ADDRESSES = 64 }; /* of --listen and of --app */

struct command {
	enum command_action action;
	const char *snippet; /* whose; with PRINT_SNIPPET */
	const char *url;     /* with HEALTHCHECK */
	struct config_arguments arguments;
	const char *listen[COMMAND_ADDRESSES], *apps[COMMAND_ADDRESSES];
};

/* Borrows argv. SG_EFORMAT: wrong use, said on stderr already. */
SG_MUST_CHECK int command_read(int argc, char **argv, struct command *out);
const char *command_usage(void);

#endif
