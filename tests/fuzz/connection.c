/* connection.c - a whole connection: web servers on one side of the gateway, applications on the other, both played from
 * a script.
 * Input: the script (play.h). */
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/play.h"
#include "tests/fuzz/stage.h"

enum { EFFORT_MS = 3000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct effort effort = effort_begin();

	stage_open();
	play(slice_of((const char *)data, size));
	stage_close();
	effort_end(&effort, EFFORT_MS);
	return 0;
}
