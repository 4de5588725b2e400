/* main.c - the program sessiongate: what the command line asks for. */
#include "base/copy_command.h"
#include "base/log.h"
#include "base/version.h"
#include "gateway/command.h"
#include "gateway/copy.h"
#include "gateway/gateway.h"
#include "gateway/healthcheck.h"
#include "gateway/observe_socket.h"
#include "gateway/snippet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

/* What was printed into out, to stdout. */
static int main_print(int rc, struct buffer *out)
{
	struct slice text = buffer_content(out);

	if (rc == 0)
		fwrite(text.ptr, 1, text.len, stdout);
	else
		fprintf(stderr, "sessiongate: %s\n", error_text(rc));
	buffer_fini(out);
	return rc == 0 && fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int main_print_snippet(const char *server, const struct config *config)
{
	struct buffer out = { 0 };
	int rc = snippet_print(slice_from(server), config, &out);

	if (rc != SG_EFORMAT)
		return main_print(rc, &out);
	buffer_fini(&out);
	fprintf(stderr, "sessiongate: --print-snippet: no snippet for %s\n", server);
	return EXIT_USAGE;
}

static int main_observe_report(const struct config_arguments *arguments)
{
	const char *file = config_file(arguments);
	struct buffer out = { 0 };
	unsigned answered, refused;
	int rc;

	if (file == NULL) {
		fprintf(stderr,
			"sessiongate: --observe-report: name the gateway's configuration with -c\n");
		return EXIT_USAGE;
	}
	if (access(file, F_OK) != 0) {
		fprintf(stderr, "sessiongate: --observe-report: %s: %s\n", file, strerror(errno));
		return EXIT_USAGE;
	}
	rc = observe_socket_ask(file, &out, &answered, &refused);
	if (rc != 0 || answered > 0)
		return main_print(rc, &out);
	buffer_fini(&out);
	if (refused > 0)
		fprintf(stderr,
			"sessiongate: the gateway with %s tells nobody but root and its own user\n",
			file);
	else
		fprintf(stderr,
			"sessiongate: no gateway with %s answers: none is running, or none of its routes "
			"has session: observe\n",
			file);
	return EXIT_FAILURE;
}

static int main_healthcheck(const char *url)
{
	struct buffer said = { 0 };
	int rc = healthcheck_ask(slice_from(url), &said);

	/* where containers' engines look for it */
	if (buffer_len(&said) > 0)
		fwrite(buffer_content(&said).ptr, 1, buffer_len(&said),
		       rc == SG_EFORMAT ? stderr : stdout);
	buffer_fini(&said);
	if (rc == SG_EFORMAT)
		return EXIT_USAGE;
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int main_run(const struct config_arguments *arguments, const struct config *config)
{
	int rc;

	if (log_open(config->log.to, config->log.level, config->log.format) != 0) {
		fprintf(stderr, "sessiongate: log.to: cannot open %s: %s\n", config->log.to,
			strerror(errno));
		return EXIT_FAILURE;
	}
	rc = gateway_run(arguments, config);
	log_close();
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Errors and warnings go to stderr, whatever is to be done. */
static int main_with_config(const struct command *command)
{
	struct buffer report = { 0 };
	const struct config *config = NULL;
	int status, rc = config_load(&command->arguments, &report, &config);

	if (buffer_len(&report) > 0)
		fwrite(buffer_content(&report).ptr, 1, buffer_len(&report), stderr);
	buffer_fini(&report);
	if (rc != 0)
		return rc == SG_ECONFIG ? EXIT_USAGE : EXIT_FAILURE;
	if (command->action == COMMAND_CHECK) {
		puts("the configuration is good");
		status = EXIT_SUCCESS;
	} else if (command->action == COMMAND_PRINT_SNIPPET) {
		status = main_print_snippet(command->snippet, config);
	} else {
		status = main_run(&command->arguments, config);
	}
	config_unref(&config);
	return status;
}

int main(int argc, char **argv)
{
	struct command command;
	struct buffer out = { 0 };

	if (argc > 1 && strcmp(argv[1], COPY_COMMAND) == 0)
		return copy_run(argc - 2, argv + 2);
	if (command_read(argc, argv, &command) != 0) {
		fprintf(stderr, "Try: sessiongate --help\n");
		return EXIT_USAGE;
	}
	switch (command.action) {
	case COMMAND_VERSION:
		puts("sessiongate " SG_VERSION);
		return EXIT_SUCCESS;
	case COMMAND_HELP:
		fputs(command_usage(), stdout);
		return EXIT_SUCCESS;
	case COMMAND_PRINT_OPTIONS:
		return main_print(config_print_options(&out), &out);
	case COMMAND_PRINT_SCHEMA:
		return main_print(config_print_schema(&out), &out);
	case COMMAND_HEALTHCHECK:
		return main_healthcheck(command.url);
	case COMMAND_OBSERVE_REPORT:
		return main_observe_report(&command.arguments);
	default:
		return main_with_config(&command);
	}
}
