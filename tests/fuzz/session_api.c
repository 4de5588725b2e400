/* session_api.c - the session API, through the worker's socket: an application that has been given a request, with a
 * session, and calls back in every way that it should not.
 * Input: the script (play.h) of what happens then. The session has cart=[1,2]; the request has the id 1, a ticket and no
 * answer yet, and a caller is connected. */
#include "tests/fuzz/effort.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/play.h"
#include "tests/fuzz/stage.h"

enum { EFFORT_MS = 3000 };

static const char before[] = "g1 REQUEST_URI=/api/\n"
			     "o0 X-Session-Update: {\"cart\":[1,2]}\\r\\n\\r\\n\n"
			     "d0 0 0\n"
			     "g1 REQUEST_URI=/api/|HTTP_COOKIE=sg_session=\\t\n"
			     "A\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct effort effort = effort_begin();

	stage_open();
	play(slice_from(before));
	play(slice_of((const char *)data, size));
	stage_close();
	effort_end(&effort, EFFORT_MS);
	return 0;
}
