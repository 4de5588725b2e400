/* transfer.c - see transfer.h. What is done, and in which order. */
#include "backends/transfer.h"

#include "backends/transfer_blocks.h"
#include "backends/transfer_comparison.h"
#include "backends/transfer_crew.h"
#include "backends/transfer_ends.h"
#include "backends/transfer_records.h"

#include <event2/event.h>
#include <stdlib.h>

int transfer_run(const struct transfer_plan *plan, enum transfer_side *failed)
{
	const struct transfer_phase *const phases[] = {
		&transfer_blocks,
		&transfer_records,
		&transfer_ends,
		plan->verify ? &transfer_comparison : NULL,
		NULL,
	};
	struct crew *crew = calloc(1, sizeof(*crew));
	int rc;

	*failed = TRANSFER_NEITHER;
	if (crew == NULL)
		return SG_ENOMEM;
	crew_start(crew, plan, phases);
	if (crew->rc == 0 && event_base_dispatch(plan->loop) != 0) /* nobody has ended it */
		crew_fail(crew, TRANSFER_NEITHER, SG_ESYSTEM);
	crew_stop(crew);
	*failed = crew->failed;
	rc = crew->rc;
	free(crew);
	return rc;
}
