/* redis_calls.c - the store in Redis, and a server that says whatever it likes.
 * Input: "confirm", or any other line: the store waits for replicas or does not; then the script (tale.h). */
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/tale.h"

enum { EFFORT_MS = 5000 }; /* lists may be long */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice script = slice_of((const char *)data, size);
	const struct tale_settings settings = {
		.url = "redis://127.0.0.1:1",
		.confirm_replicas = slice_equal(input_line(&script, '\n'), SLICE("confirm")),
	};
	struct effort effort = effort_begin();

	tale_run(&settings, script);
	effort_end(&effort, EFFORT_MS);
	return 0;
}
