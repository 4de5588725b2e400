/* redis_net.c - what Sentinels say of their master, nodes of a Cluster of their slots, and all of them of each other.
 * Input: "sentinel", or any other line for a Cluster; then the script (tale.h). */
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/tale.h"

enum { EFFORT_MS = 5000 }; /* lists may be long */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice script = slice_of((const char *)data, size);
	bool sentinel = slice_equal(input_line(&script, '\n'), SLICE("sentinel"));
	const struct tale_settings settings = {
		.url = sentinel ? "redis+sentinel://127.0.0.1:1,127.0.0.1:2/main"
				: "redis+cluster://127.0.0.1:1,127.0.0.1:2",
	};
	struct effort effort = effort_begin();

	tale_run(&settings, script);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
