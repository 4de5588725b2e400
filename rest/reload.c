/* reload.c - see reload.h. */
#include "rest/reload.h"

#include <stdio.h>
#include <stdlib.h>

struct reload *reload_new(bool dry_run, const char *actor)
{
	struct reload *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->dry_run = dry_run;
	snprintf(r->actor, sizeof(r->actor), "%s", actor);
	return r;
}

void reload_free(struct reload **rp)
{
	struct reload *r = *rp;

	*rp = NULL;
	if (r == NULL)
		return;
	buffer_fini(&r->changed);
	buffer_fini(&r->restart);
	buffer_fini(&r->errors);
	free(r);
}
