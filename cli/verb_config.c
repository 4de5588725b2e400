/* verb_config.c - sessionctl config check, reload. The first is done by the gateway's own program, since a copy of its rules
 * would be of another version some day. */
#include "cli/program.h"
#include "cli/verb.h"
#include "cli/vital.h"

enum outcome verb_config_check(struct errand *e)
{
	char file[] = "-c", check[] = "--check";

	return program_become((char *[]){ file, e->words[0], check, NULL });
}

enum outcome verb_config_reload(struct errand *e)
{
	struct buffer target = { 0 };
	struct reply reply;
	enum outcome outcome;

	vital(buffer_append_slice(&target, SLICE("/api/v1/config/reload")));
	if ((e->arguments->given & OPTION_BIT(DRY_RUN)) != 0)
		errand_put_parameter(&target, "dry_run", "true");
	outcome = errand_ask(e, "POST", &target, NULL, &reply);
	if (outcome == OUTCOME_OK)
		outcome = errand_show(e, &reply);
	reply_fini(&reply);
	return outcome;
}
