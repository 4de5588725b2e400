/* vital.c - see vital.h. */
#include "cli/vital.h"

#include "base/error.h"
#include "cli/outcome.h"

#include <stdio.h>
#include <stdlib.h>

void vital(int rc)
{
	if (rc == 0)
		return;
	fprintf(stderr, "sessionctl: %s\n", error_text(rc));
	exit(OUTCOME_ERROR);
}

void *vital_memory(void *memory)
{
	vital(memory != NULL ? 0 : SG_ENOMEM);
	return memory;
}
