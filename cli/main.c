/* main.c - the program sessionctl: one command to a gateway's admin API. */
#include "base/version.h"
#include "cli/verb.h"
#include "cli/vital.h"

#include <stdio.h>

static const char main_usage[] =
	"sessionctl [-u URL|unix:PATH] [-o table|json|ndjson] [--token-file FILE] COMMAND\n"
	"\n";

static const char main_options[] =
	"\n"
	"  -u, --url URL          the admin API: unix:/run/sessiongate/admin.sock without it, or http://, https://\n"
	"  -o, --output FORMAT    tables on a terminal, else the API's own JSON; ndjson: an object a line\n"
	"  --token-file FILE      the token to call with; else it comes from SESSIONCTL_TOKEN\n"
	"  --ca FILE              whom to trust with https://, in place of the system's\n"
	"  --certificate FILE, --key FILE  to show a certificate there\n"
	"  --filter k=v           with the API's names: realm, user, user_prefix, application, host, state, ip, user_agent,\n"
	"                         created_after, created_before, seen_after, seen_before, idle_gt_s, min_bytes\n"
	"  -h, --help; -V, --version\n"
	"\n"
	"Exit status: 0 ok, 1 error, 2 wrong use or not confirmed, 3 not found, 4 refused, 5 conflict, 6 unavailable.\n";

static enum outcome main_help(void)
{
	struct buffer verbs = { 0 };

	verb_help(&verbs);
	printf("%s%.*s%s", main_usage, SLICE_ARGS(buffer_content(&verbs)), main_options);
	buffer_fini(&verbs);
	return OUTCOME_OK;
}

static enum outcome main_misused(void)
{
	fputs("Try: sessionctl --help\n", stderr);
	return OUTCOME_USAGE;
}

static enum outcome main_run(struct errand *e)
{
	const struct arguments *a = e->arguments;
	const struct verb *verb;
	enum outcome outcome;
	size_t taken;

	verb = verb_find(a, &taken);
	if (verb == NULL)
		return main_misused();
	e->words = a->words + taken;
	e->word_count = a->word_count - taken;
	outcome = verb->run(e);
	remote_close(&e->remote);
	return outcome;
}

static enum outcome main_answer(struct errand *e)
{
	const struct arguments *a = e->arguments;

	if (a->help)
		return main_help();
	if (a->version)
		return puts("sessionctl " SG_VERSION) < 0 ? OUTCOME_ERROR : OUTCOME_OK;
	e->format = a->format;
	if (e->format == FORMAT_UNSET)
		e->format = e->screen.terminal ? FORMAT_TABLE : FORMAT_JSON;
	return main_run(e);
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct errand errand = { .arguments = &arguments };
	enum outcome outcome;

	screen_open(&errand.screen);
	if (arguments_read(argc, argv, &arguments) == 0)
		outcome = main_answer(&errand);
	else
		outcome = main_misused();
	if ((fflush(stdout) != 0 || ferror(stdout)) && outcome == OUTCOME_OK) {
		screen_complain("what was answered could not be written");
		outcome = OUTCOME_ERROR;
	}
	return (int)outcome;
}
