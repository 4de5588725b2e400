/* verb_copy.c - sessionctl copy. It is done by the gateway's own program: whose stores these are its configuration says. */
#include "base/copy_command.h"
#include "cli/program.h"
#include "cli/verb.h"

/* "" as much as none: a variable of a shell's that is not set. */
static char *copy_place(const struct errand *e, enum option_name name)
{
	const char *place = e->arguments->values[name];

	if (place != NULL && place[0] != '\0')
		return (char *)place;
	screen_complain(
		"copy: say --from and --to, each a store's URL or a gateway's configuration");
	return NULL;
}

enum outcome verb_copy(struct errand *e)
{
	static char command[] = COPY_COMMAND, table[] = "table", json[] = "json",
		    verify[] = "verify";
	char *from = copy_place(e, OPTION_FROM), *to;
	bool verifies = (e->arguments->given & OPTION_BIT(VERIFY)) != 0;

	if (from == NULL || (to = copy_place(e, OPTION_TO)) == NULL)
		return OUTCOME_USAGE;
	return program_become((char *[]){ command, from, to, errand_is_for_people(e) ? table : json,
					  verifies ? verify : NULL, NULL });
}
